"""No part of a URL's password in what a driver says. This module imports no driver."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

from codemation.text.patterns import lazy
from codemation.text.redaction import MASK, mask_url, redact

_PIECES: Final = lazy(r"[^\w~.!$*+()\-]+")
_WINDOW: Final = 4
"""A text that holds so many characters of a password in a row is not shown."""


REASONS: Final = (
    *("Connection refused", "Connection reset by peer", "No route to host", "Network is unreachable"),
    *("Name or service not known", "could not translate host name", "nodename nor servname provided"),
    *("timeout expired", "timed out", "server closed the connection unexpectedly", "No such file or directory"),
    *("password authentication failed", "no pg_hba.conf entry", "does not support SSL", "certificate verify failed"),
    *("the database system is starting up", "too many clients already", "remaining connection slots are reserved"),
)
"""Phrases of libpq, of PostgreSQL and of the C library, which say why and nothing else."""


def scrubbed(said: str, url: str, *more: str) -> str:
    """What a driver says about `url`, without any part of a password; where that cannot be told apart, only why.

    `more` are further passwords.
    """
    visible = mask_url(url)
    secrets = {*_secrets(url, visible), *more} - {""}
    pieces = {piece for secret in secrets for piece in (secret, *_PIECES.split(secret)) if piece not in visible}
    for piece in sorted(pieces, key=len, reverse=True):
        # One or two characters are a part of many words.
        said = re.sub(re.escape(piece) if len(piece) >= _WINDOW - 1 else rf"\b{re.escape(piece)}\b", MASK, said)
    for secret in secrets:
        windows = (secret[at : at + _WINDOW] for at in range(len(secret) - _WINDOW + 1))
        if any(window in said and window not in visible for window in windows):
            return next((reason for reason in REASONS if reason in said), "")
    return redact(said)


def _secrets(url: str, masked: str) -> Iterator[str]:
    """All that may be a part of a password in `url`: what its masking leaves out, as it is and decoded."""
    first, *others = masked.split(MASK)
    at = len(first)
    for index, part in enumerate(others, 1):
        until = url.find(part, at) if index < len(others) else len(url) - len(part)
        secret = url[at:until] if until >= at else url[at:]
        yield from {secret, unquote(secret)} - {""}
        at = until + len(part)
