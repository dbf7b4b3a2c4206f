"""The ways in which people write sizes, kind by kind; each text is read wholly, unless the table says what is left."""

import pytest

from Sketch2CTLib.description.text.parse import parse_text
from Sketch2CTLib.errors import DescriptionError
from Sketch2CTLib.training_ranges import training_range

V, RL, AP, SI = "volume_ml", "extent_rl_mm", "extent_ap_mm", "extent_si_mm"
LONGEST, MEAN = "max_diameter_mm", "mean_cross_section_diameter_mm"


def read_wholly(text, structure="liver"):
    read = parse_text(text, structure)
    assert read.unread == ()
    return read.numbers


@pytest.mark.parametrize(
    ("text", "value"),
    [("3/4 of a litre", 750), ("1/2 a litre", 500), ("1/3 of a liter", 1000 / 3), ("¾ of a litre", 750),
     ("0.75 of a litre", 750), ("75% of a litre", 750), ("75 % of one litre", 750), ("75 percent of 2 litres", 1500),
     ("half of 3 litres", 1500), ("half a litre", 500), ("three-quarters of a litre", 750), ("⅔ of 1.5 L", 1000),
     ("two thirds of a litre", 2000 / 3), ("one and a half litres", 1500), ("1 and 3/4 litres", 1750),
     ("1 1/2 L", 1500), ("3/2 L", 1500), ("1½ L", 1500), ("a litre and a half", 1500), ("1 L 200 mL", 1200),
     ("1.5 thousand mL", 1500), ("1.5k mL", 1500), ("two and a half thousand ml", 2500)],
)  # fmt: skip
def test_parts_of_a_unit(text, value):
    assert read_wholly(text) == {V: pytest.approx(value, rel=1e-5)}


@pytest.mark.parametrize(
    ("text", "factor"),
    [("3/4 of the usual volume", 0.75), ("¾ the usual volume", 0.75), ("75% of the usual volume", 0.75),
     ("two-thirds of the normal size", 2 / 3), ("1/3 smaller than usual", 2 / 3), ("1½ times the usual volume", 1.5)],
)  # fmt: skip
def test_parts_of_what_is_usual(text, factor):
    assert read_wholly(text) == {V: pytest.approx(factor * training_range("liver", V).median, rel=1e-5)}


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1500 ml,21 cm wide,15 cm deep", {V: 1500, RL: 210, AP: 150}),
        ("21cm wide,15cm deep", {RL: 210, AP: 150}),
        ("21 cm wide/15 cm deep", {RL: 210, AP: 150}),
        ("21 cm wide.15 cm deep", {RL: 210, AP: 150}),
        ("21 cm wide;15 cm deep", {RL: 210, AP: 150}),
        ("smooth,1.4 L", {V: 1400}),
        ("approx.1450 cc", {V: 1450}),
        ("volume=1500ml;width=210mm", {V: 1500, RL: 210}),
        (".5 L", {V: 500}),
    ],
)
def test_numbers_close_behind_a_mark(text, numbers):
    assert read_wholly(text) == pytest.approx(numbers)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("AP diameter 14 cm", {AP: 140}),
        ("transverse diameter 21 cm", {RL: 210}),
        ("craniocaudal diameter 16 cm", {SI: 160}),
        ("AP length 14 cm", {AP: 140}),
        ("14 cm AP diameter", {AP: 140}),
        ("anteroposterior extent of 14 cm", {AP: 140}),
        ("lateral dimension: 21 cm", {RL: 210}),
        ("maximum AP dimension is 14 cm", {AP: 140}),
        ("diameter (AP) 14 cm", {AP: 140}),
        ("CC size 17 cm", {SI: 170}),
        ("sagittal diameter 14 cm", {AP: 140}),
        ("coronal diameter 21 cm", {RL: 210}),
        ("coronal length 17 cm", {SI: 170}),
        ("longitudinal diameter 17 cm", {SI: 170}),
        ("transverse diameter of 21.3 cm and AP diameter of 14 cm", {RL: 213, AP: 140}),
        ("largest diameter 24 cm", {LONGEST: 240}),
        ("TR 21 cm, AP 14 cm, CC 17 cm", {RL: 210, AP: 140, SI: 170}),
    ],
)
def test_a_direction_makes_a_diameter_an_extent(text, numbers):
    assert read_wholly(text) == pytest.approx(numbers)


