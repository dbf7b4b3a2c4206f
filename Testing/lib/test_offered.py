"""What is offered is what there are weights for."""

import json

import pytest

from Sketch2CTLib import catalog
from Sketch2CTLib.cli.main import main
from Sketch2CTLib.errors import WeightsError
from Sketch2CTLib.offered import offered_structures, require_offered
from Sketch2CTLib.resources import resource_path


def folder_of(path, *names):
    path.mkdir()
    record = {"extras": {"number_scaler": {"statistics": {name: {} for name in names}}}}
    (path / "model.json").write_text(json.dumps(record))
    return path


def test_the_shipped_weights_know_all_but_the_tree():
    assert set(catalog.STRUCTURE_NAMES) - set(offered_structures()) == {"aortic_tree"}
    require_offered("liver", resource_path("Models", "default"))


def test_a_request_for_another_is_one_line_with_what_to_do(tmp_path):
    folder = folder_of(tmp_path / "own", "aortic_tree")
    require_offered("aortic_tree", folder)
    with pytest.raises(WeightsError, match="no weights for 'liver' in 'own'") as caught:
        require_offered("liver", folder)
    assert "They know aortic_tree." in caught.value.hint and "sketch2ct train" in caught.value.hint


def test_where_nothing_is_known_all_are_offered(tmp_path):
    assert offered_structures(tmp_path) == catalog.STRUCTURE_NAMES


def test_the_help_and_the_hints_name_what_is_offered(tmp_path, capsys):
    assert main(["generate", "--help"]) == 0
    told = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert "aortic_tree" not in told and all(name in told for name in offered_structures())
    assert main(["generate", "--out", str(tmp_path / "r")]) == 2
    assert "aortic_tree" not in capsys.readouterr().err
