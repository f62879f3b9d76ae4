"""The environment: one layer, made of the process's variables over those of env files.

The core is handed the process environment as a mapping; nothing here reads the real one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from io import StringIO
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from codemation.origin import EnvironmentOrigin, Position, Span
from codemation.sources.files import BOM, Unreadable, read_text
from codemation.text.patterns import lazy
from codemation.text.redaction import Unshown
from codemation.values import Problem
from codemation.values.variable_text import text_problem

WORD = lazy(r"[A-Za-z_][A-Za-z0-9_]*")
NAME_PART = lazy(r"[A-Za-z0-9_-]+")
PATH = lazy(r"(?:\.{0,2}/)?(?:[\w.\- ]+/)*[\w.\-]+\.[A-Za-z]{1,8}|\.{0,2}/(?:[\w.\- ]+/)*[\w.\-]+")
OPENED = lazy(r"[^=\s]+[ \t]*=[ \t]*([\"'])")
REST_OF_QUOTE = {quote: lazy(rf"(?s)(?:\\.|[^{quote}\\])*+{quote}") for quote in ("'", '"')}
ASSIGNED = lazy(
    r"[ \t]*(?:export[ \t]+)?(?:([A-Za-z_]\w*)[ \t]*=[ \t]*[^=\s].*|([A-Z_][A-Z0-9_]*)[ \t]*=[ \t]*)", re.ASCII
)
"""A line that would be an assignment if it stood in no quotes; one that ends in `=` may be Base64."""


MOST_WORDS = 4
LONGEST_HEAD = 200
"""What is looked at of a broken line for the name that it was to set."""

POWERSHELL = "$env:"
"""What stands before a name in PowerShell, in any case."""

COMPANION = "_FILE"
"""How the name ends of the variable that names a file with a secret in it, as Docker and Kubernetes mount them."""

MOST_SECRET = 64 * 2**10
"""Bytes of such a file at most."""

Key = TypeVar("Key")


class EnvEntry(Unshown, Struct, frozen=True):
    """One assignment of an env file: the value as written, and its line (from 1).

    `taken` are the names that the further lines of its value would set, with these lines.
    """

    value: str
    line: int
    taken: tuple[tuple[str, int], ...] = ()


class BrokenLine(Unshown, Struct, frozen=True):
    """A line that is no assignment. `words` may be a variable's name, or parts of a secret.

    `bare_name` tells that there is nothing else in the line, `open_quote` that its value begins with a quote that is
    not closed, `behind_quote` that something follows the closing one. `taken` are the names that lines would set which
    an open quote made a part of the value, with these lines. `unseen` is the first character in it that nobody sees.
    """

    line: int
    words: tuple[str, ...]
    bare_name: bool
    open_quote: bool = False
    behind_quote: bool = False
    taken: tuple[tuple[str, int], ...] = ()
    unseen: str = ""

    def may_set(self, name: str) -> int | None:
        """The line that seems to set a variable."""
        return self.line if name in self.words else dict(self.taken).get(name)


class EnvFile(Unshown, Struct):
    """One env file. `name` is how origins call it; `explicit` tells that the caller named it.

    `path` is absolute, and may hold what `name` masks. `odd` holds entries by the names that they seem to have: without
    quotes, unseen characters and leading dashes, and with `_` for `-`.
    """

    name: str
    explicit: bool
    entries: dict[str, EnvEntry]
    broken: list[BrokenLine]
    unreadable: Unreadable | None = None
    text: str = ""
    odd: dict[str, EnvEntry] = {}
    path: str = ""


class Variable(Unshown, Struct, frozen=True):
    """A variable that is set: `value` is trimmed, `hidden` are the same variable's settings that it hides."""

    value: str
    origin: EnvironmentOrigin
    hidden: tuple[tuple[str, EnvironmentOrigin], ...] = ()


class Statement(Unshown, Struct, frozen=True):
    """One variable that is set and may state a secret.

    `text` is trimmed: its value, or what is in the file that it names. `problem` tells that the file cannot be read, or
    that `other`, its companion, is set in the same place.
    """

    variable: str
    text: str
    origin: EnvironmentOrigin
    problem: Problem | None = None
    other: str | None = None

    @property
    def counts(self) -> bool:
        """Whether it is there: a blank one counts as not set."""
        return bool(self.text) or self.problem is not None


