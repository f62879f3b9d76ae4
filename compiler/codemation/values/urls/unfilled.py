"""What a sample, a template or masked output leaves in a URL: its grammar allows it, and nobody means it."""

from __future__ import annotations

from typing import Final

from codemation.text.patterns import lazy

_SIGNS: Final = ("<", "%3", "[", "$", "**", "undefined", "null", "None", "your", "YOUR", "redacted", "REDACTED")
"""Of which there is one in each of these."""
_UNFILLED: Final = lazy(
    r"[/@:](?:(?P<sample>(?:<|%3[Cc])[A-Za-z][\w .-]*(?:>|%3[Ee])|\[[A-Za-z][A-Za-z _-]*\])"
    r"|(?P<word>undefined|null|None)|(?P<variable>\$[A-Z_][A-Z0-9_]+)|(?P<masked>\*{3,}|redacted|REDACTED))(?=[@:/?,]|$)"
    # Of a database such a name may be meant.
    r"|(?:[@:]|//)(?:your|YOUR)[-_][\w-]*(?=[@:/?,]|$)"
)


def unfilled(url: str) -> tuple[str, str] | None:
    """What stands in a URL in place of a value, and what to do; `None` where nothing does.

    The first continues a sentence that began with the URL's name. What stands there is a user, a password, a host or a
    database's name as a whole; of a password nothing is repeated.
    """
    for sign in _SIGNS:
        if sign in url:
            break
    else:
        return None
    found = _UNFILLED.search(url)
    if found is None:
        return None
    if word := found["word"]:
        return (
            f"holds the word `{word}`, which a program left in place of a value",
            "give the program that makes the URL what it lacks, or write the URL itself",
        )
    if found["variable"]:
        return (
            "holds a variable's name behind a `$`, and nothing is expanded here",
            "write what the variable holds; a `$` that belongs there is `%24`",
        )
    if found["masked"]:
        return (
            "has a masked password, as a log or a screen shows one",
            "give the real password; a `*` that belongs to it is `%2A`",
        )
    return (
        "holds a sample's placeholder, such as `<password>` or `[YOUR-PASSWORD]`",
        "write what belongs there, without the brackets; one that belongs to it is `%3C` or `%5B`",
    )