def test_an_axial_diameter_is_asked_for():
    read = parse_text("axial diameter 21 cm", "liver")
    assert read.numbers == {} and read.unread == ("axial diameter 21 cm",) and "names a plane" in read.notes[0]


def test_the_ap_diameter_of_a_tube_is_that_of_its_cross_section():
    assert read_wholly("AP diameter 2.2 cm", "aorta") == {MEAN: 22}
    assert read_wholly("maximal transverse diameter 3 cm", "aorta") == {"max_cross_section_diameter_mm": 30}
    assert read_wholly("craniocaudal diameter 20 cm", "aorta") == {SI: 200}


@pytest.mark.parametrize(
    ("text", "value"),
    [("1.5 x 10^3 mL", 1500), ("1.5×10³ mL", 1500), ("10^3 mL", 1000), ("10³ mL", 1000), ("2^10 mL", 1024),
     ("1.5e3 mL", 1500), ("1.5E+3 cm³", 1500), ("1,5 · 10^3 ml", 1500), ("15*10**2 mL", 1500),
     ("1.4 x 10^-1 dm3", 140)],
)  # fmt: skip
def test_powers_of_ten(text, value):
    assert read_wholly(text) == {V: pytest.approx(value)}


@pytest.mark.parametrize("text", ["10^9/L platelets", "1.5 x 10^3", "2^10", "10^300 mL", "10 3 mL", "9^999 mL"])
def test_other_powers_are_wholly_unread(text):
    read = parse_text(text, "liver")
    assert read.numbers == {} and read.unread == (text,)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("12x8x6 cm", {RL: 120, AP: 80, SI: 60}),
        ("12×8×6cm", {RL: 120, AP: 80, SI: 60}),
        ("12*8*6 cm", {RL: 120, AP: 80, SI: 60}),
        ("12·8·6 cm", {RL: 120, AP: 80, SI: 60}),
        ("12cm x 8cm x 6cm", {RL: 120, AP: 80, SI: 60}),
        ("12cmx8cmx6cm", {RL: 120, AP: 80, SI: 60}),
        ("12 by 8 by 6 cm", {RL: 120, AP: 80, SI: 60}),
        ("12 x 8 x 6 (cm)", {RL: 120, AP: 80, SI: 60}),
        ('8" x 6" x 7"', {RL: 203.2, AP: 152.4, SI: 177.8}),
        ("21,5x17,3x14 cm", {RL: 215, AP: 173, SI: 140}),
        ("21 cm (W) x 15 cm (D) x 17 cm (H)", {RL: 210, AP: 150, SI: 170}),
        ("21W x 15D x 17H cm", {RL: 210, AP: 150, SI: 170}),
        ("W 21 cm D 15 cm H 17 cm", {RL: 210, AP: 150, SI: 170}),
        ("17.2 (CC) x 21.0 (TR) x 14.1 (AP) cm", {SI: 172, RL: 210, AP: 141}),
        ("W x D x H: 21 x 15 x 17 cm", {RL: 210, AP: 150, SI: 170}),
        ("14 x 21 x 16 cm (AP x TR x CC)", {AP: 140, RL: 210, SI: 160}),
        ("AP, transverse and craniocaudal 14 x 21 x 16 cm", {AP: 140, RL: 210, SI: 160}),
        ("22 cm CC x 18 cm TR x 14 cm AP", {SI: 220, RL: 180, AP: 140}),
        ("12 x 8 cm in width and height", {RL: 120, SI: 80}),
    ],
)
def test_products_of_lengths(text, numbers):
    assert read_wholly(text) == pytest.approx(numbers)


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("L x W x H: 16 x 21 x 15 cm", "different directions"),
        ("21 by 15 by 17", "no unit"),
        ("21,15,17 cm", "no number is written so"),
        ("34 mL/m²", "per something else"),
        ("prior 1400 mL", "earlier time"),
    ],
)
def test_what_is_not_taken_says_why(text, note):
    read = parse_text(text, "liver")
    assert read.numbers == {} and read.unread == (text,) and any(note in said for said in read.notes)


def test_three_lengths_without_labels_say_how_they_were_taken():
    (note,) = parse_text("11 x 4.5 x 9 cm", "spleen").notes
    assert "right–left × front–back × top–bottom" in note
    assert parse_text("11 x 4.5 x 9 cm (CC x AP x TR)", "spleen").notes == ()


