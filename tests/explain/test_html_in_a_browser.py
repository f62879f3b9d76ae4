"""The page of `compile --explain` in a real Chromium: what is seen, reached, filtered and printed, and that it is safe.

One test, for one browser does for everything. Without a Chromium on the machine it is skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.browser import EXTERNAL, Window, program, window
from tests.explain.pages import ATTACK, PASSWORD, Project, compared, projects

WIDE, NARROW = 1440, 360
COMPARISON = "comparison"
"""The page of `diff`."""

PRELUDE = """
window.seen = (node) => node.checkVisibility({ visibilityProperty: true }) && node.getClientRects().length > 0;
window.all = (selector) => [...document.querySelectorAll(selector)];
window.input = (name, value) => {
  const control = document.getElementById(name);
  control.value = value;
  control.dispatchEvent(new Event("input"));
};
window.keys = () => all(".setting").filter(seen).map((row) => row.querySelector(".key").textContent);
"""

CONTRAST = """
(() => {
  const parse = (colour) => {
    const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number);
    return colour.startsWith("color(srgb") ? [255 * r, 255 * g, 255 * b, a] : [r, g, b, a];
  };
  const over = (top, below) => top.slice(0, 3).map((part, at) => part * top[3] + below[at] * (1 - top[3]));
  const background = (node) => {
    if (!node) return [255, 255, 255];
    const own = parse(getComputedStyle(node).backgroundColor);
    return own[3] === 1 ? own.slice(0, 3) : over(own, background(node.parentElement));
  };
  const light = (colour) => {
    const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = colour.map((part) => linear(part / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const bad = [];
  let count = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !seen(node) || node.closest("script, option")) continue;
    const behind = background(node);
    const pair = [light(over(parse(getComputedStyle(node).color), behind)), light(behind)];
    const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    count += 1;
    if (ratio < 4.5) bad.push([ratio, node.className, walker.currentNode.data]);
  }
  return { count, bad, page: background(document.body) };
})()
"""

TOO_WIDE = """
all("body *").filter((node) => seen(node) && !node.closest(".unseen, svg, thead, .skip"))
  .filter((node) => node.getBoundingClientRect().right > innerWidth + 0.5 || node.getBoundingClientRect().left < -0.5)
  .map((node) => node.outerHTML.slice(0, 200))