class Environment:
    """The merged environment. A process variable hides a file's, also when it is blank; later files hide earlier.

    Relative paths in it start at `root`. The files that it names are read when they are first asked for; with `pipes`
    those that the process names may be pipes or devices.
    """

    def __init__(
        self, process: Mapping[str, str], files: Sequence[EnvFile] = (), *, root: str = "", pipes: bool = True
    ) -> None:
        self.process = process
        self.files = tuple(files)
        self.root = root
        self.pipes = pipes
        self._held: tuple[tuple[str | None, Mapping[str, str | EnvEntry]], ...] = (
            (None, process),
            *[(file.name, file.entries) for file in reversed(self.files)],
        )
        self._secrets: dict[tuple[str, bool], str | Unreadable] = {}
        self._split: dict[str, Sequence[str] | None] = {}

    def with_changes(self, changes: Mapping[str, str], unset: Collection[str]) -> Environment:
        """A copy in which the process sets some variables, and others are set nowhere."""
        process = {name: value for name, value in self.process.items() if name not in unset} | dict(changes)
        files = [
            replace(file, entries={n: e for n, e in file.entries.items() if n not in unset}) for file in self.files
        ]
        return Environment(process, files, root=self.root, pipes=self.pipes)

    def without(self, names: Collection[str]) -> Environment:
        """A copy in which the process does not set these; files still may."""
        process = {name: value for name, value in self.process.items() if name not in names}
        return Environment(process, self.files, root=self.root, pipes=self.pipes)

    def text(self, name: str) -> str | None:
        """The trimmed value, or `None` where the variable is not set."""
        value = self.process.get(name)
        if value is None:
            for file in reversed(self.files):
                entry = file.entries.get(name)
                if entry is not None:
                    return entry.value.strip()
            return None
        return value.strip()

    def texts(self, variables: Mapping[Key, str]) -> list[tuple[Key, str]]:
        """The trimmed values of the named variables that are set, with their keys."""
        if self.files:
            found = [(key, self.text(name)) for key, name in variables.items()]
            return [(key, text) for key, text in found if text is not None]
        process = self.process
        return [(key, process[name].strip()) for key, name in variables.items() if name in process]

    def variable(self, name: str) -> Variable | None:
        """The variable with its origin and what it hides."""
        offers = [_assigned(name, held[name], place) for place, held in self._held if name in held]
        return Variable(*offers[0], tuple(offers[1:])) if offers else None

    def statements(self, names: Sequence[str]) -> tuple[Statement, ...]:
        """What is said under any of the names and their companions in `_FILE`, the highest rank first.

        The place decides before the name: the process, then the files, the last one first. A variable that a higher
        place sets too is hidden, and not among them.
        """
        found: dict[str, Statement] = {}
        for place, held in self._held:
            for name in names:
                companion = name + COMPANION
                own = _assigned(name, held[name], place) if name in held and name not in found else None
                file = None
                if companion in held and companion not in found:
                    file = _assigned(companion, held[companion], place)
                both = own is not None and file is not None and own[0] and file[0]
                if own is not None:
                    found[name] = self._statement(*own, companion if both else None)
                if file is not None:
                    found[companion] = self._statement(*file, name if both else None)
        return tuple(found.values())

    def secret(self, name: str) -> Statement | None:
        """What is said under one name or its companion, unless that is blank."""
        return next((one for one in self.statements((name,)) if one.counts), None)

    def _statement(self, text: str, origin: EnvironmentOrigin, other: str | None) -> Statement:
        """What a variable says, `other` its companion if both say something."""
        if other is not None:
            file = max(origin.variable, other, key=len)
            conflict = Problem("CM106", f"and `{file}` are both set", f"unset one of them: `{file}` names a file")
            return Statement(origin.variable, text, origin, conflict, other)
        if not text or not origin.variable.endswith(COMPANION):
            return Statement(origin.variable, text, origin)
        problem = text_problem(text)
        if problem is not None:
            return Statement(origin.variable, "", origin, problem)
        key = (os.path.join(self.root, text), origin.file is None and self.pipes)
        if key not in self._secrets:
            self._secrets[key] = read_text(key[0], named=key[1], most=MOST_SECRET)
        content = self._secrets[key]
        if not isinstance(content, Unreadable) and content.strip():
            # It is the path of a file, and no secret that stands in its place.
            return Statement(origin.variable, content.strip(), replace(origin, secret_file=text))
        why = content.reason if isinstance(content, Unreadable) else "is blank"
        which = f"names {origin.secret_file}, which {why}" if origin.secret_file else f"names a file that {why}"
        return Statement(origin.variable, "", origin, Problem("CM204", which, _remedy(origin.variable, text, content)))

    def paths(self) -> list[str]:
        """The env files, and the files with secrets that were read."""
        return [*(file.path for file in self.files), *(path for path, _ in self._secrets)]

    def secret_paths(self, names: Iterable[str]) -> list[str]:
        """The files that the companions of these names name, anywhere: read or not, hidden or not."""
        held = [(set_, name + COMPANION) for _, set_ in self._held for name in names]
        texts = [_assigned(name, set_[name], None)[0] for set_, name in held if name in set_]
        return [os.path.join(self.root, text) for text in texts if text and "\0" not in text]

    def names(self) -> Iterable[str]:
        """The names of all variables that are set, each once."""
        if not self.files:
            return self.process
        return dict.fromkeys(name for names in (self.process, *(file.entries for file in self.files)) for name in names)

    def misread(self, name: str) -> EnvironmentOrigin | None:
        """Where a variable that nothing sets may be set after all: in a line or a file that could not be read."""
        if self.text(name) is not None or self.text(name + COMPANION) is not None:
            return None
        for file in reversed(self.files):
            if file.unreadable:
                return EnvironmentOrigin(name, file.name)
            line = file.odd[name].line if name in file.odd else None
            line = line or next((line for broken in file.broken if (line := broken.may_set(name))), None)
            if line is not None:
                return EnvironmentOrigin(name, file.name, line)
        return None

    def assignment(self, origin: EnvironmentOrigin) -> str | None:
        """The line that sets a variable, a secret like its value; `None` if there is none in an env file."""
        file = next((file for file in self.files if file.name == origin.file), None)
        entry = file.entries.get(origin.variable) if file else None
        lines = self._lines(origin.file)
        return lines[entry.line - 1] if lines and entry and entry.line == origin.line else None

    def _lines(self, name: str | None) -> Sequence[str] | None:
        """The lines of an env file, which are split once; `None` for none."""
        if name is not None and name not in self._split:
            file = next((file for file in self.files if file.name == name), None)
            self._split[name] = None if file is None else file.text.split("\n")
        return None if name is None else self._split[name]

    def span(self, origin: EnvironmentOrigin) -> Span | None:
        """Where a variable's name stands in its env file, or the whole line where it has none."""
        lines = self._lines(origin.file)
        if lines is None or origin.line is None:
            return None
        line = lines[origin.line - 1] if origin.line <= len(lines) else ""
        name = origin.variable if origin.variable in line else ""
        start = line.find(name) if name else len(line) - len(line.lstrip())
        width = len(name) if name else len(line.strip())
        return Span(Position(origin.line, start + 1), Position(origin.line, start + width + 1))


