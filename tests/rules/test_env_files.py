"""Env files that do not say what they look like: quotes that stay open, comments that are none, other encodings."""

from __future__ import annotations

from pathlib import Path

import pytest

import codemation
from codemation import Compilation

URL = "DATABASE_URL=postgresql://app@db.example.com/orders"
OPEN = "opens a quote and does not close it"


def compiled(folder: Path, text: str | bytes) -> Compilation:
    data = text.encode() if isinstance(text, str) else text
    (folder / ".env").write_bytes(data)
    return codemation.compile(folder, env={}, env_files=[folder / ".env"])


@pytest.mark.parametrize(
    ("text", "line", "lost", "closed"),
    [
        ('DATABASE_URL="x\nREDIS_URL="redis://r"\n', 1, "line 2 does not set `REDIS_URL`", ('"x', '"x"')),
        (f"A='it\n{URL}\nB='x'\n", 1, "line 2 does not set `DATABASE_URL`", ("it", "it'")),
        (f'A="one\n{URL}\nB="two\n', 1, "line 2 does not set `DATABASE_URL`", ("one", 'one"')),
        (f"# x\nexport A='it\nexport {URL} # it's\n", 2, "line 3 does not set `DATABASE_URL`", ("it\n", "it'\n")),
        ('A="x\n\nAUTH_SECRET="x y z"\n', 1, "line 3 does not set `AUTH_SECRET`", ('"x\n', '"x"\n')),
        (f'A="x\nQUEUE_PREFIX=y\n{URL}\nB="y z"\n', 1, "lines 2 and 3 do not set `QUEUE_PREFIX` and", ('"x', '"x"')),
        ('A="x\nDATABASE_URL_FILE=/run/x # the "main" one\n', 1, "not set `DATABASE_URL_FILE`", ('"x', '"x"')),
        ('A="x\nB=y\nC="z"\n', 1, "", ('"x', '"x"')),
        ('A="x\r\nQUEUE_PREFIX="y"\r\n', 1, "line 2 does not set `QUEUE_PREFIX`", ('"x', '"x"')),
    ],
)
def test_an_open_quote_says_which_lines_it_takes(
    text: str, line: int, lost: str, closed: tuple[str, str], tmp_path: Path
) -> None:
    said = [one.message for one in compiled(tmp_path, text).diagnostics if one.code == "CM005"]
    assert len(said) >= 1
    assert said[0].startswith(f"line {line} of ")
    assert OPEN in said[0]
    assert said[0].endswith(OPEN) if not lost else lost in said[0]
    mended = compiled(tmp_path, text.replace(*closed, 1)).diagnostics
    assert not [one for one in mended if one.code == "CM005" and f"line {line} " in one.message]


@pytest.mark.parametrize(
    "text",
    [
        'A="x" y\n',
        'KEY="-----BEGIN\nabc==\n-----END" junk\n',
        'KEY="AAAA\nbbb=" junk\n',
        'JSON=\'{"a": "b=c"\n}\' junk\n',
        'DATABASE_URL="postgresql://app@db.example.com/orders";\n',
    ],
)
def test_what_stands_behind_a_closing_quote_is_no_open_one(text: str, tmp_path: Path) -> None:
    (said,) = [one.message for one in compiled(tmp_path, text).diagnostics if one.code == "CM005"]
    assert said.endswith("has something behind its closing quote")


