"""Which name was probably meant."""

from __future__ import annotations

from difflib import get_close_matches

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemation.settings.catalogue import CATALOGUE
from codemation.text.wording import FAR, SURE, fold, near_words, nearest, surely_meant

NAMES = tuple(dict.fromkeys(name for path in CATALOGUE.paths() for name in path))

SLIPS = st.tuples(st.sampled_from(NAMES), st.text("abeinorstSU_-1", max_size=4), st.integers(0, 20), st.integers(0, 5))


def slip(word: str, put_in: str, at: int, left_out: int) -> str:
    """A word with something else in the place of some of its letters."""
    return word[:at] + put_in + word[at + left_out :]


@pytest.mark.parametrize("cutoff", [0.6, 0.8])
@given(word=SLIPS.map(lambda parts: slip(*parts)) | st.text("abcdefgSU_", max_size=12))
def test_the_nearest_word_is_the_one_that_difflib_finds(word: str, cutoff: float) -> None:
    """The look at the letters, which comes before, leaves no word out that difflib would take."""
    folded = {fold(name): name for name in reversed(NAMES)}
    found = get_close_matches(fold(word), folded, n=1, cutoff=cutoff)
    assert nearest(word, NAMES, cutoff=cutoff) == (folded[found[0]] if found else None)


@given(word=SLIPS.map(lambda parts: slip(*parts)))
def test_a_word_is_surely_meant_where_it_is_very_near_and_no_other_is_near_at_all(word: str) -> None:
    near = nearest(word, NAMES, cutoff=SURE)
    others = tuple(name for name in NAMES if near is not None and fold(name) != fold(near))
    alone = near is not None and nearest(word, others, cutoff=FAR) is None
    assert surely_meant(near_words(word, NAMES)) == (near if alone else None)
