"""What is refused in any variable's text, in every path, and in the name of a queue."""

from __future__ import annotations

import os
from unittest import mock

import pytest

from codemation.text.wording import differences
from codemation.values import Choice, FilePath, Folder, Integer, QueueName, Text
from codemation.values.variable_text import text_problem

FILE, FOLDER = FilePath("data/app.sqlite"), Folder()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('"production"', "is in quotes"),
        ("'a'", "is in quotes"),
        ('""', "is in quotes"),
        ("${NAME}", "an unexpanded variable"),
        ("a/${NAME}/b", "an unexpanded variable"),
        ("${NAME:-default}", "an unexpanded variable"),
        ("x$(NAME)", "an unexpanded variable"),
        ("$(openssl rand -base64 32)", "an unexpanded variable"),
        ("{{ .Values.secret }}", "an unexpanded variable"),
        ("$NAME", "an unexpanded variable"),
        ("undefined", "is the word `undefined`"),
        ("null", "is the word `null`"),
        ("a\u200bb", "an invisible character (U+200B, a zero-width space)"),
        ("\ufeffa", "an invisible character (U+FEFF, a byte order mark)"),
        ("a\u00a0b", "an invisible character (U+00A0, a no-break space)"),
        ("a\u202eb", "an invisible character (U+202E, right-to-left override)"),
        ("a\tb", "a control character (U+0009)"),
        ("a\x7fb", "a control character (U+007F)"),
        ("a\u2028b", "an invisible character (U+2028, line separator)"),
    ],
)
def test_what_no_variable_holds(text: str, said: str) -> None:
    problem = text_problem(text, Text())
    assert problem is not None
    assert said in problem.text
    assert problem.code == "CM201"
    assert problem.help


@pytest.mark.parametrize(
    "text",
    [
        *(
            "a",
            "it's",
            '"a',
            "a'",
            '"',
            'a"b"',
            "$5",
            "US$",
            "a$b",
            "$name",
            "${}",
            "${1}",
            "{a}",
            "a b",
            "50%",
            "%",
            "%a b%",
            "`",
            "`a`",
            "größe",
            "日本",
        ),
        *("Undefined", "nullable", "\U0001f600", "\udcff"),
    ],
)
def test_what_a_variable_may_hold(text: str) -> None:
    assert text_problem(text, Text()) is None


def test_words_and_numbers_say_themselves_what_is_wrong() -> None:
    for kind in (Choice({"a": "b"}), Integer(1, 2)):
        assert text_problem("undefined", kind) is None
        assert text_problem("'undefined'", kind) is not None


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("~/x", "starts with `~`"),
        (" ~x/y", "starts with `~`"),
        ("a/${X}/b", "an unexpanded variable"),
        ("$(X)/b", "an unexpanded variable"),
        ("$(pwd)/b", "an unexpanded variable"),
        ("{{ data }}/b", "an unexpanded variable"),
        ("$HOME/b", "an unexpanded variable"),
        ("a/$HOME", "an unexpanded variable"),
        ("%APPDATA%/b", "an unexpanded variable"),
        ("`pwd`/b", "unexpanded variable or command"),
        ("a\tb", "a control or an invisible character"),
        ("a\0b", "a control or an invisible character"),
        ("a\u200bb", "a control or an invisible character"),
        ("a\n", "a control or an invisible character"),
        ("file:a", "is a URI"),
        ("sqlite:a", "is a URI"),
        ("sqlite:///a", "is a URI"),
    ],
)
@pytest.mark.parametrize("kind", [FILE, FOLDER])
def test_what_no_path_is(kind: FilePath | Folder, path: str, said: str) -> None:
    problem = kind.problem(path)
    assert problem is not None
    assert said in problem.text
    assert (problem.code, problem.harmless) == ("CM105", None)


@pytest.mark.parametrize(
    "path", ["a~", "a/~/b", "$name/x", "a$B/c", "100%/x%", "a b", "größe/日本", "a:b", "-", "a..b"]
)
@pytest.mark.parametrize("kind", [FILE, FOLDER])
def test_what_a_path_may_be(kind: FilePath | Folder, path: str) -> None:
    assert kind.problem(path) is None


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("C:/x", "a drive of Windows"),
        ("C:x.db", "a drive of Windows"),
        (r"C:\x", "a drive of Windows"),
        (r"a\b", "a backslash"),
    ],
)
def test_paths_of_windows_are_for_windows(path: str, said: str) -> None:
    problem = FILE.problem(path)
    assert problem is not None
    assert said in problem.text
    with mock.patch.object(os, "name", "nt"):
        assert FILE.problem(path) is None


def test_a_queue_has_no_colon() -> None:
    problem = QueueName().problem("mail:send")
    assert problem is not None
    assert "`:`, which BullMQ refuses" in problem.text
    assert QueueName().problem("{mail}.send-1_a") is None
    assert QueueName().problem("\udcff") is not None


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("", "", 0),
        ("a", "a", 0),
        ("a", "", 1),
        ("abc", "axc", 1),
        ("abc", "acb", 2),
        ("abc", "xyz", 3),
        ("a", "abcd", 3),
    ],
)
def test_differences(one: str, other: str, expected: int) -> None:
    assert differences(one, other, 2) == differences(other, one, 2) == min(expected, 3)
