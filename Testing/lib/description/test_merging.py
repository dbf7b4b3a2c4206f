"""Sketch, numbers and words may each be partial: which one wins, and what is told."""

import pytest

from Sketch2CTLib.description import GeometryDescription, merge
from Sketch2CTLib.description.merging import load_description, merge_description, merged_description
from Sketch2CTLib.description.text.parsed import ParsedText
from Sketch2CTLib.errors import DescriptionError, UnknownStructure


def told(text, merged):
    assert any(text in note for note in merged.notes), merged.notes


def test_each_source_fills_what_the_stronger_ones_leave_open():
    made = merge(
        "Liver",
        numbers={"volume_ml": "1.4 L"},
        words={"symmetry": "asymmetric"},
        text="20 cm wide, smooth",
        sketch_numbers={"extent_rl_mm": 203.0, "extent_ap_mm": 150.0},
    )
    assert made.description.numbers == {"volume_ml": 1400, "extent_rl_mm": 200, "extent_ap_mm": 150}
    assert made.sources == {"volume_ml": "number", "extent_rl_mm": "text", "extent_ap_mm": "sketch"}
    assert made.description.words == {"surface_smoothness": "smooth", "symmetry": "asymmetric"}
    assert made.description.structure == "liver" and made.notes == () == made.flags


def test_what_is_asked_leaves_out_what_was_only_drawn():
    made = merge("liver", numbers={"volume_ml": 1400}, sketch_numbers={"extent_ap_mm": 150.0})
    assert made.stated.numbers == {"volume_ml": 1400}
    assert made.description.numbers == {"volume_ml": 1400, "extent_ap_mm": 150}
    assert not any("150" in sentence for sentence in made.stated.sentences())


def test_a_number_wins_over_the_text_and_a_note_says_so():
    made = merge("liver", numbers={"volume_ml": 1200}, text="volume 2 litres")
    assert made.description.numbers == {"volume_ml": 1200}
    assert made.notes == ("Volume: 1,200 mL as given in figures, not 2,000 mL as in the text.",)


@pytest.mark.parametrize(
    ("number", "text", "noted"),
    [
        (1400, "volume 1.45 litres", False),  # 3.6 %
        (1400, "volume 1.55 litres", True),
        ({"value": 1400, "tolerance": 200}, "volume 1.55 litres", False),
        ({"value": 1400, "tolerance": 1}, "volume 1.43 litres", True),
        (1449, "volume 1.4 litres", False),  # as sentences round it
    ],
)
def test_disagreement_is_measured_by_the_tolerance(number, text, noted):
    assert bool(merge("liver", numbers={"volume_ml": number}, text=text).notes) is noted


def test_explicitly_unknown_beats_text_and_drawing():
    made = merge(
        "liver",
        numbers={"volume_ml": "unknown", "extent_rl_mm": None},
        text="volume 2 litres",
        sketch_numbers={"extent_rl_mm": 200},
    )
    assert made.description.numbers == {} and made.description.unknown == ("volume_ml", "extent_rl_mm")
    assert made.sources == {"volume_ml": "unknown", "extent_rl_mm": "unknown"}
    told("Volume: left unknown as given, 2,000 mL in the text is not used.", made)


def test_what_the_text_knows_to_be_unknown(monkeypatch):
    read = ParsedText(unknown=("volume_ml", "extent_rl_mm"), notes=("The text is vague.",), unread=("bla " * 50,) * 7)
    monkeypatch.setattr("Sketch2CTLib.description.merging.parse_text", lambda text, structure: read)
    made = merge("liver", numbers={"volume_ml": 1400}, sketch_numbers={"extent_rl_mm": 200.0}, text="…")
    assert made.sources == {"volume_ml": "number", "extent_rl_mm": "unknown"}
    told("Volume: 1,400 mL as given in figures, though the text calls it unknown.", made)
    told("The text is vague.", made)
    told("and 2 more.", made)
    assert all(len(note) < 600 for note in made.notes)


def test_tolerances_of_the_text_come_along(monkeypatch):
    read = ParsedText(numbers={"volume_ml": 1400.0, "extent_rl_mm": 200.0}, tolerances={"volume_ml": 140.0})
    monkeypatch.setattr("Sketch2CTLib.description.merging.parse_text", lambda text, structure: read)
    assert merge("liver", text="…").description.tolerances == {"volume_ml": 140.0}
    own = merge("liver", numbers={"volume_ml": {"value": 1500, "tolerance": 9}}, text="…")
    assert own.description.tolerances == {"volume_ml": 9} and own.notes == ()  # 1400 ± 140 holds 1500


def test_a_stated_size_wins_over_the_drawing():
    near = merge("liver", numbers={"extent_rl_mm": 210}, sketch_numbers={"extent_rl_mm": 204.0})
    assert near.notes == ()
    off = merge("liver", numbers={"extent_rl_mm": 210}, sketch_numbers={"extent_rl_mm": 180.0})
    assert off.description.numbers == {"extent_rl_mm": 210} and off.sources == {"extent_rl_mm": "number"}
    told("Extent right–left: 210 mm as stated, 180 mm as drawn (-14%); the number is asked for, within the drawn", off)
    assert "conflict" not in off.notes[0]
    far = merge("liver", text="21 cm wide", sketch_numbers={"extent_rl_mm": 120.0})
    assert far.description.numbers == {"extent_rl_mm": 210}
    told("a conflict, scale the drawing by 1.75 or change the number.", far)


