"""A real browser: the Chromium that is on the machine, without a window, over a pipe."""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from choreographer import Browser, Tab

EXTERNAL = "CODEMATION_TEST_CHROMIUM"
"""Names the program where it is called otherwise, or is not on PATH."""

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")

PATIENCE = 30
"""Seconds after which the browser counts as hung."""


def program() -> str | None:
    """The path of a Chromium, `None` where there is none."""
    return os.environ.get(EXTERNAL) or next(filter(None, map(shutil.which, NAMES)), None)


class Window:
    """One tab. `complaints` is what the browser said of its pages, `requests` the addresses that they asked for."""

    def __init__(self, runner: asyncio.Runner, tab: Tab) -> None:
        self._runner = runner
        self._tab = tab
        self.complaints = list[str]()
        self.requests = list[str]()
        # Messages of the page, its exceptions, and what its policy forbade.
        for event in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"):
            tab.subscribe(event, self._complain)
        tab.subscribe("Network.requestWillBeSent", self._request)
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")
        self.send("Emulation.setScrollbarsHidden", hidden=True)

    async def _complain(self, event: Any) -> None:
        self.complaints.append(f"{event['method']}: {event['params']}")

    async def _request(self, event: Any) -> None:
        self.requests.append(event["params"]["request"]["url"])

    def _run(self, awaited: Coroutine[Any, Any, Any]) -> Any:
        return self._runner.run(asyncio.wait_for(awaited, PATIENCE))

    def send(self, command: str, **parameters: Any) -> Any:
        """A command of the DevTools protocol, and what it returns."""
        answer = self._run(self._tab.send_command(command, parameters))
        assert "error" not in answer, answer
        return answer["result"]

    def open(self, page: Path) -> None:
        """Load a page, from disk, anew."""
        self.complaints.clear()
        self.requests.clear()

        async def load() -> None:
            loaded = self._tab.subscribe_once("Page.loadEventFired")
            await self._tab.send_command("Page.navigate", {"url": page.as_uri()})
            await loaded

        self._run(load())

    def __call__(self, script: str) -> Any:
        """The value of an expression in the page."""
        done = self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    def look(self, width: int, height: int = 900, *, scheme: str = "light", media: str = "screen") -> None:
        """Be so wide (pixels), show that scheme, or what would be printed."""
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.send("Emulation.setEmulatedMedia", media=media, features=features)

    def press(self, key: str, *, shift: bool = False) -> None:
        """Press a key: its name as in `KeyboardEvent.key`."""
        codes = {"Tab": 9, "Escape": 27, "Enter": 13}
        which = codes.get(key) or ord(key.upper())
        shared = {"key": key, "windowsVirtualKeyCode": which, "modifiers": 8 if shift else 0}
        text = {"text": key} if len(key) == 1 else {}
        self.send("Input.dispatchKeyEvent", type="keyDown", **shared, **text)
        self.send("Input.dispatchKeyEvent", type="keyUp", **shared)

    def point(self, x: float, y: float) -> None:
        """Move the pointer."""
        self.send("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def picture(self, file: Path) -> None:
        """What is on the whole page, as PNG."""
        shot = self.send("Page.captureScreenshot", captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(shot["data"]))

    def printed(self, file: Path) -> None:
        """The page as PDF."""
        self.send("Emulation.setEmulatedMedia", media="", features=[])
        file.write_bytes(base64.b64decode(self.send("Page.printToPDF", printBackground=True)["data"]))


@contextmanager
def window(path: str) -> Iterator[Window]:
    """A tab of a browser that is started for it."""
    with asyncio.Runner() as runner:
        browser = runner.run(_started(path))
        try:
            yield Window(runner, runner.run(browser.create_tab("about:blank")))
        finally:
            runner.run(browser.close())


async def _started(path: str) -> Browser:
    browser = Browser(path=path, headless=True)
    await browser.open()
    return browser
