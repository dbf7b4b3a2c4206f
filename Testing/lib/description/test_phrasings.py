import pytest

from Sketch2CTLib.description.phrasings import load_phrasings, understood_as
from Sketch2CTLib.errors import ConfigError

PHRASINGS = load_phrasings()


def test_the_table_is_as_large_as_promised_and_every_entry_another():
    assert len(PHRASINGS) >= 80
    assert sum(one.adversarial for one in PHRASINGS) >= 25
    assert len({(one.text, one.structure) for one in PHRASINGS}) == len(PHRASINGS)


@pytest.mark.parametrize("one", PHRASINGS, ids=lambda one: one.text[:40])
def test_a_phrasing_is_understood_as_the_table_says(one):
    found, expect = understood_as(one.text, one.structure), dict(one.expect)
    if "error" in expect:
        assert expect["error"] in found.get("error", "")
        return
    numbers, wanted = found.pop("numbers", {}), expect.pop("numbers", {})
    assert found == expect
    assert list(numbers) == list(wanted)
    for name, (value, tolerance) in wanted.items():
        assert numbers[name][0] == pytest.approx(value, rel=2e-3)
        assert numbers[name][1] == (None if tolerance is None else pytest.approx(tolerance, rel=2e-3))


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
