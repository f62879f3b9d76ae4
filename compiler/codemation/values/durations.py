"""Kinds of value that are a time, in whole seconds."""

from __future__ import annotations

import re
from typing import Any, Final, Literal

from codemation.text.patterns import lazy
from codemation.values.scalars import Integer

UNITS: Final = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3_600),
    **dict.fromkeys(("d", "day", "days"), 86_400),
    **dict.fromkeys(("w", "week", "weeks"), 7 * 86_400),
    **dict.fromkeys(("y", "yr", "year", "years"), 365 * 86_400),
}
"""Seconds of what people write behind a number."""

_PART: Final = lazy(r"\s*([0-9]{1,9})\s*([A-Za-z]+)\s*")
_ISO: Final = lazy(r"[Pp](?:([0-9]{1,6})[Dd])?(?:[Tt](?:([0-9]{1,6})[Hh])?(?:([0-9]{1,6})[Mm])?(?:([0-9]{1,6})[Ss])?)?")
_MONTHS: Final = lazy(r"\s*(?:([0-9]{1,6})\s*(?:M|(?i:mos?|mons?|mths?|months?))|[Pp]([0-9]{1,6})[Mm])\s*")
"""A number of months. `M` alone may as well be minutes, of which seven keep far less than seven months."""
_MONTH: Final = 30 * 86_400

_IN_SECONDS: Final = lazy(
    r"(?!.*(?i:milli|micro|nano)[_-]?(?i:sec)).*(?:(?i:seconds)|(?:(?<![MUN])S|[_-]s|\bs)ec(?:ond)?s?)"
)
"""A key's name that says that it is in seconds, and not in parts of one."""

_GROUPED: Final = lazy(r"[0-9]{1,3}(?:[,.' ][0-9]{3})+")
_FOR_EVER: Final = frozenset(
    {"never", "forever", "for ever", "infinite", "infinity", "inf", "unlimited", "none", "off", "no", "false"}
)


def seconds_in(text: str) -> int | None:
    """The seconds that a text such as `7d`, `1h 30m`, `P7D` or `86,400` surely means; `None` for any other."""
    if _MONTHS.fullmatch(text):
        return None
    iso = _ISO.fullmatch(text.strip())
    if iso and any(iso.groups()):
        factors = zip(iso.groups(), (86_400, 3_600, 60, 1), strict=True)
        return sum(int(number) * factor for number, factor in factors if number)
    if _GROUPED.fullmatch(text.strip()):
        return int("".join(filter(str.isdigit, text)))
    total, at = 0, 0
    while at < len(text) and (part := _PART.match(text, at)):
        factor = UNITS.get(part[2].lower())
        if factor is None:
            return None
        total, at = total + int(part[1]) * factor, part.end()
    return total if text and at == len(text) else None


class Duration(Integer):
    """A whole number of seconds; `for_ever` tells that people keep something so long, and may mean: always.

    That is then the longest there is, or what holds where nothing is stated.
    """

    def __init__(self, minimum: int, maximum: int, *, for_ever: Literal["longest", "not stated"] | None = None) -> None:
        super().__init__(minimum, maximum, unit="seconds")
        self.for_ever = for_ever

    def unsaid_by(self, name: str) -> str:
        """Any number may be one of minutes, or of milliseconds."""
        return "" if _IN_SECONDS.fullmatch(name) else "It takes seconds"

    def within(self) -> str:
        """With the longest, which is what people mean by 0."""
        return f"{super().within()}; {self.longest()}" if self.for_ever else super().within()

    def remedy(self, value: Any) -> str:
        """The number of seconds that was probably meant."""
        if self.for_ever and (
            (isinstance(value, str) and value.strip().lower() in _FOR_EVER)
            or (isinstance(value, float) and abs(value) == float("inf"))
            or value is False
        ):
            return f"write a number of seconds; {self.longest()}"
        seconds = seconds_in(value) if isinstance(value, str) else None
        if seconds is None:
            months = _MONTHS.fullmatch(value) if isinstance(value, str) else None
            return self._months(months) if months else super().remedy(value)
        return f"write {seconds}, the number of seconds" if self.minimum <= seconds <= self.maximum else self.within()

    def _months(self, found: re.Match[str]) -> str:
        """What months are, and minutes, where those may be meant as well."""
        number = int(found[1] or found[2])
        many = "" if number == 1 else "s"
        months = f"for {number} month{many} of 30 days, {number * _MONTH}"
        if found[1] and found[0].strip().endswith("M"):
            return f"write the number of seconds: for {number} minute{many} {number * 60}, {months}"
        return f"write the number of seconds: {months}"

    def longest(self) -> str:
        """What to write for always; blank where nobody means that."""
        if self.for_ever == "not stated":
            return "to keep it for ever, leave it out"
        return f"to keep it for ever, write {self.maximum}, the longest" if self.for_ever else ""
