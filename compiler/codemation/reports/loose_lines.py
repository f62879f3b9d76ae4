"""A line of a file that is no TOML, or of which nobody knows where its values are: read on its own.

What looks like a key may be a secret, and so may any word: what is shown are our own names, values of settings that
hold no secrets, what can be none (`certain`), and of a URL what is surely none.
"""

from __future__ import annotations

from functools import cached_property

from codemation.reports.certain import Certain
from codemation.reports.quote import Edit, rest
from codemation.settings.catalogue import Catalogue
from codemation.text.patterns import lazy
from codemation.text.redaction import doubtful_url, names_a_secret

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
_URL = lazy(r"([\"']?)([a-z][a-z0-9+.-]*://[^\s\"'#]+)\1([\s,;\]}]*)(.*)")
_BRACES = lazy(r"[ \t]*(?:\{[ \t]*)+")
_OPENING = lazy(r"[ \t]*[\[{][ \t]*")


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
        if not deliberate and not self._words.issuperset(words):
            return None
        secret = secret or any(names_a_secret(word) for word in words)
        return rest(line, pair.start(3)) if secret else self._value(line, pair.start(3), words[-1], harmless=harmless)

    def _value(self, line: str, start: int, key: str, *, harmless: bool) -> tuple[Edit, ...]:
        """What is masked from an offset on, where the value of a key begins."""
        url = _URL.fullmatch(line, start)
        if url is not None:
            return (Edit(*url.span(2), doubtful_url(url[2])), *rest(line, url.start(4)))
        opening = _OPENING.match(line, start)
        if opening is not None and line[opening.end() : opening.end() + 1] not in {"", "[", "{"}:
            return self._next(line, opening.end(), key, table="{" in opening[0], harmless=harmless)
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
        return {name for path in self._catalogue.paths() for name in path}

    @cached_property
    def _harmless_words(self) -> set[str]:
        """The names of settings of which none, wherever it is, holds a secret."""
        catalogue = self._catalogue
        leaves = [leaf for path in catalogue.paths() if (leaf := catalogue.leaf(path))]
        harmful = {leaf.setting.name for leaf in leaves if leaf.setting.secret or not leaf.setting.type.harmless}
        return {leaf.setting.name for leaf in leaves} - harmful
