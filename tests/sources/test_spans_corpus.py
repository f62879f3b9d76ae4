"""Where everything stands in the documents of toml-test, which many TOML parsers are held to."""

from __future__ import annotations

import codecs
import os
import tomllib
from pathlib import Path

import pytest

from codemation.sources.toml import read_toml
from codemation.sources.toml_errors import syntax_message, syntax_position
from tests.sources.test_spans import check, everywhere, offset

CORPUS_VARIABLE = "CODEMATION_TEST_TOML_TEST"
CORPUS = Path(os.environ.get(CORPUS_VARIABLE) or "/nowhere")
HOW = f"clone the repository toml-lang/toml-test, and name its folder `tests` in {CORPUS_VARIABLE}"


def corpus(kind: str, version: str = "1.0.0") -> list[str]:
    """List the files of one kind ("valid" or "invalid") for a TOML version; none where the corpus is absent."""
    listing = CORPUS / f"files-toml-{version}"
    names = listing.read_text("utf-8").split() if listing.exists() else []
    return [name for name in names if name.startswith(kind + "/") and name.endswith(".toml")]


@pytest.mark.skipif(not corpus("valid"), reason=HOW)
def test_corpus_valid() -> None:
    """Every value of every valid document is found where it is written, checked against the document or not."""
    documents = leaves = 0
    for name in corpus("valid"):
        text = (CORPUS / name).read_bytes().decode("utf-8").removeprefix("\ufeff")
        for variant in (text, text.replace("\r\n", "\n").replace("\n", "\r\n")):
            data = tomllib.loads(variant)
            leaves += check(variant, data, checked=True)
            check(variant, data, checked=False)
        documents += 1
    assert documents >= 200
    assert leaves >= 1000


@pytest.mark.skipif(not corpus("invalid"), reason=HOW)
def test_corpus_invalid() -> None:
    """No invalid document makes the module raise; each `tomllib` message is known and stands inside the text."""
    documents = 0
    for name in corpus("invalid"):
        try:
            text = (CORPUS / name).read_bytes().decode("utf-8").removeprefix("\ufeff")
        except UnicodeDecodeError:
            continue
        everywhere(text)
        with pytest.raises(tomllib.TOMLDecodeError) as caught:
            tomllib.loads(text)
        assert syntax_message(caught.value) != "Invalid TOML", str(caught.value)
        assert 0 <= offset(text, syntax_position(caught.value, text)) <= len(text)
        documents += 1
    assert documents >= 300


@pytest.mark.skipif(not corpus("valid", "1.1.0"), reason=HOW)
def test_what_only_a_later_toml_has() -> None:
    """What `tomllib` refuses of TOML 1.1 is a syntax error with a place; the rest is located like any document."""
    names = sorted(set(corpus("valid", "1.1.0")) - set(corpus("valid")))
    refused = 0
    for name in names:
        text = (CORPUS / name).read_bytes().decode("utf-8")
        source = read_toml(name, str(CORPUS / name))
        if source.syntax is None:
            data = tomllib.loads(text)
            assert repr(source.data) == repr(data)
            check(text, data, checked=True)
            continue
        with pytest.raises(tomllib.TOMLDecodeError) as caught:
            tomllib.loads(text)
        assert source.syntax.position == syntax_position(caught.value, text)
        everywhere(text)
        refused += 1
    assert len(names) > refused > 5


@pytest.mark.skipif(not corpus("valid"), reason=HOW)
def test_a_byte_order_mark_moves_nothing(tmp_path: Path) -> None:
    """Files as they are read: the mark is no character of the first line."""
    for position, name in enumerate(corpus("valid")):
        marked = tmp_path / f"{position}.toml"
        marked.write_bytes(codecs.BOM_UTF8 + (CORPUS / name).read_bytes().removeprefix(codecs.BOM_UTF8))
        plain, source = read_toml(name, str(CORPUS / name)), read_toml(name, str(marked))
        assert repr(source.data) == repr(plain.data)
        assert list(source.spans.paths()) == list(plain.spans.paths())
