"""Options that another one makes void are said, each once; those that play a part are not."""

import pytest

from Sketch2CTLib.cli.main import main
from Sketch2CTLib.cli.usage import void_of_generate


@pytest.mark.parametrize(
    ("given", "void"),
    [
        ({"sketch": "s", "scale": "paper", "candidates": 4, "seed": 2}, ()),
        ({"mask": "m", "label": 1, "seed": 2, "steps": 3, "context": "c", "grid": "cube"}, ()),
        ({"mask": "m", "candidates": 1, "volume": True, "follow": True}, ()),  # what is done anyway
        ({"mask": "m", "second_sketch": "s", "second_view": "coronal"}, ("second_sketch", "second_view")),
        ({"mask": "m", "guidance": "2", "draws": 2, "follow": False}, ("guidance", "draws", "follow")),
        ({"mask": "m", "description": "d", "volume": False}, ("description", "volume")),
        ({"sketch": "s", "label": 2, "strength": 0.2, "token": "t"}, ("label", "strength", "token")),
        ({"scale": "paper", "edit": "r", "noise_strength": 0.3}, ("scale", "noise_strength")),
        ({"steps": 3, "quality": "fine"}, ("quality",)),
        ({"models": "m", "preset": "default"}, ("preset",)),
        ({"noise_strength": 0.0, "candidates": 4, "seed": 3}, ("candidates",)),
        ({"noise_strength": 0.0, "volume": False, "seed": 3, "steps": 8}, ("seed", "steps")),
        ({"noise_strength": 0.5, "volume": False, "seed": 3, "steps": 8}, ()),
    ],
)
def test_what_plays_no_part_is_said(given, void, capsys):
    assert set(void_of_generate(given)) == set(void)
    told = capsys.readouterr().err.splitlines()
    assert len(told) == len(void) and all(line.startswith("note: --") and line.endswith(".") for line in told)


def test_other_verbs_say_it_too(capsys):
    assert main(["parse", "1 litre", "--examples", "--json"]) == 0
    assert capsys.readouterr().err.startswith("note: the text is ignored: --examples")
