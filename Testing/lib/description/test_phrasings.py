from dataclasses import replace

import pytest

from Sketch2CTLib.description.text.phrasings import load_phrasings, understood_as
from Sketch2CTLib.errors import ConfigError

PHRASINGS = load_phrasings()


def test_the_table_is_as_large_as_promised_and_every_entry_another():
    assert len(PHRASINGS) >= 80
    assert sum(one.adversarial for one in PHRASINGS) >= 25
    assert len({(one.text, one.structure) for one in PHRASINGS}) == len(PHRASINGS)


@pytest.mark.parametrize("one", PHRASINGS, ids=lambda one: one.text[:40])
def test_a_phrasing_is_understood_as_the_table_says(one):
    assert one.is_understood(), understood_as(one.text, one.structure)


def test_a_wrong_expectation_would_be_seen():
    one = next(one for one in PHRASINGS if "numbers" in one.expect)
    name, (value, tolerance) = next(iter(one.expect["numbers"].items()))
    for wrong in ({"numbers": {name: [value * 1.1, tolerance]}}, {}, {"error": "no"}):
        assert not replace(one, expect=wrong).is_understood()


def test_most_traps_give_no_number_that_is_not_in_the_table():
    traps = [one for one in PHRASINGS if one.adversarial]
    quiet = [one for one in traps if "numbers" not in one.expect]
    assert len(quiet) > len(traps) / 2


@pytest.mark.parametrize("content", ["{", "[]", '{"format": "x", "version": 1, "phrasings": []}'])
def test_a_damaged_table_is_told(content, tmp_path, monkeypatch):
    (tmp_path / "Phrasings").mkdir()
    (tmp_path / "Phrasings" / "phrasings.json").write_text(content, encoding="utf-8")
    monkeypatch.setenv("SKETCH2CT_RESOURCES", str(tmp_path))
    with pytest.raises(ConfigError, match="cannot be read"):
        load_phrasings()
