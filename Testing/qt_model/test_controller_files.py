"""Files that the controller has written, a sent segment and an export: nothing stands still, nothing is half there."""

import shutil

import pytest
import slicer_model

slicer = slicer_model.install()
slicer_model.pythonqt_model.use_properties(__name__)

from controller_bench import draw, held_up, run_to_end, told  # noqa: E402
from heartbeat import Heartbeat  # noqa: E402
from Sketch2CTUI.nodes import exporting  # noqa: E402
from Sketch2CTUI.session import files as run_files  # noqa: E402
from Sketch2CTUI.widgets import file_task  # noqa: E402

from Sketch2CTLib.errors import OutputError  # noqa: E402


@pytest.mark.parametrize("how", ["cancel", "close"])
def test_a_segment_that_is_still_being_written_can_be_given_up(opened, result, monkeypatch, how):
    _, controller, backend = opened
    draw(controller)
    run_to_end(controller, backend, result)
    go = held_up(monkeypatch, run_files, "write_nrrd")
    controller.volume_from_segment(controller.window.surroundings.segments.choices()[0][0])
    assert "Writing the segment" in told(controller)
    controller.run.cancel() if how == "cancel" else slicer.mrmlScene.Clear(0)
    assert not controller.run.is_running
    go.set()
    assert slicer_model.spin(lambda: not file_task._LIVING)
    assert len(backend.runs) == 1, "nothing was sent"


def test_a_segment_that_cannot_be_written_is_one_sentence(opened, result, monkeypatch):
    _, controller, backend = opened

    def full(*_):
        raise OutputError("'mask' cannot be written (No space left on device).", hint="Free some space.")

    draw(controller)
    run_to_end(controller, backend, result)
    monkeypatch.setattr(run_files, "write_nrrd", full)
    controller.volume_from_segment(controller.window.surroundings.segments.choices()[0][0])
    assert slicer_model.spin(lambda: not controller.run.is_running)
    assert "No space left on device" in told(controller) and len(backend.runs) == 1
    assert controller.window.sketch.sketch() is not None


@pytest.mark.alone
def test_an_export_holds_nothing_up_and_says_where_it_went(opened, result, monkeypatch, tmp_path):
    _, controller, backend = opened
    panel = controller.window.results
    draw(controller)
    run_to_end(controller, backend, result)
    go = held_up(monkeypatch, exporting, "_is_whole")
    beat = Heartbeat()
    beat.start()
    panel.on_export(str(tmp_path / "out"), {"nrrd", "seg.nrrd", "nifti", "report"})
    assert "Exporting to" in told(controller) and not panel.exporting.export_button.enabled
    panel.on_export(str(tmp_path / "other"), {"report"})
    slicer_model.spin(lambda: False, 0.3)
    go.set()
    assert slicer_model.spin(lambda: "Exported" in told(controller))
    beat.stop()
    assert beat.longest_ms < beat.limit_ms and panel.exporting.export_button.enabled
    assert len(list((tmp_path / "out").iterdir())) >= 6 and not (tmp_path / "other").exists()


def test_an_export_that_fails_is_one_sentence_and_the_next_one_works(opened, result, monkeypatch, tmp_path):
    _, controller, backend = opened
    panel = controller.window.results
    draw(controller)
    run_to_end(controller, backend, result)
    with monkeypatch.context() as full:
        full.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1))
        panel.on_export(str(tmp_path / "out"), {"nifti"})
        assert slicer_model.spin(lambda: "disk is full" in told(controller))
    assert not (tmp_path / "out").exists() and "Exporting" not in told(controller)
    panel.on_export(str(tmp_path / "out"), {"nifti"})
    assert slicer_model.spin(lambda: "Exported" in told(controller))
    assert "disk is full" not in told(controller)


def test_without_its_packages_dicom_is_one_sentence_and_the_rest_of_the_export_waits(
    opened, result, monkeypatch, tmp_path
):
    from Sketch2CTLib.formats import needed

    _, controller, backend = opened
    draw(controller)
    run_to_end(controller, backend, result)
    monkeypatch.setattr(needed, "find_spec", lambda name: None)
    controller.window.results.on_export(str(tmp_path / "out"), {"dicom", "report"})
    assert slicer_model.spin(lambda: "DICOM needs the package" in told(controller))
    assert "slicer.util.pip_install" in told(controller) and not (tmp_path / "out").exists()


def test_an_export_is_taken_back_when_the_module_goes(opened, result, monkeypatch, tmp_path):
    widget, controller, backend = opened
    draw(controller)
    run_to_end(controller, backend, result)
    go = held_up(monkeypatch, exporting, "_is_whole")
    controller.window.results.on_export(str(tmp_path / "out"), {"nrrd", "nifti"})
    widget.cleanup()
    go.set()
    assert slicer_model.spin(lambda: not file_task._LIVING)
    assert not (tmp_path / "out").exists()
    widget.controller = None


def test_a_candidate_that_is_chosen_while_nodes_come_does_not_keep_the_run_from_ending(opened, result):
    _, controller, backend = opened
    draw(controller)
    controller.apply()
    backend.runs[0].done(result)
    backend.deliver()
    assert slicer_model.spin(lambda: controller.window.results.has_result)
    controller.window.results.select(1)
    assert slicer_model.spin(lambda: not controller.run.is_running, 30), "the run ends"
    assert controller.results.candidate == 1
