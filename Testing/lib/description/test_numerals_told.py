"""Every numeral of a text is part of a number that was understood, or shown as unread: nothing is lost in silence."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from Sketch2CTLib import catalog
from Sketch2CTLib.description.text.parse import parse_text
from Sketch2CTLib.errors import DescriptionError

# By the test's own reckoning, without anything of the reader: figures, fractions, powers, number words.
NUMERAL = re.compile(
    r"(?<!cm)(?<!mm)(?<!dm)(?<!m)(?<!\^)[0-9]+|[½⅓⅔¼¾⅛]"
    r"|\b(?:two|three|five|seven|eleven|twelve|twenty|hundred|thousand|half|third|quarters?|twice)\b",
    re.IGNORECASE,
)
QUANTITIES = [
    "1.4 L", "1500 ml", "1,450 cc", "1.400 ml", "3/4 of a litre", "¾ of a litre", "75% of a litre", "half a litre",
    "one and a half litres", "1 1/2 L", "3/4 of the usual volume", "1.5 x 10^3 mL", "10³ mL", "1.5e3 mL", "2^10 mL",
    "21cm wide", "15 cm deep", "17 cm (H)", "width 21", "depth: 15", "height 17 cm", "AP diameter 14 cm", "CC 16 cm",
    "12x8x6 cm", "12 x 8 x 6 cm (AP x TR x CC)", "21 cm (W) x 15 cm (D) x 17 cm (H)", "between 1.4 and 1.6 L",
    "from 1.4 to 1.6 L", "1.4-1.6 L", "Breite 21 cm", "17,5 cm hoch", "largeur 21 cm", "volume environ 1,4 litre",
    "twice the usual volume", "20 % larger than usual", "two pieces", "no holes", "sphericity 0.7", "18 cm ± 2 mm wide",
    "not 1.4 but 1.6 L", "1.4 L, no, 1.6 L", "about 1.4 L (1400 mL)", "at least 1.2 L", "wider than 12 cm",
    "twice as wide as deep",
]  # fmt: skip
PROSE = [
    "the liver is", "smooth", "elongated", "in segment 7", "a 2 cm cyst", "L1", "T12", "3D", "at 1.5 T", "120/80 mmHg",
    "12.10.2024", "14:30", "34 mL/m²", "the spleen is 12 cm long", "half of it", "the upper third", "twelve",
    "two lesions",
    "patient aged 64", "72 kg", "volume unknown", "not sure about the depth", "the widest part lies on the right",
    "most of the 3 masses lie at the top", "Milz 11 cm", "la rate mesure 12 cm", "stage 3b", "~", "ca.", "x", "10^9/L",
    "14/16 cm", "21,15,17", "1.2.3", "5-7", "0", "-3", "½", "no. 5", "#12", "(7)", "1st", "v2.1", "2 of 3",
]  # fmt: skip
JOINTS = [
    ", ",
    ",",
    "; ",
    ";",
    ". ",
    ".",
    "/",
    " / ",
    " ",
    "\n",
    " and ",
    " und ",
    " et ",
    " - ",
    " x ",
    ": ",
    " (",
    ") ",
]
JUNK = st.text(alphabet=" .,;:-–/%±x×^*()0123456789½¾³²LmlceEd'\"", max_size=8)
MIXTURES = st.lists(st.tuples(st.sampled_from(QUANTITIES + PROSE) | JUNK, st.sampled_from(JOINTS)), max_size=8).map(
    lambda parts: "".join(piece for part in parts for piece in part)
)
STRUCTURES = st.sampled_from([None, "liver", "left_kidney", "aorta", "spleen"])


def silent(text, structure):
    """The numerals of a text that are neither understood nor shown; none where it is refused."""
    try:
        read = parse_text(text, structure)
    except DescriptionError:
        return []
    told = bytearray(len(text))
    for piece in read.understood:
        if piece.kind != "unknown":
            told[piece.start : piece.end] = b"\1" * (piece.end - piece.start)
    for piece, (start, end) in zip(read.unread, read.unread_at, strict=True):
        assert text[start:end] == piece
        told[start:end] = b"\1" * (end - start)
    return [match[0] for match in NUMERAL.finditer(text) if not all(told[slice(*match.span())])]


@given(MIXTURES, STRUCTURES)
@settings(max_examples=500, deadline=None)
def test_no_numeral_is_lost_in_silence(text, structure):
    assert silent(text, structure) == []


@given(st.text(alphabet=" .,;:-–/%±x×^*()0123456789½¾³²LmlceEd'\"\n", max_size=60), STRUCTURES)
@settings(max_examples=500, deadline=None)
def test_no_figure_of_any_junk_is_lost_in_silence(text, structure):
    assert silent(text, structure) == []


@pytest.mark.parametrize("structure", [None, *catalog.STRUCTURE_NAMES])
@pytest.mark.parametrize("one", QUANTITIES + PROSE)
def test_each_piece_beside_a_volume(one, structure):
    for text in (f"{one}, 900 mL", f"900 mL; {one}", f"900 mL {one}", f"{one},900 mL/{one}"):
        assert silent(text, structure) == []


SAID = {
    "21 cm wide": {"extent_rl_mm": 210}, "15 cm deep": {"extent_ap_mm": 150}, "height 17 cm": {"extent_si_mm": 170},
    "1.4 L": {"volume_ml": 1400}, "Tiefe 15 cm": {"extent_ap_mm": 150}, "largeur 21 cm": {"extent_rl_mm": 210},
    "AP diameter 15 cm": {"extent_ap_mm": 150}, "1.4 x 10^3 mL": {"volume_ml": 1400}, "1 2/5 L": {"volume_ml": 1400},
    "21x15x17 cm": {"extent_rl_mm": 210, "extent_ap_mm": 150, "extent_si_mm": 170},
}  # fmt: skip


SEPARATORS = st.sampled_from([",", ", ", ";", "; ", ". ", "/", "\n", " and "])


@given(st.lists(st.tuples(st.sampled_from(sorted(SAID)), SEPARATORS), min_size=1, max_size=5))
@settings(max_examples=200, deadline=None)
def test_what_is_well_said_is_read_behind_any_separator(parts):
    text = "".join(piece for part in parts for piece in part)
    wanted = {name: value for one, _ in parts for name, value in SAID[one].items()}
    read = parse_text(text, "liver")
    assert read.numbers == pytest.approx(wanted)
    assert read.unread == ()


QUIET = [one for one in PROSE if one not in ("-3",) and not parse_text(one, "liver").numbers]


@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(SAID)) | st.sampled_from(QUIET), st.sampled_from([", ", "; ", ". ", "\n"])),
        max_size=7,
    )
)
@settings(max_examples=300, deadline=None)
def test_prose_around_a_number_never_changes_it(parts):
    text = "".join(piece for part in parts for piece in part)
    said = {name: value for one, _ in parts if one in SAID for name, value in SAID[one].items()}
    try:
        read = parse_text(text, "liver")
    except DescriptionError:
        return
    assert {name: said.get(name) for name in read.numbers} == pytest.approx(read.numbers)


def test_a_line_that_ends_with_a_length_is_no_area_with_the_figure_of_the_next_line():
    assert parse_text("17 cm high\n2 of 3", "liver").numbers == {"extent_si_mm": 170.0}
    assert "surface_area_cm2" not in parse_text("21x15x17 cm\n2 of 3", "liver").numbers


def test_an_adjective_at_the_end_of_a_line_says_nothing_of_the_axis_in_the_next():
    assert parse_text("elongated\nAP diameter 15 cm", "liver").numbers == {"extent_ap_mm": 150.0}
