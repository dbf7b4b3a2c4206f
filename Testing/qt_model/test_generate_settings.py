"""Settings hold what the panel can show, and those of any scene can be read."""

import dataclasses
import json

import pytest
import pythonqt_model

pythonqt_model.install()

from Sketch2CTUI.generate.settings import MOST_SEED, GenerateSettings  # noqa: E402

from Sketch2CTLib.errors import ConfigError  # noqa: E402

FULL = {
    "quality": "fine",
    "candidates": 3,
    "seed": MOST_SEED,
    "keep_seed": False,
    "guidance": {"sketch": 1.5, "numbers": 0.0, "words": 20.0},
    "device": "cuda:1",
    "with_volume": False,
    "strength": 0.7,
    "where": "server",
    "url": "https://host:8000",
    "python": "/opt/python",
}


def test_they_come_back_from_json():
    settings = GenerateSettings(**FULL)
    assert GenerateSettings.from_dict(json.loads(json.dumps(settings.to_dict()))) == settings


def test_a_token_is_never_among_them():
    assert not [name for name in GenerateSettings().to_dict() if "token" in name]


def test_they_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        GenerateSettings().seed = 3


WRONG = {
    "quality": ["best", None, 3, ["fine"]],
    "candidates": [0, 65, 1.5, True, "2"],
    "seed": [-1, 2**31, 0.5, None],
    "keep_seed": [1, "yes"],
    "guidance": [{"sketch": -1}, {"sketch": 21}, {"other": 1}, [1, 2], {"words": float("nan")}, {"words": True}],
    "device": ["", "x" * 21, 3, "cu\nda"],
    "with_volume": [None, 0],
    "strength": [-0.1, 1.1, float("nan"), "0.4"],
    "where": ["cloud", None],
    "url": [None, "http://a\nb", "x" * 5000],
    "python": [3, "a\x00b"],
}
CASES = [(name, value) for name, values in WRONG.items() for value in values]


@pytest.mark.parametrize(("name", "value"), CASES, ids=lambda one: repr(one)[:20])
def test_what_cannot_be_is_refused_in_one_sentence(name, value):
    with pytest.raises(ConfigError, match=name):
        GenerateSettings(**{name: value})


@pytest.mark.parametrize(("name", "value"), CASES, ids=lambda one: repr(one)[:20])
def test_a_scene_with_a_wrong_value_gives_the_default_and_keeps_the_rest(name, value):
    read = GenerateSettings.from_dict({**FULL, name: value})
    assert getattr(read, name) == getattr(GenerateSettings(), name)
    others = {key: kept for key, kept in FULL.items() if key != name}
    assert {key: getattr(read, key) for key in others} == others


@pytest.mark.parametrize("record", [None, [], "x", {}, {"version": 99}, {1: 2}])
def test_any_record_can_be_read(record):
    assert GenerateSettings.from_dict(record) == GenerateSettings()


def test_a_later_version_is_read_as_far_as_it_is_known():
    read = GenerateSettings.from_dict({**GenerateSettings(**FULL).to_dict(), "version": 7, "mood": "blue"})
    assert read == GenerateSettings(**FULL)
