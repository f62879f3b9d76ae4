"""`docs/reference/commands.md`: every command, from the parsers themselves."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import NamedTuple

from codemation.cli.parser import COMMANDS, Command, commands_in, whole_parser
from tests.docs.reference.markdown import code, head, table

_TOP = """\
What `codemation COMMAND --help` prints, of all commands. `python -m codemation` is the same program. What an exit code
means is told in [The command line](../guides/command-line.md#exit-codes)."""

SHARED = ("what to read", "what if (the answer is what really setting it would give)", "how to tell it")
"""The groups of options that many commands take; each is told once."""


class Told(NamedTuple):
    """A command: its name with what stands before it, what it declares, and its parser."""

    name: str
    command: Command
    parser: argparse.ArgumentParser


def told() -> list[Told]:
    """Every command that does something, in the order of the help."""
    return list(_under(whole_parser(), COMMANDS, "codemation"))


def _under(parser: argparse.ArgumentParser, package: str, prefix: str) -> Iterator[Told]:
    choices = next(it.choices for it in parser._actions if isinstance(it, argparse._SubParsersAction))
    for name, module in commands_in(package).items():
        if hasattr(module, "run"):
            yield Told(f"{prefix} {name}", module.COMMAND, choices[name])
        else:
            yield from _under(choices[name], module.__name__, f"{prefix} {name}")


def groups(parser: argparse.ArgumentParser) -> dict[str, list[argparse.Action]]:
    """What a command takes, by the title of its group; arguments and options of its own first, without a title."""
    found: dict[str, list[argparse.Action]] = {}
    for group in parser._action_groups:
        title = str(group.title) if group.title in SHARED else ""
        shown = [it for it in group._group_actions if it.help != argparse.SUPPRESS and it.dest != "help"]
        if shown:
            found.setdefault(title, []).extend(shown)
    return found


def spelling(action: argparse.Action) -> str:
    """An option with its value, or an argument, as a person types it."""
    value = _value(action)
    if not action.option_strings:
        return value
    return f"{', '.join(action.option_strings)}{f' {value}' if value else ''}"


def _value(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    choices = "|".join(map(str, action.choices)) if action.choices is not None else None
    name = action.metavar if isinstance(action.metavar, str) else choices or action.dest.upper()
    return {"?": f"[{name}]", "*": f"[{name} …]", "+": f"{name} …"}.get(str(action.nargs), name)


def explained(action: argparse.Action) -> str:
    """The help of an action."""
    return str(action.help or "").replace("%(default)s", str(action.default))


def usage(of: Told) -> str:
    """A command with what must or may stand behind it."""
    own = groups(of.parser).get("", [])
    arguments = [spelling(it) if it.required or it.nargs != "?" else _value(it) for it in own if not it.option_strings]
    return " ".join([of.name, *(["[OPTION …]"] if any(groups(of.parser).values()) else []), *arguments])


def page() -> str:
    """The whole page."""
    all_of_them = told()
    rows = ((f"[`{it.name}`](#{anchor(it)})", it.command.line) for it in all_of_them)
    text = head("Commands", _TOP) + "\n" + table(("command", "what it does"), rows)
    return text + _shared(all_of_them) + "".join(map(_section, all_of_them))


def anchor(of: Told) -> str:
    """The fragment of a command's section."""
    return of.name.replace(" ", "-")


def _shared(all_of_them: list[Told]) -> str:
    text = "\n## Options that many commands take\n"
    for title in SHARED:
        first = next(groups(it.parser)[title] for it in all_of_them if title in groups(it.parser))
        text += f"\n### {title[0].upper()}{title[1:].partition(' (')[0]}\n\n{_options(first)}"
    return text


def _options(actions: list[argparse.Action]) -> str:
    return table(("option", "meaning"), ((code(spelling(it)), explained(it)) for it in actions))


def _section(of: Told) -> str:
    found = groups(of.parser)
    text = f"\n## `{of.name}`\n\n{of.command.summary}\n\n```text\n{usage(of)}\n```\n"
    if own := found.get(""):
        text += f"\n{_options(own)}"
    links = [
        f"[{title.partition(' (')[0]}](#{title.partition(' (')[0].replace(' ', '-')})"
        for title in SHARED
        if title in found
    ]
    text += f"\nAlso: {', '.join(links)}.\n" if links else ""
    return text + "\n" + table(("example", "what for"), ((code(line), what) for line, what in of.command.examples))