@pytest.mark.parametrize(
    "text",
    ["from 1.4 to 1.6 L", "between 1.4 and 1.6 L", "1.4-1.6 L", "1.4 L-1.6 L", "1.4 L -1.6 L", "1.4L to 1.6L",
     "1400–1600 mL", "zwischen 1,4 und 1,6 Liter", "von 1,4 bis 1,6 l, Leber", "entre 1,4 et 1,6 litres",
     "de 1,4 à 1,6 litres environ"],
)  # fmt: skip
def test_ranges(text):
    read = parse_text(text, "liver")
    assert read.numbers == {V: 1500} and read.tolerances == {V: 100} and read.unread == ()


def test_of_a_change_what_is_now_holds():
    assert read_wholly("it grew from 1.4 to 1.6 L") == {V: 1600}
    read = parse_text("1550 mL (previously 1400 mL)", "liver")
    assert read.numbers == {V: 1550} and read.unread == ("1400 mL",)


@pytest.mark.parametrize("text", ["1.400 ml", "1,400 ml, 18,5 cm breit", "1.400-1.600 ml", "volume 12.345 mL"])
def test_thousands_or_decimals_are_asked_for(text):
    read = parse_text(text, "liver")
    assert V not in read.numbers and any("meant?" in note for note in read.notes)
    assert any("400" in piece or "345" in piece for piece in read.unread)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1.400 L", 1400), ("1,400 mL", 1400), ("123.456 mL", 123.456), ("0.125 mL", 0.125),
     ("1.400 ml, 18,5 cm breit", 1400)],
)  # fmt: skip
def test_thousands_and_decimals_that_can_be_only_one(text, value):
    assert parse_text(text, "liver").numbers[V] == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("width 21, depth 15, height 17 cm", {RL: 210, AP: 150, SI: 170}),
        ("width 21 cm, depth 15, height 17", {RL: 210, AP: 150, SI: 170}),
        ("CC: 17.2, TR: 21.0, AP: 14.1 cm", {SI: 172, RL: 210, AP: 141}),
        ("21 wide and 15 cm deep", {RL: 210, AP: 150}),
    ],
)
def test_a_list_has_one_unit(text, numbers):
    assert read_wholly(text) == pytest.approx(numbers)


def test_a_unit_is_not_carried_to_what_is_no_length():
    read = parse_text("elongation 1.3, 72 kg, 21 cm wide", "liver")
    assert read.numbers == {"elongation": 1.3, RL: 210} and read.unread == ("72 kg",)
    assert parse_text("width 21. Depth 15 cm", "liver").numbers == {AP: 150}


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Leber: Breite 21 cm, Höhe 17,5 cm, Tiefe 15 cm, Volumen 1,4 Liter", {RL: 210, SI: 175, AP: 150, V: 1400}),
        ("21,5 cm breit, 15 cm tief, 17 cm hoch", {RL: 215, AP: 150, SI: 170}),
        ("Laenge 17 cm; Hoehe: 17 cm", {SI: 170}),
        ("größter Durchmesser 24 cm", {LONGEST: 240}),
        ("kraniokaudaler Durchmesser 17,2 cm, Querdurchmesser 21 cm, sagittaler Durchmesser 14 cm",
         {SI: 172, RL: 210, AP: 140}),
        ("Lebervolumen 1450 ml", {V: 1450}),
        ("anderthalb Liter", {V: 1500}),
        ("ein halber Liter", {V: 500}),
        ("zwölf Zentimeter breit", {RL: 120}),
        ("12 mal 8 mal 6 cm, Leber", {RL: 120, AP: 80, SI: 60}),
        ("foie: largeur 21 cm, hauteur 17,5 cm, profondeur 15 cm, volume 1,4 litre",
         {RL: 210, SI: 175, AP: 150, V: 1400}),
        ("un foie de 1,4 litre, large de 21 cm", {V: 1400, RL: 210}),
        ("Le foie mesure 17 cm de hauteur et 21 cm de largeur", {SI: 170, RL: 210}),
        ("diamètre antéro-postérieur 14 cm", {AP: 140}),
        ("longueur 17 cm, épaisseur 8 cm", {SI: 170, "min_diameter_mm": 80}),
        ("deux litres et demi", {V: 2500}),
        ("un demi-litre", {V: 500}),
        ("trois quarts de litre", {V: 750}),
    ],
)  # fmt: skip
def test_german_and_french(text, numbers):
    assert read_wholly(text) == pytest.approx(numbers)


