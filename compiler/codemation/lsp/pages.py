"""The pages of the rules as files, so that every editor can open the link behind a code.

They lie in a folder of the system's for such things, never in a project, and go when the server ends.
"""

from __future__ import annotations

import os
from tempfile import TemporaryDirectory

from codemation.codes import Code
from codemation.rules import rule_of


class Pages:
    """The pages, each written when its code is first told."""

    def __init__(self) -> None:
        self._folder: TemporaryDirectory[str] | None = None
        self._written: dict[Code, str | None] = {}

    def path(self, code: Code) -> str | None:
        """The file with a code's page; `None` where none can be written."""
        if code not in self._written:
            self._written[code] = self._write(code)
        return self._written[code]

    def _write(self, code: Code) -> str | None:
        rule = rule_of(code)
        try:
            if self._folder is None:
                self._folder = TemporaryDirectory(prefix="codemation-rules-", ignore_cleanup_errors=True)
            path = os.path.join(self._folder.name, f"{rule.code}-{rule.slug}.md")
            with open(path, "w", encoding="utf-8") as file:
                file.write(f"# {rule.code} {rule.slug}\n\n{rule.severity}: {rule.summary}\n\n{rule.page}")
        except OSError:
            return None
        return path

    def close(self) -> None:
        """Take them away."""
        if self._folder is not None:
            self._folder.cleanup()