def _remedy(variable: str, path: str, content: str | Unreadable) -> str:
    """What to do about the file of a secret that gives none."""
    if "://" in path:
        return f"it is a URL, and no file's path: put it into {variable.removesuffix(COMPANION)}"
    if path.startswith(("~", "$", "%")):
        return "write the whole path: nothing is expanded here"
    if isinstance(content, Unreadable) and content.kind == "encoding":
        return "save the file as UTF-8"
    return "mount the secret there, or name the file that holds it"


def _assigned(name: str, said: str | EnvEntry, file: str | None) -> tuple[str, EnvironmentOrigin]:
    """The trimmed value of a variable, and where it is set: with the path it names, unless that might be a secret."""
    value, line = (said, None) if isinstance(said, str) else (said.value, said.line)
    text = value.strip()
    path = text if name.endswith(COMPANION) and PATH.fullmatch(text) else None
    return text, EnvironmentOrigin(name, file, line, path)


def read_env_file(
    name: str, path: str, *, explicit: bool, text: str | None = None, pipes: bool = True
) -> EnvFile | None:
    """Read an env file in python-dotenv's grammar, values literally; `None` for one that nobody named or has.

    `text` stands in place of what is in the file. Without `pipes` it must be a file also where the caller named it.
    """
    read = read_text(path, named=explicit and pipes) if text is None else text.removeprefix(BOM)
    if isinstance(read, Unreadable):
        if read.kind == "missing" and not explicit:
            return None
        return EnvFile(name, explicit, {}, [], unreadable=read, path=path)
    return replace(parse_env(name, read, explicit=explicit), path=path)


