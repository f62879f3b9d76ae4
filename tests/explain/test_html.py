"""`compile --explain --format html`: what is in the page. What a browser makes of it: `test_html_in_a_browser`."""

from __future__ import annotations

import base64
import hashlib
import re
from html import unescape
from pathlib import Path

import pytest

from codemation.explain.html.comparison import as_html
from codemation.explain.html.markup import element, prose, text
from codemation.explain.trace import UNCONTESTED
from tests.cli.running import run
from tests.explain.pages import ATTACK, PASSWORD, Element, Project, compared, elements, projects
from tests.test_examples import CASES
from tests.test_secrets import CANARY, NOT_URLS, URLS, elsewhere, in_settings
from tests.test_secrets import run as run_with

HTML = ("compile", "--explain", "--format", "html")


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Project]:
    return projects(tmp_path_factory.mktemp("pages"))


def flat(said: str) -> str:
    return " ".join(said.split())


def settings(page: str) -> list[Element]:
    """The rows of the settings, in the order of the trace."""
    rows = [one for one in elements(page, "tr") if one.attributes.get("class", "").startswith("setting")]
    return sorted(rows, key=lambda row: int(row.attributes.get("id", "s0").removeprefix("s")))


def shown(sentence: str) -> str:
    """A sentence as a page has it, without the signs of code."""
    return flat(unescape(text(sentence))).replace("`", "")


def test_text_is_escaped_and_what_cannot_be_seen_is_shown() -> None:
    assert element("b", "<&\"'>\0\u202e", class_="x", hidden=True, data_of=None, for_='"') == (
        '<b class="x" hidden for="&quot;">&lt;&amp;&quot;&#x27;&gt;\\x00\\u202e</b>'
    )
    assert element("p", element("i", "x"), text("&")) == "<p><i>x</i>&amp;</p>"


def test_backquotes_make_code_where_they_are_in_pairs() -> None:
    assert prose("`a<` decided") == '<code dir="auto">a&lt;</code> decided'
    assert prose("one ` alone") == "one ` alone"


def test_every_candidate_is_in_the_page_as_it_is_in_the_data(given: dict[str, Project]) -> None:
    for name, project in given.items():
        data, page = project.data(), project.page()
        rows = settings(page)
        assert len(rows) == len(data["settings"]) > 0, name
        for row, setting in zip(rows, data["settings"], strict=True):
            said = flat(row.text)
            won = [one for one in setting["candidates"] if one["status"] == "won"]
            assert (row.attributes["data-by"] == "nobody") == (not won)
            for one in setting["candidates"]:
                unread = name == "no TOML" and one["status"] == "rejected"
                if one["status"] != "unset" and not unread and one["reason"] != UNCONTESTED:
                    assert shown(one["reason"]) in said.replace("`", ""), (name, one)


def test_what_is_in_force_because_it_is_written_needs_no_reason(given: dict[str, Project]) -> None:
    assert any(UNCONTESTED in str(project.data()) for project in given.values())
    assert not any(UNCONTESTED in project.page() for project in given.values())


def test_the_first_screen_leads_with_the_same_words(given: dict[str, Project]) -> None:
    for name in ("layered", "environments", "nothing"):
        screen = given[name].explain("text").out
        page = flat(" ".join(one.text for one in elements(given[name].page(), "main")))
        words = re.findall(r"^(?:Database|Queue|Events|Default|Follows) +(.*)$", screen, re.MULTILINE)
        assert len(words) >= 4
        for line in words:
            assert all(part in page for part in line.split("  ")), (name, line)


def test_with_keys_only_those_settings(given: dict[str, Project]) -> None:
    page = given["layered"].page("database.kind", "REDIS_URL")
    rows = settings(page)
    assert len(rows) == len(given["layered"].data("database.kind", "REDIS_URL")["settings"]) > 1
    assert "in-force" not in {one.attributes.get("id") for one in elements(page)}
    assert "in-force" in {one.attributes.get("id") for one in elements(given["layered"].page())}


def test_diagnostics_stand_beside_their_lines(given: dict[str, Project]) -> None:
    data, page = given["broken"].data(), given["broken"].page()
    items = [one for one in elements(page, "li") if one.attributes.get("class", "").startswith("problem")]
    assert len(items) == len(data["diagnostics"]) > 3
    for item, diagnostic in zip(items, data["diagnostics"], strict=True):
        assert diagnostic["code"] in item.text
        assert shown(diagnostic["message"]) in flat(item.text)
        assert shown(diagnostic["help"]) in flat(item.text)
        assert f"codemation.toml:{diagnostic['span']['start']['line']}" in item.text
    assert {"sqlite_file_path", '"postgres"', '"1 day"'} <= {one.text for one in elements(page, "mark")}


