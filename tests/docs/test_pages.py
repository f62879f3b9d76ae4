"""Every page: its commands print what it says, its code runs, and it speaks of nothing that does not exist."""

from __future__ import annotations

import argparse
import doctest
import os
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from functools import cache
from pathlib import Path
from unittest.mock import patch

import pytest
import yaml

import codemation
from codemation.cli.commands.completion import parsers_under
from codemation.cli.parser import whole_parser
from codemation.rules import all_rules
from codemation.settings import elsewhere
from codemation.settings.catalogue import CATALOGUE
from codemation.settings.host_variables import HOST_VARIABLES, SWITCHES
from tests.docs import generation
from tests.docs.pages import DOCS, README, ROOT, Block, all_pages, anchors, blocks, links, prose, written_pages
from tests.docs.reference import library
from tests.docs.shell import answered, shell

CHECKED = {"console", "python", "pycon", "toml", "yaml", "ini", "sql", "dockerfile", "ts", "text"}
"""Languages of blocks; `sh` is for what is to be typed in this repository, of which a test of the front page knows."""
TEST_VARIABLES = {"CODEMATION_TEST_POSTGRES_URL"}


def of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def loose(language: str) -> list[tuple[Path, Block]]:
    """The blocks of a language that are no file of a page's commands."""
    return [
        (page, it) for page in all_pages() for it in blocks(text_of(page)) if it.language == language and not it.file
    ]


@pytest.mark.parametrize("page", generation.run_pages(), ids=of)
def test_its_commands_print_what_it_says(page: Path) -> None:
    assert answered(text_of(page)) == text_of(page), "run `make generate`, and look at what changed"


def test_the_reference_is_what_the_declarations_say() -> None:
    for file, text in generation.reference():
        assert text_of(file) == text, f"{file.name} is stale: run `make generate`"
        assert text.endswith("\n")
        assert not text.endswith("\n\n")


@contextmanager
def in_the_starter() -> Iterator[None]:
    with shell() as user, chdir(user.root / "examples/starter"), patch.dict(os.environ, user.environment, clear=True):
        yield


def test_python_runs() -> None:
    found = loose("python")
    assert len(found) >= 3
    for page, block in found:
        with in_the_starter():
            exec(compile(block.text, f"{of(page)}", "exec"), {"__name__": "__main__"})  # noqa: S102  (our own)


def test_python_answers_what_the_page_says() -> None:
    found = loose("pycon")
    assert found
    for page, block in found:
        test = doctest.DocTestParser().get_doctest(block.text, {}, of(page), str(page), 0)
        with in_the_starter():
            results = doctest.DocTestRunner().run(test)
        assert results.attempted
        assert not results.failed


def test_every_block_is_of_a_language_that_something_checks() -> None:
    for page in all_pages():
        text = text_of(page)
        assert text.count("\n```") == 2 * len(re.findall(r"^```[\w{]", text, re.MULTILINE)), page
        assert {it.language for it in blocks(text)} <= CHECKED | ({"sh"} if page == README else set()), page
        for block in blocks(text):
            assert block.language == "console" or not block.text.startswith("$ "), (page, block.text)


PARSERS: dict[str, Callable[[str], object]] = {"toml": tomllib.loads, "yaml": yaml.safe_load}


@pytest.mark.parametrize("language", PARSERS)
def test_data_is_data(language: str) -> None:
    found = loose(language)
    assert found
    for page, block in found:
        assert PARSERS[language](block.text), page


def test_configuration_is_right_but_where_a_command_shows_that_it_is_not(tmp_path: Path) -> None:
    file = tmp_path / "codemation.toml"
    for page, block in loose("toml"):
        file.write_text(block.text)
        compilation = codemation.compile(tmp_path, env={})
        codes = {it.code for it in compilation.diagnostics}
        assert not {code for code in codes if code < "CM200"}, (page, block.text)


