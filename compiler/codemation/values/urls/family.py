"""The families of URLs, and why one of them is refused, in words."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct

Schemes = Literal["postgresql", "redis", "http"]
"""The families of URLs."""

Reason = Literal[
    "blank",
    "unseen",
    "scheme",
    "unexpanded",
    "space",
    "escape",
    "masked",
    "at",
    "host",
    "port",
    "database",
    "parameter",
    "socket",
]
"""Why a URL is refused, in the order in which it is looked at."""

MOST_PORT: Final = 65_535


class UrlFault(Struct, frozen=True):
    """Why a URL is refused: `message` continues a sentence that names the key, `help` says what to do.

    Neither holds any part of the URL but its scheme and the names of parameters, and those only if they look like ones.
    """

    reason: Reason
    message: str
    help: str


class Family(Struct, frozen=True):
    """What the families differ in, in words: how a URL begins, an example without a password, and what is secret."""

    prefixes: tuple[str, ...]
    example: str
    secret: str = "password"  # noqa: S105  (a word)
    port: str = "5432"
    reference: str | None = None
    """The key beside that names a variable."""

    @property
    def schemes(self) -> tuple[str, ...]:
        """The names that URLs begin with."""
        return tuple(prefix.removesuffix("://") for prefix in self.prefixes)

    def such(self) -> str:
        """An example, in a sentence."""
        return f"a URL such as `{self.example}`"

    def blank(self) -> UrlFault:
        """Nothing but white space."""
        return UrlFault("blank", "is blank", f"give {self.such()}, or take it out")

    def unseen(self) -> UrlFault:
        """A character that nobody sees."""
        return UrlFault(
            "unseen",
            "holds a control or an invisible character, such as a line break or a zero-width space",
            f"remove it, or percent-encode it (`%0A`) where it belongs to the {self.secret}",
        )

    def scheme(self) -> UrlFault:
        """A text that begins with none of the family's schemes."""
        *others, last = (f"`{prefix}`" for prefix in self.prefixes)
        return UrlFault("scheme", f"does not start with {', '.join(others)} or {last}", f"give {self.such()}")

    def unexpanded(self) -> UrlFault:
        """A variable that nobody has expanded."""
        instead = f" (`{self.reference}` can name one that holds the whole URL)" if self.reference else ""
        return UrlFault(
            "unexpanded",
            "holds an unexpanded variable, such as `${NAME}`: nothing is expanded here",
            f"write what the variable holds{instead}; a `$` of the {self.secret}'s own is `%24`",
        )

    def space(self) -> UrlFault:
        """A blank."""
        return UrlFault("space", "holds a blank", "remove it, or write it as `%20`")

    def escape(self, *, nul: bool = False) -> UrlFault:
        """A `%` that begins no escape, or that of a `nul`."""
        if nul:
            return UrlFault("escape", "holds `%00`, a NUL, which no client takes", "take it out")
        return UrlFault(
            "escape",
            "holds a `%` that does not begin an escape such as `%20`",
            f"write `%25` for a `%` of the {self.secret}'s own",
        )

    def host(self) -> UrlFault:
        """A host or port that is none."""
        return UrlFault(
            "host",
            "has a host or a port that cannot be read",
            # No URL with a password as the example: it would be masked.
            (
                f"write host and port as `host:{self.port}`, and in the {self.secret} `%2F` for `/`, `%3F` for `?`, "
                "`%23` for `#`, `%40` for `@` and `%3A` for `:`"
            ),
        )

    def scheme_again(self) -> UrlFault:
        """A URL within the URL."""
        return UrlFault("database", "has another `://` before its host", f"write it once, as in `{self.example}`")

    def port_range(self) -> UrlFault:
        """A port that no server can have."""
        return UrlFault(
            "port", f"has a port that is not from 1 to {MOST_PORT}", f"write host and port as `host:{self.port}`"
        )

    def masked(self) -> UrlFault:
        """Masked output, pasted back."""
        return UrlFault(
            "masked",
            f"has the {self.secret} `***`, which is how masked output shows one",
            (
                f"give the real {self.secret}, or copy the URL from where it is not masked "
                "(`codemation compile --show-secrets`)"
            ),
        )