def test_a_drawn_size_that_cannot_be_is_left_out():
    made = merge(
        "liver",
        numbers={"volume_ml": 1400, "extent_si_mm": 100},
        sketch_numbers={"extent_rl_mm": 100.0, "extent_ap_mm": 90.0, "extent_xy_mm": 3.0},
    )
    assert made.description.numbers == {"volume_ml": 1400, "extent_si_mm": 100}
    told("The drawing does not fit the stated numbers: Volume (1400 mL) is more than the box of its extents", made)
    told("The drawing's number is not used: Unknown number 'extent_xy_mm'.", made)


def test_stated_numbers_that_contradict_are_refused():
    with pytest.raises(DescriptionError, match="ball of its largest diameter"):
        merge("liver", numbers={"max_diameter_mm": 100}, text="volume 1.4 litres")
    wide = {"max_diameter_mm": {"value": 100, "tolerance": 50}}
    assert merge("liver", numbers=wide, text="volume 1.4 litres").description.numbers["volume_ml"] == 1400
    with pytest.raises(UnknownStructure):
        merge("tail")


def test_explicit_words_win_over_the_text():
    made = merge("liver", words={"elongation": "hardly elongated"}, text="strongly elongated, smooth")
    assert made.description.words == {"surface_smoothness": "smooth", "elongation": "hardly elongated"}
    told("Elongation: 'hardly elongated' as given, not 'strongly elongated' as in the text.", made)


@pytest.mark.parametrize(
    ("numbers", "words", "said"),
    [
        ({"elongation": 1.05}, {"elongation": "strongly elongated"}, "does not fit elongation 1.05"),
        ({"flatness": 2}, {"flatness": "hardly flattened"}, "does not fit flatness 2"),
        ({"components": 3}, {"topological_continuity": "one connected piece"}, "does not fit pieces 3"),
        ({"components": 1}, {"topological_continuity": "several pieces"}, "does not fit pieces 1"),
        ({"tortuosity": 1.6}, {"course": "straight"}, "does not fit tortuosity 1.6"),
        ({"widest_rl": 0.2}, {"widest_section": "right and top"}, "does not fit widest section, left to right 0.2"),
        ({"centroid_si": 0.6}, {"mass_distribution": "bottom"}, "does not fit centre of mass, bottom to top 0.6"),
    ],
)
def test_a_number_wins_over_a_word(numbers, words, said):
    made = merge("liver", numbers=numbers, words=words)
    assert made.description.words == {} and made.description.numbers == numbers
    told(said, made)
    told("the number is taken.", made)
    read = merge("liver", numbers=numbers, text=", ".join(words.values()))
    assert read.description.numbers == numbers and not set(read.description.words) & set(words)


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ({"elongation": 1.59}, {"elongation": "strongly elongated"}),  # 1.6 after rounding
        ({"elongation": {"value": 1.05, "tolerance": 1}}, {"elongation": "strongly elongated"}),
        ({"elongation": 1.05}, {"elongation": "like a lily pad"}),  # no word that a number decides
        ({"components": 3}, {"topological_continuity": "several pieces"}),
        ({"widest_rl": 0.49}, {"widest_section": "right"}),
        ({"flatness": 3.0}, {"overall_shape": "ball-like"}),
    ],
)
def test_words_that_may_fit_are_kept(numbers, words):
    made = merge("liver", numbers=numbers, words=words)
    assert made.description.words == words and made.notes == ()


def test_merging_twice_changes_nothing(tmp_path):
    own = GeometryDescription.checked(
        structure="liver",
        numbers={"volume_ml": {"value": 1400, "tolerance": 50}, "sphericity": None},
        text="2 litres, 20 cm wide, smooth",
    )
    once = merged_description(own)
    assert merged_description(once) == once == merge_description(own).stated
    once.save(tmp_path / "d.json")
    assert load_description(tmp_path / "d.json") == once
    assert GeometryDescription.read(tmp_path / "d.json") == once


def test_reading_a_file_leaves_its_text_alone(tmp_path):
    (tmp_path / "d.json").write_text('{"structure": "liver", "text": "2 litres", "numbers": {"volume_ml": 1200}}')
    own = GeometryDescription.read(tmp_path / "d.json")
    assert own.numbers == {"volume_ml": 1200} and merge_description(own).notes
    assert load_description(tmp_path / "d.json").numbers == {"volume_ml": 1200}


def test_flags_come_with_the_notes():
    made = merge("liver", numbers={"volume_ml": 5000}, text="volume 2 litres")
    assert [flag.name for flag in made.flags] == ["volume_ml"]
    assert made.sentences == (*made.notes, made.flags[0].sentence)