def seeming(name: str) -> str:
    """A name as its author sees it, or should have written it: without quotes, unseen characters and leading dashes."""
    bare = name[len(POWERSHELL) :] if name.lower().startswith(POWERSHELL) else name
    return "".join(NAME_PART.findall(bare)).lstrip("-").replace("-", "_")


def _words(statement: str) -> tuple[str, ...]:
    """What may be the name that a line was to set: the words before its first sign, and these as one."""
    head = statement.partition("\n")[0].replace(":", "=").partition("=")[0]
    words = WORD.findall(head[:LONGEST_HEAD])[:MOST_WORDS]
    return (*words, "_".join(words)) if len(words) > 1 else tuple(words)


def _broken(statement: str, line: int, *, bare_name: bool) -> BrokenLine:
    """What is known of a statement that is no assignment."""
    opened = OPENED.match(statement)
    closed = opened and REST_OF_QUOTE[opened[1]].match(statement, opened.end())
    # The next quote of the kind may be another line's: what was to be assigned there tells.
    taken = _taken(statement[: closed.end() - 1], line) if closed else ()
    unseen = next((sign for sign in statement if not sign.isprintable() and sign not in "\t\n"), "")
    return BrokenLine(
        line,
        _words(statement),
        bare_name=bare_name,
        open_quote=opened is not None and (closed is None or bool(taken)),
        behind_quote=closed is not None and not taken,
        taken=taken,
        unseen=unseen,
    )


def _taken(statement: str, line: int) -> tuple[tuple[str, int], ...]:
    """The names that the further lines of a statement would set if they stood in no quotes, with these lines."""
    if "\n" not in statement:
        return ()
    found = ((ASSIGNED.fullmatch(text), number) for number, text in enumerate(statement.split("\n"), line))
    return tuple([(name[1] or name[2], number) for name, number in found if name and number > line])


def parse_env(name: str, text: str, *, explicit: bool = True) -> EnvFile:
    """Parse the text of an env file."""
    # Imported here because few projects have an env file and python-dotenv costs 10 ms.

    from dotenv.parser import parse_stream  # noqa: PLC0415

    # Line ends as text mode would read them, which is how python-dotenv itself opens a file.
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    file = EnvFile(name, explicit, {}, [], text=text)
    open_quote = False
    for binding in parse_stream(StringIO(text)):
        written = binding.original.string
        # A binding starts with the blank lines before it.
        leading = written[: len(written) - len(written.lstrip())]
        line = binding.original.line + leading.count("\n")
        if binding.key is not None and binding.value is not None:
            file.entries[binding.key] = EnvEntry(binding.value, line, _taken(written.strip(), line))
            if not WORD.fullmatch(binding.key):
                file.odd[seeming(binding.key)] = file.entries[binding.key]
            open_quote = False
        elif (binding.error or binding.key is not None) and not open_quote:
            # What follows an open quote belongs to it, up to the next assignment.
            broken = _broken(written.strip().removeprefix("export ").lstrip(), line, bare_name=not binding.error)
            open_quote = broken.open_quote and not broken.taken
            file.broken.append(broken)
    return file