def test_every_link_leads_to_something() -> None:
    fragments = cache(lambda page: anchors(text_of(page)))
    for page in all_pages():
        for link in links(text_of(page)):
            target, _, fragment = link.partition("#")
            file = (page.parent / target).resolve() if target else page
            assert file.is_relative_to(ROOT), (page, link)
            assert file.exists(), (page, link)
            assert not fragment or fragment in fragments(file), (page, link)
            # The site has no pages of folders.
            assert page == README or file.is_file(), (page, link)


def test_every_page_is_in_the_table_of_contents() -> None:
    trees = re.findall(r"```\{toctree\}\n(.*?)```", text_of(DOCS / "index.md"), re.DOTALL)
    listed = [line for tree in trees for line in tree.splitlines() if line and not line.startswith(":")]
    assert sorted(listed) == sorted(
        page.relative_to(DOCS).with_suffix("").as_posix() for page in DOCS.rglob("*.md") if page.name != "index.md"
    )


@cache
def parsers() -> dict[str, argparse.ArgumentParser]:
    whole = whole_parser()
    return {it.prog: it for it in (whole, *parsers_under(whole))}


def test_commands_in_sentences_exist_with_their_options() -> None:
    seen = 0
    for page in written_pages():
        for span in re.findall(r"`(codemation [a-z][^`]*)`", prose(text_of(page)).replace("\n", " ")):
            words = shlex.split(span)
            while words[:1] and " ".join(words) not in parsers() and len(words) > 1:
                words.pop()
            if " ".join(words) == "codemation":
                assert re.match(r"codemation (help|runs)\b", span), (page, span)
                continue
            parser, seen = parsers()[" ".join(words)], seen + 1
            options = set(re.findall(r"(?<!\S)(--?[a-z][\w-]*)", span))
            assert options <= {*parser._option_string_actions}, (page, span)
    assert seen > 20


def test_pages_name_rules_and_variables_that_exist() -> None:
    known = {*CATALOGUE.variables, *HOST_VARIABLES, *SWITCHES, *elsewhere.VARIABLES, *TEST_VARIABLES}
    for page in written_pages():
        text = text_of(page)
        assert set(re.findall(r"\bCM\d{3}\b", text)) <= {rule.code for rule in all_rules()}, page
        named = {it.removesuffix("_FILE") for it in re.findall(r"\bCODEMATION_[A-Z_]+\b", text)}
        assert {it for it in named if it not in known} <= {"CODEMATION_"}, page


def test_pages_depend_on_no_machine_and_no_network() -> None:
    for page in written_pages():
        text = text_of(page)
        assert not re.search(r"https?://(?!localhost\b)", text), page
        hosts = set(re.findall(r"@([\w.-]+):\d", text)) | set(re.findall(r"rediss?://([\w.-]+)", text))
        assert all(host.endswith(".example.com") or "." not in host for host in hosts), (page, hosts)
        assert not re.search(r"/(?:home|work|tmp|root|Users)/", text), page


def test_every_public_name_of_the_library_is_told() -> None:
    assert sorted(name for names in library.GROUPS.values() for name in names) == sorted(codemation.__all__)


def test_the_man_page_comes_with_the_package() -> None:
    build = tomllib.loads(text_of(ROOT / "pyproject.toml"))["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert build["shared-data"] == {of(generation.MAN_PAGE): "share/man/man1/codemation.1"}


def test_the_man_page_is_one() -> None:
    groff = shutil.which("groff")
    if groff is None:
        pytest.skip("no groff on this machine")
    page = str(generation.MAN_PAGE)
    done = subprocess.run([groff, "-man", "-ww", "-Tutf8", page], capture_output=True, check=True, encoding="utf-8")
    assert done.stderr == ""
    plain = re.sub(r"\x1b\[\d*m|.\x08", "", done.stdout)
    for name in parsers():
        assert name in plain or name == "codemation db", name


def test_python_files_on_pages_are_named_by_their_first_line() -> None:
    for page in written_pages():
        for block in blocks(text_of(page)):
            if block.file.endswith(".py"):
                assert block.text.startswith(f'"""{block.file}: '), page
                compile(block.text, block.file, "exec")
