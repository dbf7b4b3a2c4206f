"""A fault that nobody foresaw, in what a click starts or an answer brings: one sentence, the panel is free again."""

import logging
import time
import types

import pytest
import slicer_model

slicer = slicer_model.install()
slicer_model.pythonqt_model.use_properties(__name__)

import results_on_disk  # noqa: E402
import slicer_core_app  # noqa: E402
from backend_runs import Heard  # noqa: E402
from controller_bench import draw, run_to_end, told  # noqa: E402
from Sketch2CTUI.backend.tasks import TaskProcess  # noqa: E402
from Sketch2CTUI.session.steps import Steps  # noqa: E402
from Sketch2CTUI.setup.install import PACKAGES, InstallRun, Marker, Pending, Step  # noqa: E402
from Sketch2CTUI.setup.views import InlineQuestion  # noqa: E402
from Sketch2CTUI.widgets import events  # noqa: E402
from Sketch2CTUI.widgets.file_task import FileTask  # noqa: E402

from Sketch2CTLib.errors import InputError  # noqa: E402

BOOM = "It failed for a reason that was not foreseen (ZeroDivisionError: boom)."


def boom(*_arguments, **_more):
    raise ZeroDivisionError("boom")


@pytest.fixture(autouse=True)
def log(caplog):
    caplog.set_level(logging.INFO)
    return caplog


def assert_logged(log):
    """The traceback of what was injected is in the log."""
    found = [one for one in log.records if one.exc_info and one.exc_info[0] is ZeroDivisionError]
    assert found and "boom" in log.text and "in boom" in log.text


# ---- the guard itself


def test_errors_of_the_tree_pass_and_others_become_one(log):
    heard = []
    events.attempt(lambda: (_ for _ in ()).throw(InputError("Too wide.", hint="Narrow it.")), heard.append)
    assert str(heard[0]) == "Too wide. Narrow it." and not [one for one in log.records if one.exc_info]
    events.slot(boom, heard.append)(1, 2)
    assert heard[1].message == BOOM and heard[1].code == "unforeseen" and "report" in heard[1].hint
    assert_logged(log)


def test_what_the_teller_raises_is_logged_and_goes_no_further(log):
    events.attempt(boom, boom)
    assert "Nobody was told" in log.text


# ---- what a click starts


def prepared(controller, backend, tmp_path):
    draw(controller)
    run_to_end(controller, backend, results_on_disk.event(tmp_path / "brought", candidates=2))
    assert slicer_model.spin(lambda: controller.results._steps.are_done)


CLICKS = {  # name → (owner of what fails, its name, the click)
    "apply": ("backend", "submit", lambda window: window.generate.on_apply()),
    "regenerate": ("controller", "edit_request", lambda window: window.results.on_regenerate(0.4)),
    "variations": ("backend", "submit", lambda window: window.results.on_variations(3)),
    "volume": ("surroundings.segments", "mask", lambda window: window.results.on_volume_from_segment("x")),
    "connection": ("backend", "test_connection", lambda window: window.generate.on_test_connection()),
    "device": ("backend", "submit", lambda window: window.setup.test_device()),
    "select": ("results", "_add_node_steps", lambda window: window.results.on_select(1)),
    "accept": ("results", "_add_node_steps", lambda window: window.results.on_accept(1)),
    "agreement": ("result_nodes", "show_agreement", lambda window: window.results.on_agreement(True)),
    "export": ("exporting", "candidate_folder", lambda window: window.results.on_export("/x", ("mask",))),
    "extract": ("sketch.drawing", "start", lambda window: window.sketch.sources.on_extract("x", "outline")),
    "import": ("sketch.files", "import_file", lambda window: window.sketch.sources.on_import()),
    "save": ("sketch.files", "choose_target", lambda window: window.sketch.sources.on_save()),
    "contour": ("sketch.canvas", "set_sheets", lambda window: window.sketch.list.add_contour_button.click()),
    "draw here": ("sketch", "_placer", lambda window: window.sketch.sources.on_draw_here("Red")),
    "next contour": ("sketch", "add_contour", lambda window: window.results.on_next_contour("axial", 5.0)),
    "place": ("sketch", "_placer", lambda window: window.sketch.sources.on_place("Red")),
    "measure": ("surroundings.segments", "mask", lambda window: window.geometry.measure_button.click()),
    "llm": ("geometry.llm", "open", lambda window: window.geometry.llm_button.click()),
    "install": ("setup", "environment_changed", lambda window: window.setup.install_button.click()),
    "repair": ("setup", "environment_changed", lambda window: window.setup.repair_button.click()),
    "models": ("setup.models", "_begin", lambda window: window.setup.models.verify_button.click()),
    "question": ("geometry", "set_structure", lambda window: answer_question(window)),
}


def answer_question(window):
    window.ask("Sure?", ("Yes", boom), ("No", None))
    window.ui.questionYesButton.click()


