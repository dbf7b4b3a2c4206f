"""Several organs through the service: one job, one result with a summary for each, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from chain_requests import SKETCH, asked, result_of
from pydantic import ValidationError

from Sketch2CTLib.service.engine import Engine
from Sketch2CTLib.service.protocol.events import Failed
from Sketch2CTLib.service.protocol.messages import Generate


def several(name: str, *organs: dict[str, object], **fields: object) -> Generate:
    usual = {"sampling": {"steps": 2}, "seed": 5, "pictures": False}
    return Generate.model_validate({"id": name, "organs": organs, **usual, **fields})


def test_a_job_of_two_organs_gives_one_result(engine: Engine, quick_segmenter: None) -> None:
    liver = {"structure": "liver", "text": "about 1.4 litres", "sketches": [SKETCH]}
    result = result_of(engine, several("two", liver, {"structure": "spleen", "place": "usual"}))
    names = {file.name for file in result.files}
    assert {"mask.seg.nrrd", "volume.nrrd", "report.json", "liver/mask.seg.nrrd", "spleen/state.safetensors"} <= names
    assert [one.folder for one in result.candidates] == ["liver", "spleen"]
    assert list(result.report["organs"]) == ["liver", "spleen"]
    assert result.report["organs"]["liver"]["numbers"]["volume_ml"]["asked"] == pytest.approx(1400.0)
    told = json.loads((Path(str(result.folder)) / "report.json").read_text())
    assert told["verdict"] == result.report["verdict"]
    changed = Generate.model_validate(
        {"id": "changed", "edit": {"job": "two", "organ": "spleen"}, "context": {"job": "two"}, "pictures": False}
        | {"sampling": {"steps": 2}}
    )
    edited = result_of(engine, changed)
    assert edited.report["structure"] == "spleen"


def test_a_wrong_organ_is_named(engine: Engine) -> None:
    last = engine.submit(several("bad", {"structure": "liver"}, {"structure": "heart of gold"})).wait(60.0)
    assert isinstance(last, Failed)
    assert last.message.startswith("Organ 2: ")
    twice = engine.submit(several("twice", {"structure": "liver"}, {"structure": "liver"})).wait(60.0)
    assert isinstance(twice, Failed) and "asked for twice" in twice.message


def test_organs_and_one_organ_are_not_mixed() -> None:
    with pytest.raises(ValidationError, match="give organs, or the fields of one organ"):
        asked("both", organs=[{"structure": "spleen"}])
