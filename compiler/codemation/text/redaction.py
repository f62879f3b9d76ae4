r"""The one place that knows how to mask.

`mask_url` masks one URL, `redact` whatever secrets stand in a text, `redact_value` those in plain data. All three are
idempotent, never raise, and mask too much rather than too little: where parsers disagree about the end of a password
(libpq takes the first `@`, others the last), everything that any of them could take for the password is masked.

A blank password (`user:@host`, `?password=`) holds no secret and stays as it is. A user without a password is a name
and stays too (`postgresql://TOKEN@host`: libpq sends it to any server that asks), but for the web's schemes, where it
is how tokens are written (`https://TOKEN@host`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from codemation.text.patterns import lazy

if TYPE_CHECKING:
    from collections.abc import Callable

MASK: Final = "***"
"""What stands in the place of a secret."""

_PASSES: Final = 8
"""How often a mask is repeated until nothing changes (once or twice in practice) before all of the text is masked."""

_NO_SEPARATORS: Final = dict.fromkeys(map(ord, " \t\v\f\r\n\"'`<>(){}|;,\x1c\x1d\x1e\x1f\x85\xa0"), None)
_LINE: Final = lazy(r"[^\r\n]+")
_ESCAPE: Final = lazy(r"%([0-9A-Fa-f]{2})")

# A colon as it is, percent-encoded (once or more), or as a TOML, JSON or Python escape in a quoted source line.
_COLON: Final = lazy(r":|%(?:25){0,9}3a|\\u003a|\\U0000003a|\\x3a", re.IGNORECASE)
_AT: Final = lazy(r"@|\\u0040|\\U00000040|\\x40", re.IGNORECASE)
# JSON may write `:\/\/`, and a URL that was taken for a path has lost a slash.
_OPENER: Final = lazy(r":\\{0,2}/\\{0,2}/|(?:(?<=postgresql)|(?<=postgres)|(?<=rediss)|(?<=redis)):/")
_WHOLE_OPENER: Final = lazy(r"\s*(?:jdbc:)?[A-Za-z][A-Za-z0-9+.\-]*:[/\\]{1,2}")
# A further URL in the same line counts as one only with a scheme that no password holds by chance.
_NEXT_URL: Final = lazy(
    r"(?i)(?<=[\s\"'`=(<\[{,;|>])(?:postgres(?:ql)?|rediss?|unix|https?|wss?|mysql|mariadb|sqlite|amqps?|mongodb|file)"
    r"(?:\+[a-z0-9_]+)?://"
)
# Web services take a token in the place of the user: `https://TOKEN@host`, `https://TOKEN:x-oauth-basic@host`.
_WEB: Final = ("http:", "https:", "ws:", "wss:")
_WEB_TOKEN: Final = lazy(r"[^\s/?#@:\"'`]+(?=(?::(?:x-oauth-basic)?)?@)")

# One host of an authority: in a URL that stands alone, and in a line, where white space and quotes end it too. libpq
# takes a `#` for a part of the host.
_IPV6: Final = r"\[[0-9A-Fa-f:.]*(?:%[0-9A-Za-z._~\-]*)?\]"
_HOST: Final = lazy(rf"{_IPV6}(?=[:,/?#]|\Z)|(?:[^:,/?%\\]|%(?!(?:25){{0,9}}3[Aa])|\\(?![Uu]0*3[Aa]|[Xx]3[Aa]))*")
_PORT: Final = lazy(r"[0-9]*(?=[,/?#]|\Z)")
_LINE_HOST: Final = lazy(rf"{_IPV6}(?=[^0-9A-Za-z]|\Z)|(?:[^:,/?%\\\s\"'`<>(){{}}|;]|%(?!(?:25){{0,9}}3[Aa]))*")
# `http://h:80: refused`, `"postgresql://h:5432"` and `postgresql://h: timed out` are ports; `user:80x` is a password.
_LINE_PORT: Final = lazy(r"[0-9]+(?=[,/?#\s\"'`<>(){}\[\]|;\\]|[.:!]+(?:[\s\"')]|\Z)|\Z)|(?=[,/?#\s]|\Z)")
_CLOSERS: Final = "\"'`)]},;. \t"
"""What may close a line after a URL and is kept behind a mask that runs to its end."""

_PARAM: Final = lazy(r"[?&;#]([^=&?;#]{1,128})=")
_NEXT_PARAM: Final = lazy(r"&[^=&?;#\s]{1,128}=")
_SECRET_PARAM: Final = lazy(
    r".*(?:passw|pwd|passphrase|secret|token|credential|signature|(?:api|access|private|client|server)[_.\-]?key).*"
    r"|auth|authorization|key|pass|sig"
)
# The parameters that may well hold an `@` of their own, which then does not end a password.
_AT_PARAM: Final = lazy(
    r"[?&](?:user(?:name)?|e?mail|application_name|fallback_application_name|client_name|krbsrvname|options|host)"
    r"=[^?&@/]*(@)[^?&@/]*(?=&|\Z)"
)

_WORDS: Final = (
    *("password", "passwd", "pwd", "passphrase", "secret", "token", "apikey", "api_key", "authorization"),
    *("client_key", "server_key"),
)
"""The words that name a secret."""

_KEY: Final = (
    rf"(?:(?<![A-Za-z0-9])(?:pg|ssl|scram_)?(?:{'|'.join(_WORDS)})|(?<=[a-z])(?-i:Password|Secret|Token|ApiKey))"
)
_SECRET_KEY: Final = lazy(rf"(?is).*?{_KEY}")
# How the names end of tables whose values are secrets, whatever their keys are: a header may be called anything.
_HEADERS: Final = "headers"
_SECRET_HEADER: Final = lazy(r"(?:proxy-)?authorization|(?:set-)?cookie|.*(?:[_.\-]key|session).*")
_AUTH_SCHEME: Final = lazy(r"(?i)\s*(?:Bearer|Basic|Token|Digest|ApiKey)\s+\S")
_PAIR: Final = lazy(_KEY + r"(?:\\?[\"'`])?[ \t]{0,64}(?:=>|==|:=|=|:)[ \t]{0,64}", re.IGNORECASE)
_QUOTED: Final = lazy(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'")
# What may follow a quoted value; a further `key=` only in a conninfo, which has single quotes.
_AFTER_QUOTED: Final = {
    '"': lazy(r"[ \t]{0,64}(?:\Z|[,;}\])&'])|[ \t]{1,64}#"),
    "'": lazy(r"[ \t]{0,64}(?:\Z|[,;}\])&\"])|[ \t]{1,64}(?:#|[A-Za-z_][A-Za-z0-9_.\-]{0,64}[ \t]{0,9}=)"),
}
# Not closed, or quoted within a quoted text: where it closes depends on who quoted it.
_OPENED: Final = lazy(r"\\?[\"']")
_TIGHT_END: Final = lazy(r"[,;}\])&\"']*(?:\s|\Z)")
_UNQUOTED: Final = lazy(r"(?i)(?:(?:Bearer|Basic|Token)[ \t]+)?((?:\\.|&(?![\w.%\-]{1,64}=)|[^\s&])+)")
# `url = "user:pw@host"`: the scheme was forgotten. Only at the start of a word, or of a part of a path (what was given
# as a path may have become an absolute one), and without a blank.
_BARE: Final = lazy(
    r"((?:^|[\s\"'`=(\[{<]|(?<![:/])/+)[^\s:@/\"'`=]{0,64}:)(?!\\{0,2}/\\{0,2}/)([^\s\"'`]{1,512})(?=@)"
)

# A part of a path, or the value of a parameter; and what it may hold when its escapes are decoded.
_PART: Final = lazy(r"(?<![^/?&#\s\"'`<>])(?:[^/?&#=\s\"'`<>]*=)?([^/?&#\s\"'`<>]+)")
_BREAKS: Final = {ord("\n"): "\ue00a", ord("\r"): "\ue00d"}
_BREAKS_BACK: Final = {0xE00A: "\n", 0xE00D: "\r"}
_SHORT: Final = frozenset({"pin", "otp", "pw", "cvv"})
_ONE_URL: Final = lazy(r"(?i)[a-z][a-z0-9+.\-]{1,20}://[^\s\"'`\\<>{}]+")
_WEB_URL: Final = lazy(r"(?is)((?:https?|wss?)://[^/?#@]*)(.*)")
_LAYERS: Final = 4
"""How often a text may be escaped over and over."""


def mask_url(url: str) -> str:
    """Mask every secret of `url`, the text of one URL and nothing else.

    Without a scheme the text is taken for what follows one, or for libpq's `key=value` form. A URL without a secret
    comes back unchanged.
    """
    return _settled(url, _mask_url)


def redact(text: str) -> str:
    r"""Mask the secrets in any text: of every URL and of every `password=…`, whatever stands around them.

    Within a line the mask runs to the last `@` that may belong to a password. Lines (ended by `\n`, `\r\n` or `\r`)
    stay as many as they were; a secret that is itself split over lines is beyond this function.
    """
    if not _may_hold_any(text):
        return text
    if "\n" not in text and "\r" not in text:
        return _settled(text, _redact_line)
    return _LINE.sub(lambda line: _settled(line[0], _redact_line), text)


def redact_argument(text: str) -> str:
    """The same for one argument, or one path: a line break in it is a part of the value, so also of a secret."""
    return redact(text.translate(_BREAKS)).translate(_BREAKS_BACK)


def redact_value(value: object) -> object:
    """Copy plain data (`str`, `list`, `tuple`, `dict`) with its secrets masked, in keys too.

    A string under a key such as `password` is a secret as a whole, and so is every one in a table such as
    `staticHeaders`. Anything of another type is handed back as it is.
    """
    if isinstance(value, str):
        if not _may_hold_any(value):
            return value
        return _settled(value, _redact_value)
    if isinstance(value, dict):
        return {redact_value(key): _redact_item(str(key), item) for key, item in value.items()}
    if isinstance(value, list):
        return [redact_value(item) for item in value]
    if isinstance(value, tuple):
        return tuple(redact_value(item) for item in value)
    return value


def doubtful_url(text: str) -> str:
    """Of a URL that was refused, what is surely no secret, and the mask where it may be anything.

    A user without a password may be the password; what follows the host of a web address may be a key to it.
    """
    if not _ONE_URL.fullmatch(text):
        return MASK
    masked = mask_url(text)
    if web := _WEB_URL.fullmatch(masked):
        return f"{web[1]}/{MASK}" if web[2].strip("/") else masked
    return MASK if masked == text and "@" in masked and MASK not in masked else masked


def names_a_secret(name: str) -> bool:
    """Whether what stands under a key of this name is a secret, as far as the name tells."""
    low = name.casefold()
    return low.endswith(_HEADERS) or low in _SHORT or _SECRET_PARAM.fullmatch(low) is not None


def is_secret_name(name: str, value: str) -> bool:
    """Whether a header (or parameter) of this name and value carries a credential, as far as one can tell."""
    low = name.strip().lower()
    named = _SECRET_PARAM.fullmatch(low) or _SECRET_HEADER.fullmatch(low)
    return named is not None or _AUTH_SCHEME.match(value) is not None


def _may_hold_any(text: str) -> bool:
    """Whether there can be anything to mask: most texts have none of these marks."""
    return ":" in text or "%" in text or "\\" in text or ("=" in text and _names_a_secret(text))


def _redact_value(text: str) -> str:
    """A value that is a URL is one as a whole, line breaks in its password included."""
    if not _WHOLE_OPENER.match(text):
        return redact_argument(text)
    masked = _mask_url(text)
    # One URL in one word that names no secret: there is nothing beside it.
    alone = text.count(":/") == text.count("://") == 1 and not _names_a_secret(masked)
    return masked if alone and text.translate(_NO_SEPARATORS) == text else redact_argument(masked)


def _redact_item(key: str, item: object) -> object:
    """What stands under a key, which may tell that it is secret."""
    if isinstance(item, str) and _names_a_secret(key) and _SECRET_KEY.fullmatch(key):
        return MASK
    if isinstance(item, dict) and key.casefold().endswith(_HEADERS):
        return _blotted(item)
    return redact_value(item)


def _names_a_secret(text: str) -> bool:
    """Whether one of the words may be in a text, in any case: far cheaper than to look for where."""
    low = text.casefold()
    return not low.isascii() or bool([word for word in _WORDS if word in low])


def _blotted(table: dict[Any, Any]) -> dict[Any, Any]:
    """A table of secrets: only its keys are shown."""
    return {
        redact_value(key): MASK if isinstance(item, str) and item else redact_value(item) for key, item in table.items()
    }


class Unshown:
    """Mixed into a struct that may hold plain secrets: its `repr` (and Rich's) shows no field at all."""

    __slots__ = ()

    def __repr__(self) -> str:
        """The name of the type alone."""
        return f"<{type(self).__name__}>"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Nothing: msgspec would hand Rich the fields."""
        return []


def percent_decoded(text: str) -> str:
    """Decode the ASCII percent-escapes of `text`, all that the name of a parameter needs."""
    return _ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), text) if "%" in text else text


def _settled(text: str, mask: Callable[[str], str]) -> str:
    """Repeat `mask` until it changes nothing, which is what makes the public functions idempotent."""
    for _ in range(_PASSES):
        masked = mask(text)
        if masked == text:
            return text
        text = masked
    return MASK


def _mask_url(url: str) -> str:
    opener = _WHOLE_OPENER.match(url)
    start = opener.end() if opener else 0
    masked = url[:start] + _mask_rest(url[:start], url[start:], line=False)
    return masked if opener else _mask_pairs(masked)


def _redact_line(line: str) -> str:
    if ":" in line:
        line = _mask_urls(line)
        line = _BARE.sub(rf"\1{MASK}", line) if "@" in line else line
    return _mask_pairs(line)


def _mask_urls(line: str) -> str:
    """Mask every URL of a line. The next one begins where this one is complete, or else belongs to its password."""
    if not (opener := _OPENER.search(line)):
        return line
    done = [line[: opener.end()]]
    start = opener.end()
    while line.find("://", start) >= 0 and (following := _NEXT_URL.search(line, start)):
        part = line[start : following.start()]
        if _bad_port(part, _userinfo_end(part) + 1, line=True) is not None:
            break
        done += _mask_rest(done[-1], part, line=True), line[following.start() : following.end()]
        start = following.end()
    return "".join(done) + _mask_rest(done[-1], line[start:], line=True)


def _mask_rest(before: str, rest: str, *, line: bool) -> str:
    """Mask what follows `before`, which ends in `://`: all that could be a secret. `line`: other text may follow."""
    spans: list[tuple[int, int]] = []
    end = _userinfo_end(rest)
    if before.rstrip("/\\").casefold().endswith(_WEB) and (token := _WEB_TOKEN.match(rest)):
        spans.append(token.span())
    if end >= 0 and (colon := _COLON.search(rest, 0, end)):
        spans.append((colon.end(), end))
    # In a line, quotes and commas at its end close the URL.
    last = len(rest.rstrip(_CLOSERS)) if line else len(rest)
    if (bad := _bad_port(rest, end + 1, line=line)) is not None:
        spans.append((bad, last))
    if "%" in rest:
        parts = (part for part in _PART.finditer(rest, end + 1) if "%" in part[1])
        spans += [part.span(1) for part in parts if _hides_a_secret(part[1])]
    if not line and "=" in rest and _names_a_secret(rest):
        # `?dbname=password=…`: a pair within a parameter, or in a path. In a line it is looked for anyway.
        spans += _pair_spans(rest, signs="=")
    return _masked(rest, spans + [(start, last if to == len(rest) else to) for start, to in _secret_params(rest)])


def _hides_a_secret(part: str) -> bool:
    """Whether a part of a URL, its escapes decoded, is a connection string or a URL with a password in it."""
    for _ in range(_LAYERS):
        decoded = percent_decoded(part)
        if decoded == part:
            return False
        part = decoded
        if (_names_a_secret(part) and _PAIR.search(part)) or _has_credentials(part):
            return True
    return False


def _has_credentials(text: str) -> bool:
    """Whether a colon and an `@` follow a `://`, whatever stands between them."""
    start = text.find("://")
    colon = text.find(":", start + len("://")) if start >= 0 else -1
    return colon >= 0 and "@" in text[colon:]


def _userinfo_end(rest: str) -> int:
    """Find the `@` that ends the userinfo: the last that can, but at least libpq's, the first before any `/`; or -1."""
    own = {match.start(1) for match in _AT_PARAM.finditer(rest)} if "=" in rest else set()
    for start, to in _secret_params(rest):
        # Masked as a whole anyway: its `@` need not cost the host.
        own.update(match.start() for match in _AT.finditer(rest, start, to))
    found = -1
    slash = rest.find("/") % (len(rest) + 1)
    for match in _AT.finditer(rest):
        if match.start() not in own or (found < 0 and match.start() < slash):
            found = match.start()
    return found


def _bad_port(rest: str, start: int, *, line: bool) -> int | None:
    """Find where the "port" of a host begins that is no number, and so is a password that lost its `@`."""
    host, port = (_LINE_HOST, _LINE_PORT) if line else (_HOST, _PORT)
    while True:
        found = host.match(rest, start)
        start = found.end() if found else start
        if colon := _COLON.match(rest, start):
            number = port.match(rest, colon.end())
            if number is None:
                return colon.end()
            start = number.end()
        if rest[start : start + 1] != ",":
            return None
        start += 1


def _secret_params(rest: str) -> list[tuple[int, int]]:
    """Find the values of the secret parameters: a `&` that no `key=` follows is taken for a part of a value."""
    spans: list[tuple[int, int]] = []
    start = 0
    while "=" in rest and (param := _PARAM.search(rest, start)):
        start = param.end()
        if _SECRET_PARAM.fullmatch(percent_decoded(param[1]).strip().lower()):
            following = _NEXT_PARAM.search(rest, start)
            spans.append((start, following.start() if following else len(rest)))
            start = spans[-1][1]
    return spans


def _masked(text: str, spans: list[tuple[int, int]]) -> str:
    done: list[str] = []
    at = 0
    for start, end in sorted(spans):
        if end > max(start, at):
            done += text[at:start], "" if done and start <= at else MASK
            at = end
    return "".join(done) + text[at:]


def _mask_pairs(line: str) -> str:
    """Mask the values of `password=x`, `password = "x"`, `password: x` and libpq's `password='a b'`."""
    return _masked(line, _pair_spans(line)) if _names_a_secret(line) else line


def _pair_spans(line: str, signs: str = "=:>") -> list[tuple[int, int]]:
    """Find these values, of pairs whose sign ends in one of `signs`."""
    spans = []
    start = 0
    while pair := _PAIR.search(line, start):
        start = pair.end()
        if pair[0].rstrip()[-1] not in signs:
            continue
        quote = line[start : start + 1]
        if quoted := _QUOTED.match(line, start):
            end = quoted.end()
            # What follows a closing quote without sense is the rest of a secret that holds that quote itself.
            # `password="a",b`: libpq and shells read on to the next blank.
            whole = pair[0][-1] not in "=>" or _TIGHT_END.match(line, end)
            closed = whole and _AFTER_QUOTED[quote].match(line, end) and line.count(quote, end) % 2 == 0
            spans.append((start + 1, end - 1 if closed else len(line.rstrip(_CLOSERS))))
            start = end
        elif opened := _OPENED.match(line, start):
            spans.append((opened.end(), len(line.rstrip(_CLOSERS + "\\"))))
        elif value := _UNQUOTED.match(line, start):
            spans.append((value.start(1), value.start(1) + len(value[1].rstrip(_CLOSERS))))
            start = value.end()
    return spans