def test_a_database_whose_line_was_taken_is_not_sqlite(tmp_path: Path) -> None:
    taken = compiled(tmp_path, f"A='it\n{URL}\nB='x'\n")
    (kind,) = [one for one in taken.trace if one.key == "runtime.database.kind"]
    assert kind.value == "postgresql"


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        (f'A="one\n{URL}\nB=x"\n', "line 2 does not set `DATABASE_URL`"),
        ("A='one\nB=2\nNODE_ENV=production'\n", "line 3 does not set `NODE_ENV`"),
        (f"A='one\n{URL}\nB=x'\n{URL}\n", ""),
        ('A="one\nB=2"\n', ""),
        ('KEY="-----BEGIN\nabc==\n-----END"\n', ""),
    ],
)
def test_a_line_that_another_value_may_have_taken_is_a_warning(text: str, lost: str, tmp_path: Path) -> None:
    found = [(one.severity, one.message) for one in compiled(tmp_path, text).diagnostics if one.code == "CM005"]
    assert [severity for severity, _ in found] == (["warning"] if lost else [])
    assert all(lost in message for _, message in found)


BLANK = "write a blank before the `#`"
QUOTE = "close the quote before the `#`"


@pytest.mark.parametrize(
    ("text", "helped", "mended"),
    [
        (f"{URL}# prod\n", BLANK, ("#", " #")),
        (f"export {URL}#\tprod\n", BLANK, ("#", " #")),
        ("CODEMATION_DATABASE_KIND=sqlite# local\n", BLANK, ("#", " #")),
        ("CODEMATION_DATABASE_POOL_SIZE = 5# a note\n", BLANK, ("#", " #")),
        ("NODE_ENV=production# x\nAUTH_SECRET=0123456789abcdefgh\n", BLANK, ("#", " #")),
        ("CODEMATION_SKIP_STARTUP_MIGRATIONS=true# x\n", BLANK, ("#", " #")),
        ("DATABASE_URL='postgresql://h/d # prod'\n", QUOTE, (" # prod'", "' # prod")),
        ('CODEMATION_SCHEDULER="local# x"\n', QUOTE, ('# x"', '"# x')),
        # What stands before the sign would be wrong as well: then that is no comment.
        ("DATABASE_URL=postgresql://u:p#x y@h/d\n", "", ("", "")),
        ("CODEMATION_DATABASE_KIND=sqlit# local\n", "", ("", "")),
        ("CODEMATION_SCHEDULER=local#x\n", "", ("", "")),
    ],
)
def test_a_comment_that_is_a_part_of_the_value(text: str, helped: str, mended: tuple[str, str], tmp_path: Path) -> None:
    (found,) = [one for one in compiled(tmp_path, text).diagnostics if one.code == "CM201"]
    if not helped:
        assert "#" not in found.help
        return
    assert found.help.startswith(helped)
    assert "CM201" not in [one.code for one in compiled(tmp_path, text.replace(*mended)).diagnostics]


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        (b"\0", "CM005", "holds a NUL byte"),
        (b"A=1\nB\0\n", "CM005", "line 2 of .env holds a NUL byte"),
        (b"A=1\n" + b"\0" * 40, "CM005", "line 2 of .env holds a NUL byte"),
        ("\u200b\n".encode(), "CM005", "holds U+200B, which nobody sees"),
        (b"\0DATABASE_URL=x\n", "CM005", "seems to set `DATABASE_URL`"),
        (b"D\0ATABASE_URL=x\n", "CM005", "seems to set"),
        (b"DATABASE_URL=postgres\0ql://h/d\n", "CM201", "holds a control character (U+0000)"),
        ("A=1\n".encode("utf-32"), "CM004", "is UTF-32, not UTF-8"),
        ("A=1\n".encode("utf-16"), "CM004", "is UTF-16, not UTF-8"),
    ],
)
def test_damage_is_called_by_its_name(data: bytes, code: str, said: str, tmp_path: Path) -> None:
    (found,) = compiled(tmp_path, data).diagnostics
    assert found.code == code
    assert said in found.message.replace(f"{tmp_path}/", "")


def test_standard_input_has_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (found,) = codemation.compile(tmp_path, env={}, env_files=["-"]).diagnostics
    assert found.help == "name /dev/stdin to read standard input"
    (found,) = codemation.compile(tmp_path, env={}, env_files=["--"]).diagnostics
    assert found.help == "correct the path"