def broken(controller, owner, name, monkeypatch):
    """Makes it fail where the click gets to."""
    from Sketch2CTUI.nodes import result_nodes
    from Sketch2CTUI.session import controller as wiring
    from Sketch2CTUI.session import results as controller_results

    segment = types.SimpleNamespace(choices=lambda: [("x", "Liver")], mask=lambda key: (None, None))
    window = controller.window
    object.__setattr__(window.surroundings, "segments", segment)
    window.geometry._segments = window.sketch._segments = segment
    window.sketch.files.choose_file = lambda: "drawing.png"
    window.geometry.refresh_choices()
    window.ui.setupButton.collapsed = False
    owners = {"backend": controller.backend, "results": controller.results, "surroundings.segments": segment}
    owners |= {"result_nodes": result_nodes, "exporting": controller_results, "controller": wiring}
    found = owners.get(owner, window)
    if found is window:
        for part in owner.split("."):
            found = getattr(found, part)
    made = types.SimpleNamespace(plane=boom, choices=boom) if name == "_placer" else boom
    monkeypatch.setattr(found, name, made, raising=True)


@pytest.mark.parametrize("name", CLICKS)
def test_a_click_ends_in_one_sentence_and_everything_can_be_clicked_again(name, opened, monkeypatch, tmp_path, log):
    _, controller, backend = opened
    prepared(controller, backend, tmp_path)
    owner, broken_name, click = CLICKS[name]
    broken(controller, owner, broken_name, monkeypatch)
    click(controller.window)
    assert slicer_model.spin(lambda: "ZeroDivisionError: boom" in told(controller), 10), told(controller)
    assert_logged(log)
    window = controller.window
    assert not controller.run.is_running and window.generate.view.button.text == "Apply"
    assert window.generate.view.button.enabled and window.geometry._measuring is None
    assert window.setup.install_button.enabled and not window.sketch.drawing.is_running


def test_a_run_that_cannot_be_told_to_stop_is_waited_for_no_longer(opened, monkeypatch, log):
    _, controller, backend = opened
    draw(controller)
    controller.apply()
    monkeypatch.setattr(controller.run, "cancel", boom)
    backend.runs[-1].cancel = lambda: None
    controller.window.generate.view.button.click()
    assert not controller.run.is_running and controller.window.generate.view.button.text == "Apply"
    assert BOOM.split(".")[0] in told(controller)


# ---- what an answer brings


@pytest.mark.parametrize("which", ["on_progress", "on_done"])
def test_a_run_ends_where_whoever_listens_fails(bench, which, log):
    heard = Heard()
    run = bench.backend.submit(
        {"kind": "generate", "structure": "liver", "text": "steps=40 delay=0.02"}, **{**heard.functions(), which: boom}
    )
    assert slicer_model.spin(lambda: heard.ends)
    assert run.is_over and heard.end.code == "unforeseen" and heard.end.message == BOOM
    assert_logged(log)
    assert slicer_model.spin(lambda: not bench.backend.is_running)
    assert bench.run("steps=2 delay=0").kind == "result", "the next one runs"


def test_the_panel_is_free_where_files_cannot_be_taken(opened, monkeypatch, tmp_path, log):
    _, controller, backend = opened
    draw(controller)
    controller.apply()
    monkeypatch.setattr(controller.results, "_keep_result", boom)
    backend.runs[-1].done(results_on_disk.event(tmp_path / "brought", candidates=1))
    backend.deliver()
    assert slicer_model.spin(lambda: not controller.run.is_running)
    assert controller.window.generate.view.button.text == "Apply" and "boom" in told(controller)
    assert_logged(log)


def test_a_fetch_whose_files_nobody_can_take_has_failed(bench, tmp_path, log):
    event, failed = bench.run("steps=2 delay=0"), []
    bench.backend.fetch(event, tmp_path / "files", boom, failed.append)
    assert slicer_model.spin(lambda: failed)
    assert failed[0].message == BOOM
    assert_logged(log)


def test_a_small_question_is_answered_by_a_failure(bench, log):
    failed = []
    bench.backend.hello(boom, failed.append)
    assert slicer_model.spin(lambda: failed)
    assert failed[0].message == BOOM


def test_steps_end_and_tell(log):
    faults, done = [], []
    steps = Steps(faults.append)
    steps.add(boom, lambda: done.append(1))
    assert slicer_model.spin(lambda: faults) and steps.are_done and not done
    assert faults[0].message == BOOM
    assert_logged(log)


@pytest.mark.parametrize("which", ["on_done", "on_tick"])
def test_a_file_task_ends_and_tells(which, log):
    failed = []
    slow = which == "on_tick"
    task = FileTask(
        lambda check: time.sleep(0.2) if slow else 5,
        (lambda _: None) if slow else boom,
        failed.append,
        boom if slow else None,
    )
    assert slicer_model.spin(lambda: failed) and task.is_over
    assert [one.message for one in failed] == [BOOM]
    assert_logged(log)


def test_a_process_of_its_own_ends_and_tells(log):
    failed = []
    process = TaskProcess({"task": "none of ours"}, boom, lambda message, hint: failed.append(message))
    assert slicer_model.spin(lambda: failed) and process.is_over


def test_an_installation_ends_and_tells(tmp_path, log):
    ended = []
    marker = Marker(tmp_path)
    step = Step(PACKAGES, boom)
    run = InstallRun([step], marker, Pending((PACKAGES,)), lambda line: None, ended.append, lambda function: function())
    run.start()
    assert run.is_over and len(ended) == 1 and "Installing Python packages failed." in ended[0] and "boom" in ended[0]
    assert_logged(log)


def test_an_answer_to_a_question_tells():
    heard = []
    question = InlineQuestion(heard.append)
    question.ask("Sure?", "Yes", "No", boom)
    question.yes_button.click()
    assert heard[0].message == BOOM and not question.is_asking


assert slicer_core_app  # the scene of these tests