def test_german_and_french_hedges_and_other_organs():
    assert parse_text("etwa 1,4 Liter", "liver").tolerances == {V: 140}
    assert parse_text("volume environ 1,4 litre", "liver").tolerances == {V: 140}
    assert parse_text("mindestens 1,4 Liter", "liver").numbers == {V: pytest.approx(1540)}
    assert parse_text("Milz 12 cm lang, Leber 21 cm breit", "liver").numbers == {RL: 210}
    assert parse_text("la rate mesure 12 cm de hauteur. Le foie: largeur 21 cm", "liver").numbers == {RL: 210}
    assert parse_text("Zyste 2 cm breit, Höhe unbekannt", "liver").numbers == {}
    assert parse_text("a large liver at a rate of 3", "liver").words == {}  # English words stay English


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("round, strongly elongated", "'round' and 'strongly elongated' contradict"),
        ("a very elongated, spherical organ", "'very elongated' and 'spherical' contradict"),
        ("disc-like, hardly flattened", "'disc-like' and 'hardly flattened' contradict"),
        ("elongation 1.05, very elongated", "'very elongated' and 'elongation 1.05' contradict"),
        ("21 cm wide, wider than 30 cm", "two values for extent right–left: '21 cm wide' and 'wider than 30 cm'"),
        ("1.4 L. The volume is 2 L", "two values for volume: '1.4 L' and '2 L'"),
        ("Breite 21 cm, 30 cm breit", "'Breite 21 cm' and '30 cm breit'"),
        ("at least 2 L; no more than 1.4 L", "'at least 2 L' and 'no more than 1.4 L'"),
    ],
)
def test_contradictions_are_named_in_the_users_own_words(text, said):
    with pytest.raises(DescriptionError) as caught:
        parse_text(text, "liver")
    assert said in str(caught.value) and caught.value.hint == "Keep one of them."


@pytest.mark.parametrize(
    "text", ["round, slightly elongated", "rounded edges, strongly elongated", "oval, very elongated"]
)
def test_what_can_be_together_is_no_contradiction(text):
    assert "elongation" in parse_text(text, "liver").words


@pytest.mark.parametrize(
    ("text", "structure", "numbers"),
    [
        ("Liver measures 17.2 cm craniocaudal", "liver", {SI: 172}),
        ("The liver measures 21 x 15 x 17 cm (transverse x AP x craniocaudal).", "liver", {RL: 210, AP: 150, SI: 170}),
        ("approx. 1,450 cc", "liver", {V: 1450}),
        ("vol ~ 180 ccm", "spleen", {V: 180}),
        ("Liver volume: 1450 cm3 (segmented)", "liver", {V: 1450}),
        ("Craniocaudal extent at the midclavicular line: 15.8 cm", "liver", {SI: 158}),
        ("Left kidney measures 10.8 x 5.2 x 4.9 cm (L x W x D)", "left_kidney", {SI: 108, RL: 52, AP: 49}),
        ("linke Niere 10,8 cm lang, 5 cm breit", "left_kidney", {SI: 108, RL: 50}),
        ("rein gauche: 10,8 cm de grand axe, 5 cm de large", "left_kidney", {"major_axis_mm": 108, RL: 50}),
        ("max diameter 31 mm at the arch", "aorta", {"max_cross_section_diameter_mm": 31}),
    ],
)
def test_sizes_as_reports_write_them(text, structure, numbers):
    assert read_wholly(text, structure) == pytest.approx(numbers)


@pytest.mark.parametrize(
    ("text", "structure", "numbers", "unread"),
    [
        ("LK 10.8 cm", "left_kidney", {}, ("LK 10.8 cm",)),
        ("Left kidney 10.8 cm in length, right kidney 11.2 cm in length", "left_kidney", {SI: 108},
         ("right kidney 11.2 cm in length",)),
        ("LA volume 78 ml, LAVI 41 ml/m2", "left_atrium", {V: 78}, ("LAVI 41 ml/m2",)),
        ("Liver 18.5 cm wide. 2.3 cm cyst in segment 4", "liver", {RL: 185}, ("2.3 cm cyst in segment 4",)),
        ("1.4 L on 3 T, L1 to L3", "liver", {V: 1400}, ("3", "L1 to L3")),
    ],
)  # fmt: skip
def test_what_reports_say_besides_is_shown(text, structure, numbers, unread):
    read = parse_text(text, structure)
    assert read.numbers == pytest.approx(numbers) and read.unread == unread
