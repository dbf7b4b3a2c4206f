"""The reader under any text: an answer or a DescriptionError, quickly, and never a lie about where things stand."""

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from Sketch2CTLib import catalog
from Sketch2CTLib.description.quantities import QUANTITY_NAMES, check_numbers
from Sketch2CTLib.description.text.parse import MAX_CHARACTERS, _read, parse_text
from Sketch2CTLib.description.words import WORD_NAMES
from Sketch2CTLib.errors import DescriptionError
from Testing.timing import best_s

REPORT = "a smooth liver, 18 cm wide and 12 cm deep, about 1.4 L; a small cyst of 2 cm on the left. "
PIECES = [
    "1.4", "18", "0", "-3", "½", "1/2", "twelve", "one and a half", "12–14", "1,400", " L", " mL", " cm", " mm", " in",
    " %", "cm³", " litres", " wide", " deep", " high", " across", " front to back", "R-L", " diameter", "about ",
    "roughly ", "exactly ", "at most ", "over ", " ± ", " give or take ", "twice ", "half ", "the usual ", "volume",
    "width", "size", " larger than usual", "enlarged", "slightly ", "small ", "normal ", "not ", "no ", "but ",
    "instead of ", "sorry, ", "unknown", "not sure about ", "smooth", "flattened", "round", "holes", "pieces", "liver",
    "spleen", "cyst", "patient", "as wide as deep", "sphericity ", "between ", " and ", " to ", " x ", ", ", "; ", ". ",
    "\n", " ", "  ", "(", ")", "’", "\u00a0", "\u200b", "é", "漢",
]  # fmt: skip
STRUCTURES = st.sampled_from([None, *catalog.STRUCTURE_NAMES])


def read_or_refuse(text, structure):
    try:
        return parse_text(text, structure)
    except DescriptionError as error:
        assert str(error) and "\n" not in error.message.replace(text, "")
        return None


def check(text, structure):
    read = read_or_refuse(text, structure)
    if read is None:
        return
    assert check_numbers(read.numbers) == read.numbers
    assert set(read.words) <= set(WORD_NAMES)
    assert set(read.unknown) <= set(QUANTITY_NAMES) and not set(read.unknown) & set(read.numbers)
    assert set(read.tolerances) <= set(read.numbers)
    assert all(tolerance >= 0 for tolerance in read.tolerances.values())
    for piece in read.understood:
        assert 0 <= piece.start < piece.end <= len(text)
    assert [p.start for p in read.understood] == sorted(p.start for p in read.understood)
    assert {p.name for p in read.understood if p.kind == "number"} == set(read.numbers)
    assert {p.name for p in read.understood if p.kind == "word"} == set(read.words)
    for piece in read.unread:
        assert piece in text


@given(st.text(max_size=300), STRUCTURES)
@settings(max_examples=300, deadline=None)
def test_any_text(text, structure):
    check(text, structure)


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join), STRUCTURES)
@settings(max_examples=600, deadline=None)
def test_any_mixture_of_what_the_reader_knows(text, structure):
    check(text, structure)


@given(st.text(alphabet=" .,;-–/%±x0123456789½LmlcM³²'\"()", max_size=120), STRUCTURES)
@settings(max_examples=400, deadline=None)
def test_any_figures(text, structure):
    check(text, structure)


def seconds_to_read(text):
    """The best of three, each read anew."""

    def read():
        _read.cache_clear()
        read_or_refuse(text, "liver")

    return best_s(read)


@pytest.fixture(scope="module")
def usual_s():
    """Seconds that as long a text takes as people write it."""
    return seconds_to_read((REPORT * MAX_CHARACTERS)[:10_000])


@pytest.mark.parametrize(
    "piece",
    [" ", "1", "9", "(", "x", "-", ".", ",", "\n", "½", "\u200b", "about ", "1 ", "1.", "1,", "1 x ", "1 to ", "1:2 ",
     "1 ± ", "1/2 ", "1 cm ", "1 L, ", "1 but ", "1 instead of ", "one ", "one and ", "a ", "half a ", "half ", "not ",
     "no, ", "very ", "twice ", "the usual ", "20 % ", "1 times ", "as wide as ", "right-", "right ", "left and ",
     "most of ", "widest at ", "most of the mass in the left and ", "volume and ", "unknown ", "not sure about ",
     "sphericity a ", "cyst ", "the spleen, ", "small ", "slightly ", "two pieces ", "mean ", "http://", "İ", "\x00"],
)  # fmt: skip
def test_repetition_is_read_in_time_that_grows_with_the_length(piece, usual_s):
    """Four times the text takes four times as long, sixteen times were each piece held against every other.

    What takes less than a usual text of that length is quick anyhow.
    """
    text = (piece * MAX_CHARACTERS)[:10_000]
    assert seconds_to_read(text) < max(usual_s, 8 * seconds_to_read(text[:2_500]))


def test_too_long_a_text_is_refused():
    assert parse_text("1.4 L" + " " * (MAX_CHARACTERS - 5), "liver").numbers == {"volume_ml": 1400}
    with pytest.raises(DescriptionError, match="20,001 characters"):
        parse_text("x" * (MAX_CHARACTERS + 1), "liver")


def test_memory_is_bounded():
    text = ("a smooth liver, 1 cm wide, small cyst of 2 cm; 3 % " * 400)[:MAX_CHARACTERS]
    parse_text(text, "liver")
    tracemalloc.start()
    parse_text(text, "liver")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50e6