"""


class Pages:
    """The pages of the projects, as files, and the browser that shows them."""

    def __init__(self, browser: Window, given: Mapping[str, Project], folder: Path) -> None:
        self.browser = browser
        self.given = given
        self._folder = folder

    def show(self, name: str, **look: Any) -> Window:
        """Show a page anew."""
        file = self._folder / f"{name}.html"
        if not file.exists():
            page = compared(dict(self.given)) if name == COMPARISON else self.given[name].page()
            file.write_text(page, encoding="utf-8")
        self.browser.look(look.pop("width", WIDE), **look)
        self.browser.open(file)
        self.browser(PRELUDE)
        return self.browser

    def each(self, **look: Any) -> Iterator[tuple[str, Window]]:
        for name in (*self.given, COMPARISON):
            yield name, self.show(name, **look)


def nothing_is_loaded_complained_of_or_given_away(pages: Pages) -> None:
    for name, browser in pages.each():
        assert [url.rpartition("/")[2] for url in browser.requests] == [f"{name}.html".replace(" ", "%20")]
        assert browser.complaints == []
        assert browser(f"document.documentElement.outerHTML.includes('{PASSWORD}')") is False
        assert browser(f"document.documentElement.textContent.includes('{PASSWORD}')") is False


def the_policy_forbids_what_the_page_does_not_do(pages: Pages) -> None:
    browser = pages.show("layered")
    assert browser("fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'refused')") == "refused"
    browser("document.body.append(Object.assign(new Image(), { src: 'http://127.0.0.1:9/' }))")
    browser(
        "document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.pwned = 1' }))"
    )
    assert browser("typeof window.pwned") == "undefined"
    assert sum("Content Security Policy" in complaint for complaint in browser.complaints) >= 3


def hostile_texts_stay_texts(pages: Pages) -> None:
    browser = pages.show("hostile")
    assert browser("typeof window.pwned") == "undefined"
    assert browser("all('script').length + all('style').length") == 2
    assert browser("all('img').length") == 0
    assert browser("document.title").startswith("What is in force in")
    assert ATTACK in browser("document.querySelector('main').textContent")
    assert browser("all('.setting').length") == len(pages.given["hostile"].data()["settings"])
    assert browser("/[\\u202a-\\u202e\\u2066-\\u2069]/.test(document.body.textContent)") is False


def the_filters_find_what_they_say(pages: Pages) -> None:
    settings = pages.given["layered"].data()["settings"]
    browser = pages.show("layered")
    every = len(settings)
    assert browser("count.value") == f"{every} settings"

    browser("overridden.click()")
    lost = {"outranked", "hidden"}
    beaten = [
        one["key"].removeprefix("runtime.")
        for one in settings
        if any(c["status"] in lost and c["source"] not in {"inferred", "default"} for c in one["candidates"])
    ]
    assert browser("keys()") == beaten
    assert browser("count.value") == f"{len(beaten)} of {every} settings"
    assert browser("all('.group').filter(seen).length") == len({key.rpartition(".")[0] for key in beaten}) > 1
    browser("overridden.click()")

    for source in ("override", "app", "inferred", "default"):
        browser(f"input('by', '{source}')")
        won = [one for one in settings for c in one["candidates"] if c["status"] == "won" and c["source"] == source]
        assert browser("keys().length") == len(won) > 0
    browser("input('by', 'nobody')")
    assert browser("keys().length") == len([one for one in settings if one["status"] != "won"])
    browser("input('by', '')")

    browser.press("/")
    assert browser("document.activeElement.id") == "find"
    browser.send("Input.insertText", text="billing RUN")
    assert browser("keys()") == [
        one["key"].removeprefix("runtime.") for one in settings if "billing" in one["key"] and "un" in one["key"]
    ]
    browser.send("Input.insertText", text=" no such thing")
    assert browser("keys()") == []
    assert browser("seen(document.querySelector('.nothing'))") is True
    # A link into the table leads to its row, filtered or not.
    browser("location.hash = '#s7'")
    browser("new Promise((done) => setTimeout(done, 50))")
    assert browser("seen(document.getElementById('s7'))") is True
    assert browser("count.value") == f"{every} settings"


def the_page_of_a_comparison_has_its_filters(pages: Pages) -> None:
    browser = pages.show(COMPARISON)
    assert browser("typeof window.pwned") == "undefined"
    every = browser("keys().length")
    browser("document.getElementById('stated').click()")
    stated = browser("keys().length")
    assert every > stated == browser("all('.setting').filter((row) => !row.querySelector('.state')).length") > 3
    browser("input('find', 'database kind')")
    assert browser("keys()") == ["database.kind"]
    browser("document.querySelector('.filters').reset(); input('find', '')")
    assert browser("keys().length") == every


def every_reason_is_reached_by_the_keyboard(pages: Pages) -> None:
    browser = pages.show("layered")
    losers = browser("all('.said:not(.won)').length")
    assert losers > 12
    reached = list[str]()
    for _ in range(browser("all('a, button, input, select').length")):
        browser.press("Tab")
        told = browser("""(() => {
          const at = document.activeElement;
          if (!at.matches(".said, .key")) return null;
          const why = document.getElementById(at.getAttribute("aria-describedby"));
          const [box, own] = [why.getBoundingClientRect(), at.getBoundingClientRect()];
          const inside = box.left >= 0 && box.right <= innerWidth && box.top >= 0 && box.bottom <= innerHeight;
          const apart = box.top >= own.bottom - 1 || box.bottom <= own.top + 1;
          const others = all(".why").filter(seen).length;
          const lost = !at.matches(".won, .key");
          return { open: seen(why), inside, apart, lost, why: why.textContent, others };
        })()""")
        if told:
            assert told["open"], told
            assert told["inside"], told
            assert told["apart"], str(told)
            assert told["others"] == 1
            if told["lost"]:
                reached.append(told["why"])
    assert len(reached) == losers
    reasons = {
        c["reason"].replace("`", "")
        for one in pages.given["layered"].data()["settings"]
        for c in one["candidates"]
        if c["status"] not in {"won", "unset"}
    }
    assert len(reasons) > 6
    assert all(any(reason in why for why in reached) for reason in reasons)


def details_open_to_the_pointer_and_close_with_escape(pages: Pages) -> None:
    browser = pages.show("layered")
    opened = "all('.why').filter(seen).map((why) => why.id)"
    assert browser(opened) == []
    browser("window.loser = document.querySelector('.said.outranked'); loser.scrollIntoView({ block: 'center' })")
    box = browser("loser.getBoundingClientRect().toJSON()")
    browser.point(box["x"] + 5, box["y"] + 5)
    assert browser(opened) == [browser("loser.getAttribute('aria-describedby')")]
    # Onto the details themselves: they stay.
    why = browser("document.querySelector('.open .why').getBoundingClientRect().toJSON()")
    browser.point(why["x"] + 10, why["y"] + 5)
    assert len(browser(opened)) == 1
    browser.point(box["x"] + 5, box["y"] + 5)
    browser.press("Escape")
    assert browser(opened) == []
    browser.point(box["x"] + 15, box["y"] + 10)  # still there: who closed it wants it closed
    assert browser(opened) == []
    browser("loser.focus()")
    assert len(browser(opened)) == 1
    browser.press("Escape")
    assert browser(opened) == []
    browser("loser.click()")
    assert len(browser(opened)) == 1


def inference_is_drawn(pages: Pages) -> None:
    browser = pages.show("layered")
    assert browser("all('.lines path').length") >= 3
    browser("window.one = all('.one.won[data-from]').find((it) => it.closest('tr').textContent.includes('failedRun'))")
    browser("one.querySelector('button').focus()")
    assert browser("all('.setting.cause').map((row) => row.querySelector('.key').textContent)") == [
        "retention.runSeconds"
    ]
    assert browser("all('.lines .strong').length") == 1
    ends = browser("""(() => {
      const path = document.querySelector(".lines .strong");
      const base = path.ownerSVGElement.getBoundingClientRect();
      const at = path.getPointAtLength(path.getTotalLength());
      const box = one.querySelector("button").getBoundingClientRect();
      return [at.x + base.left - box.left, at.y + base.top - (box.top + box.height / 2)];
    })()""")
    assert ends == pytest.approx([0, 0], abs=1)
    browser("input('find', 'telemetry')")
    assert browser("all('.lines .strong').length") == 0


def a_screen_reader_has_a_table_with_headers_and_reasons(pages: Pages) -> None:
    for width in (WIDE, NARROW):
        browser = pages.show("layered", width=width)
        nodes = browser.send("Accessibility.getFullAXTree")["nodes"]
        named = [
            (one["role"]["value"], one.get("name", {}).get("value", ""), one.get("description", {}).get("value", ""))
            for one in nodes
            if not one["ignored"]
        ]
        roles = [role for role, _, _ in named]
        assert roles.count("columnheader") == 8
        assert roles.count("rowheader") > len(pages.given["layered"].data()["settings"])
        assert any(role == "rowheader" and "retention.runSeconds" in name.replace(" ", "") for role, name, _ in named)
        buttons = [(name, why) for role, name, why in named if role == "button"]
        assert all(name and why for name, why in buttons)
        assert ('"sqlite" beaten line 2', True) in [
            (name, "`" not in why and "decided" in why) for name, why in buttons
        ]
        assert {("searchbox", "Find"), ("combobox", "Decided by"), ("checkbox", "only what is overridden")} <= {
            (role, name) for role, name, _ in named
        }
        assert {"banner", "main", "contentinfo", "search"} <= set(roles)


def it_fits_a_phone(pages: Pages) -> None:
    for name, browser in pages.each(width=NARROW):
        browser("all('.said').slice(0, 40).at(-1)?.click()")
        assert browser("document.documentElement.scrollWidth") == NARROW, name
        assert browser(TOO_WIDE) == [], name


def it_fits_every_width(pages: Pages) -> None:
    browser = pages.show("hostile")
    for width in (320, 641, 1247, 1249, 1920):
        browser.look(width)
        assert (
            browser("all('thead th').filter((it) => it.scrollWidth > it.clientWidth && it.clientWidth > 1).length") == 0
        )
        assert browser("document.documentElement.scrollWidth") <= width
        assert browser(TOO_WIDE) == [], width


def texts_have_contrast_in_both_schemes(pages: Pages) -> None:
    backgrounds = set[tuple[float, ...]]()
    for scheme in ("light", "dark"):
        for name, width in (("layered", WIDE), ("layered", NARROW), ("broken", WIDE), (COMPARISON, WIDE)):
            browser = pages.show(name, width=width, scheme=scheme)
            browser("document.querySelector('button.said')?.click()")
            found = browser(CONTRAST)
            assert found["count"] > 100
            assert found["bad"] == [], (scheme, name, width)
            backgrounds.add(tuple(found["page"]))
    assert len(backgrounds) == 2


def on_paper_everything_is_unfolded(pages: Pages) -> None:
    for name in ("layered", "broken", "hostile", COMPARISON):
        browser = pages.show(name, width=718, media="print", scheme="dark")
        details = browser("all('.why').length")
        assert browser("all('.why').filter(seen).length") == details
        assert details > 40 or name == COMPARISON
        assert browser("all('.filters, .skip').filter(seen).length") == 0
        assert browser("document.documentElement.scrollWidth") <= 718
        assert browser("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert browser(CONTRAST)["bad"] == []
        assert browser("all('.value').every((it) => getComputedStyle(it).display === 'inline')")  # and so not cut


def without_scripts_everything_is_there(pages: Pages) -> None:
    browser = pages.browser
    browser.send("Emulation.setScriptExecutionDisabled", value=True)
    try:
        # The page's own script does not run; what is asked here does.
        browser = pages.show("layered")
        assert browser("all('.why').every(seen)") is True
        assert browser("all('.filters').some(seen)") is False
        assert browser("all('.setting').every(seen)") is True
    finally:
        browser.send("Emulation.setScriptExecutionDisabled", value=False)


CHECKS: tuple[Callable[[Pages], None], ...] = (
    nothing_is_loaded_complained_of_or_given_away,
    the_policy_forbids_what_the_page_does_not_do,
    hostile_texts_stay_texts,
    the_filters_find_what_they_say,
    the_page_of_a_comparison_has_its_filters,
    every_reason_is_reached_by_the_keyboard,
    details_open_to_the_pointer_and_close_with_escape,
    inference_is_drawn,
    a_screen_reader_has_a_table_with_headers_and_reasons,
    it_fits_a_phone,
    it_fits_every_width,
    texts_have_contrast_in_both_schemes,
    on_paper_everything_is_unfolded,
    without_scripts_everything_is_there,
)


def test_the_page_in_a_browser(tmp_path: Path, subtests: pytest.Subtests) -> None:
    path = program()
    if path is None:
        pytest.skip(f"there is no Chromium on PATH (Debian's package is `chromium`), and {EXTERNAL} names none")
    given = projects(tmp_path)
    (tmp_path / "pages").mkdir()
    with window(path) as browser:
        pages = Pages(browser, given, tmp_path / "pages")
        for check in CHECKS:
            with subtests.test(check.__name__):
                check(pages)
