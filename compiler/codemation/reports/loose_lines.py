"""A line of a file that is no TOML, or of which nobody knows where its values are: read on its own.

What looks like a key may be a secret, and so may any word: what is shown are our own names, values of settings that
hold no secrets, what can be none (`certain`), and of a URL what is surely none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

from codemation.reports.certain import Certain, inside
from codemation.reports.quote import Edit, rest
from codemation.settings.catalogue import Catalogue
from codemation.settings.elsewhere import KEYS
from codemation.text.patterns import lazy
from codemation.text.redaction import doubtful_url, names_a_secret
from codemation.values import ValueType

_BARE = r"[A-Za-z0-9_-]+"
_NAME = rf"(?:{_BARE}|\"{_BARE}\"|'{_BARE}')"
_KEY = rf"[ \t]*{_NAME}(?:[ \t]*\.[ \t]*{_NAME})*[ \t]*"
_HEADER = lazy(rf"([ \t]*\[{{1,2}}{_KEY}(?:\]{{1,2}})?[ \t]*)(.*)")
_PAIR = lazy(rf"({_KEY})((?:=>|:=|==|[=:])[ \t]*)?(.*)")
_WORD = lazy(_BARE)
# A value that may be shown of a line that cannot be trusted: no quote, escape or sign of credentials inside.
_SIMPLE = lazy(
    r"(\"[^\"\\:@\x00-\x1f]*\"(?!\")|'[^'\\:@\x00-\x1f]*'(?!')|[A-Za-z0-9_.+/-]{1,64}(?![^\s,;\]}#]))?([\s,;\]}]*)(.*)"
)
# A word in a quote that nothing closes.
_OPENED = lazy(rf"[\"']({_BARE})[ \t]*")
_COLON = lazy(r":[ \t]+")
_URL = lazy(r"([\"']?)([a-z][a-z0-9+.-]*://[^\s\"'#]+)\1([\s,;\]}]*)(.*)")
_BRACES = lazy(r"[ \t]*(?:\{[ \t]*)+")
_OPENING = lazy(r"(?:[ \t]*[\[{])+[ \t]*")


class LooseLines:
    """Reads single lines."""

    def __init__(self, catalogue: Catalogue, certain: Certain) -> None:
        self._catalogue = catalogue
        self._certain = certain

    def read(self, line: str, *, harmless: bool, secret: bool) -> tuple[Edit, ...] | None:
        """What is masked of a line, `None` for all of it: what looks like a key may be the secret.

        `secret` tells that it may belong to a table of secrets, whose keys may have any name.
        """
        if header := _HEADER.fullmatch(line):
            return rest(line, header.start(2)) if _WORD.findall(header[1])[0] in self._words else None
        if line.lstrip().startswith("#"):
            return rest(line, 0)
        # A document of JSON begins with a brace.
        brace = _BRACES.match(line)
        return self._pair(line, brace.end() if brace else 0, harmless=harmless, secret=secret)

    def _pair(self, line: str, start: int, *, harmless: bool, secret: bool) -> tuple[Edit, ...] | None:
        """What is masked from an offset on, where a key with its value begins; `None` for all of it."""
        pair = _PAIR.fullmatch(line, start)
        if pair is None:
            return None
        words = _WORD.findall(pair[1])
        # Base64 ends in `=`, but not after a blank.
        deliberate = (pair[2] or "").startswith("=") and pair[1][-1] in " \t"
        if not (deliberate or self._is_said_of_a_word(line, pair, words)) and not self._words.issuperset(words):
            return None
        secret = secret or any(names_a_secret(word) for word in words)
        return rest(line, pair.start(3)) if secret else self._value(line, pair.start(3), words[-1], harmless=harmless)

    def _is_said_of_a_word(self, line: str, pair: re.Match[str], words: Sequence[str]) -> bool:
        """Whether a line tells of a word in letters, as YAML does, what can be no secret: `port: 3000`."""
        simple = _SIMPLE.fullmatch(line, pair.start(3)) if _COLON.fullmatch(pair[2] or "") else None
        certain = simple is not None and self._certain.text((simple[1] or "").strip("\"'"))
        return certain and all(map(str.isalpha, words))

    def _value(self, line: str, start: int, key: str, *, harmless: bool) -> tuple[Edit, ...]:
        """What is masked from an offset on, where the value of a key begins."""
        url = _URL.fullmatch(line, start)
        if url is not None:
            return (Edit(*url.span(2), doubtful_url(url[2])), *rest(line, url.start(4)))
        opening = _OPENING.match(line, start)
        if opening is not None:
            end, table = opening.end(), opening[0].rstrip().endswith("{")
            return self._next(line, end, key, table=table, harmless=harmless) if end < len(line) else ()
        opened = _OPENED.fullmatch(line, start)
        if opened is not None and self._certain.text(opened[1]):
            return ()
        simple = _SIMPLE.fullmatch(line, start)
        if simple is None or not self._shown(key, simple[1] or "", harmless=harmless):
            return rest(line, start)
        if simple[3] and "," in simple[2]:
            return self._next(line, simple.start(3), key, table=False, harmless=harmless)
        return rest(line, simple.start(3))

    def _shown(self, key: str, written: str, *, harmless: bool) -> bool:
        """Whether a simple value may be shown, as it is written."""
        text = written.strip("\"'")
        trusted = key in self._harmless_words and (harmless or text == written)
        return bool(text) and (trusted or self._certain.text(text))

    def _next(self, line: str, start: int, key: str, *, table: bool, harmless: bool) -> tuple[Edit, ...]:
        """What is masked from an offset on, within an inline table or an array: a pair, or a value of the same key."""
        pair = self._pair(line, start, harmless=harmless, secret=False)
        if pair is not None:
            return pair
        return rest(line, start) if table else self._value(line, start, key, harmless=harmless)

    @cached_property
    def _words(self) -> set[str]:
        """The names of our keys, those within values and those from elsewhere too: no secret is called so."""
        ours = {name for path in self._catalogue.paths() for name in path}
        return ours | {name for name, _ in self._inside} | {name for names in KEYS.values() for name in names}

    @cached_property
    def _harmless_words(self) -> set[str]:
        """The names of settings of which none, wherever it is, holds a secret."""
        leaves = [leaf for path in self._catalogue.paths() if (leaf := self._catalogue.leaf(path))]
        names = [(it.setting.name, it.setting.type.harmless and not it.setting.secret) for it in leaves]
        names += [(name, kind.harmless) for name, kind in self._inside]
        return {name for name, _ in names} - {name for name, harmless in names if not harmless}

    @cached_property
    def _inside(self) -> list[tuple[str, ValueType]]:
        return list(inside(self._catalogue))