def test_a_comparison_has_a_column_for_each_side(given: dict[str, Project]) -> None:
    page = compared(given)
    heads = [one.text for one in elements(page, "th") if one.attributes["scope"] == "col"]
    assert (heads[:2], heads[-1]) == (["Setting", "layered"], ATTACK)
    kind = next(row for row in settings(page) if "database.kind" in row.text)
    assert "DATABASE_URL is set" in kind.text
    rows = settings(page)
    cells = [one for one in elements(page, "td") if "data-layer" in one.attributes]
    assert len(cells) == 3 * len(rows) > 30
    assert "wrong" in page
    assert PASSWORD not in page.replace("<wbr>", "")
    same = as_html(("a", "b"), (), ())
    assert "No setting differs." in [one.text for one in elements(same, "p") if "hidden" not in one.attributes]


def test_every_link_and_description_leads_somewhere_in_the_page(given: dict[str, Project]) -> None:
    for page in (compared(given), *(project.page() for project in given.values())):
        found = list(elements(page))
        names = [one.attributes["id"] for one in found if "id" in one.attributes]
        assert len(names) == len(set(names))
        for one in found:
            attributes = one.attributes
            for target in (attributes.get("href", "#settings")[1:], *attributes.get("data-from", "").split()):
                assert target in names
            assert attributes.get("aria-describedby", names[0]) in names
            assert attributes.get("aria-labelledby", names[0]) in names


def test_nothing_is_loaded_and_only_what_is_in_it_may_run(given: dict[str, Project]) -> None:
    for page in (compared(given), *(project.page() for project in given.values())):
        found = list(elements(page))
        assert not [one for one in found if {"src", "style", "action"} & one.attributes.keys()]
        assert all(one.attributes.get("href", "#").startswith("#") for one in found)
        assert not {name for one in found for name in one.attributes if name.startswith("on")}
        assert not {one.name for one in found} & {"link", "iframe", "object", "embed", "base", "img", "template"}
        ((policy,), (script,), (style,)) = (
            [one for one in found if one.attributes.get("http-equiv") == "Content-Security-Policy"],
            [one for one in found if one.name == "script"],
            [one for one in found if one.name == "style"],
        )
        assert policy.attributes["content"].startswith("default-src 'none'; ")
        for part in (script.text, style.text):
            digest = base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()
            assert f"'sha256-{digest}'" in policy.attributes["content"]
            assert "://" not in part.replace("http://www.w3.org/2000/svg", "")
            assert "url(" not in part
            assert "import" not in part.replace("!important", "")


def test_the_same_input_gives_the_same_page(given: dict[str, Project]) -> None:
    assert given["layered"].explain("html").out == given["layered"].explain("html").out == given["layered"].page()


def test_a_broken_file_has_its_page_and_its_exit_code(given: dict[str, Project]) -> None:
    codes = {name: project.explain("html").code for name, project in given.items()}
    assert {name for name, code in codes.items() if code} == {"broken", "no TOML", "hostile"}
    ran = given["no TOML"].explain("html")
    assert "codemation.toml says could not be read" in ran.out
    assert "CM00" in ran.out
    assert "1 error" in ran.err


def test_it_is_written_whole_and_never_over_what_was_read(given: dict[str, Project], tmp_path: Path) -> None:
    project, file = given["layered"], tmp_path / "report.html"
    ran = project.explain("html", "-o", str(file))
    assert (ran.code, ran.out) == (0, "")
    assert file.read_text(encoding="utf-8") == project.explain("html").out
    config = project.folder / "codemation.toml"
    before = config.read_bytes()
    assert project.explain("html", "-o", str(config)).code == 2
    assert config.read_bytes() == before


def test_it_goes_with_explain_alone_and_never_shows_secrets() -> None:
    assert "--format html goes with --explain" in run("compile", "--format", "html").err
    assert run("compile", "--format", "html").code == run(*HTML, "--show-secrets").code == 2


def test_no_secret_of_an_example_is_in_its_page(given: dict[str, Project]) -> None:
    secrets = set[str]()
    for case in CASES:
        env_file = ["--env-file", str(case.env_file)] if case.env_file else []
        page = run(*HTML, "--root", str(case.folder), "--no-env", *env_file).out.replace("<wbr>", "")
        held = {value for name, value in case.environment().items() if "SECRET" in name}
        secrets |= held
        assert not [secret for secret in held if secret in page]
    assert len(secrets) > 1
    for project in given.values():
        assert PASSWORD not in project.page().replace("<wbr>", "")


def test_no_secret_shows_wherever_it_stands(tmp_path: Path) -> None:
    plain, odd = URLS["postgresql, plain"], URLS["postgresql, at"]
    for given in (*(one for _, one in elsewhere(plain)), *(one for _, one in in_settings(odd)), *NOT_URLS.values()):
        (tmp_path / "codemation.toml").write_text(given.toml, encoding="utf-8")
        (tmp_path / ".env").write_text(given.dotenv, encoding="utf-8")
        overrides = [part for text in given.overrides for part in ("--set", text)]
        page = run_with(tmp_path, *HTML, *overrides, "--root", ".", environment=given.environment)
        assert "</html>" in page or not given.toml
        assert CANARY not in page.replace("<wbr>", ""), given
