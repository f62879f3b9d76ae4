"""The lines that reports may quote, of every file that was read, each so that no secret shows."""

from __future__ import annotations

import re

from codemation.origin import EnvironmentOrigin, Origin
from codemation.reports.quote import Edit, Quote
from codemation.reports.quoting import Quoter, has_credentials
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.misspelt_variable import PREFIX
from codemation.settings.host_variables import MODES, SWITCHES
from codemation.text.redaction import MASK, names_a_secret, redact


class Excerpts:
    """Quotes lines: of `codemation.toml` any, of env files those that set a variable."""

    def __init__(self, model: SemanticModel) -> None:
        self._model = model
        self._quoter = Quoter(model)

    def quote(self, file: str | None, number: int, origin: Origin | None, *, harmless: bool) -> Quote | None:
        """The line `number` (from 1) of a file, `None` if it may not be quoted.

        `origin` is what is there, `harmless` whether the value at fault may be shown.
        """
        if isinstance(origin, EnvironmentOrigin):
            return (
                self._assignment(origin, harmless=harmless) if file == origin.file and number == origin.line else None
            )
        if file != self._model.source.name or not 1 <= number <= len(self._quoter):
            return None
        return self._quoter.quote(number, harmless=harmless)

    def _assignment(self, origin: EnvironmentOrigin, *, harmless: bool) -> Quote | None:
        """A line of an env file that sets a variable: its name, and its value where that can be no secret.

        Any other line is a secret until proven otherwise.
        """
        line = self._model.environment.assignment(origin)
        named = line and re.match(rf"[ \t]*(?:export[ \t]+)?{re.escape(origin.variable)}[ \t]*=[ \t]*", line)
        if not line or not named or redact(named[0]) != named[0]:
            return None
        if redact(line) == line and self._shown(origin.variable, line[named.end() :].strip(), harmless=harmless):
            return Quote(line)
        edits = (Edit(named.end(), len(line), MASK),) if named.end() < len(line) else ()
        return Quote.made(named[0] + "".join(edit.text for edit in edits), edits)

    def _shown(self, name: str, written: str, *, harmless: bool) -> bool:
        """Whether a value may be shown as it is written: of what is no secret's, and never with a comment behind it."""
        text = self._model.environment.text(name)
        quotes = written[:1] if written[:1] == written[-1:] and written[:1] in ("'", '"') else ""
        if text is None or written != f"{quotes}{text}{quotes}" or has_credentials(text):
            return False
        settings = self._model.catalogue.variables.get(name, ())
        if settings or name in SWITCHES or name in MODES:
            ours = all(it.type.harmless and not it.secret for it in settings)
            return ours and (harmless or self._quoter.certain.text(text))
        return name.startswith(PREFIX) and not names_a_secret(name) and self._quoter.certain.text(text)
