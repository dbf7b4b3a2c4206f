"""The draft that follows the pen: when it is asked, what is shown of it, when it goes, and that drawing never waits."""

import types

import canvas_events
import controller_bench
import numpy as np
import pytest
import slicer_model
from controller_bench import draw, nodes_named
from heartbeat import Stopwatch, limit_ms, watched

from Sketch2CTLib.frames import VoxelGrid
from Sketch2CTLib.service.protocol.bits import packed
from Sketch2CTLib.service.protocol.events import Drafted

slicer = slicer_model.install()
slicer_model.pythonqt_model.use_properties(__name__)

from Sketch2CTUI.nodes import draft as draft_nodes  # noqa: E402
from Sketch2CTUI.session import draft as draft_session  # noqa: E402

NAME = draft_nodes.NAME


def ball(radius=14.0, voxels=64):
    grid = VoxelGrid.ras_cube((10.0, 20.0, 30.0), 320.0, voxels)
    axes = np.ogrid[[slice(voxels)] * 3]
    body = sum((axis - (voxels - 1) / 2) ** 2 for axis in axes) <= radius**2
    return body, grid


def drafted(radius=14.0):
    body, grid = ball(radius)
    affine = grid.ijk_to_ras.tolist()
    return Drafted(structure="liver", shape_kji=grid.shape_kji, ijk_to_ras=affine, mask=packed(body))


def edited(controller, **how):
    """A finished edit, as the canvas tells it; until the draft is asked."""
    draw(controller, **how)
    controller.window.sketch.on_changed()


def asked(backend, count):
    return slicer_model.spin(lambda: len(backend.drafts) >= count, 10.0)


def shown(controller):
    return slicer_model.spin(lambda: controller.draft.node is not None, 10.0)


@pytest.fixture
def bench(opened):
    _, controller, backend = opened
    controller.window.generate.draft.check.checked = True
    return controller, backend


def test_an_edit_asks_and_the_answer_stands_in_the_scene(bench):
    controller, backend = bench
    edited(controller)
    assert asked(backend, 1)
    request, on_drafted, _ = backend.drafts[0]
    assert request["kind"] == "draft"
    assert request["structure"] == "liver"
    assert request["sketch"]["strokes"]
    on_drafted(drafted())
    assert shown(controller)
    node = controller.draft.node
    assert nodes_named(NAME) == [NAME]
    assert not node.GetSaveWithScene() and not node.GetDisplayNode().GetSaveWithScene()
    bounds = [0.0] * 6
    node.GetSegmentation().GetSegment("liver").GetBounds(bounds)
    assert np.reshape(bounds, (3, 2)).mean(axis=1) == pytest.approx([10, 20, 30], abs=1.0)
    assert bounds[1] - bounds[0] == pytest.approx(2 * 14 * 5, rel=0.08)
    display = node.GetDisplayNode()
    assert display.GetVisibility2DOutline() and not display.GetVisibility2DFill()


def test_one_is_on_its_way_at_a_time_and_the_last_state_is_asked_after_it(bench):
    controller, backend = bench
    edited(controller, half=40.0)
    assert asked(backend, 1)
    for half in (50.0, 60.0, 70.0):
        edited(controller, half=half)
        slicer_model.turns(2)
    assert len(backend.drafts) == 1
    backend.drafts[0][1](drafted())
    assert asked(backend, 2)
    slicer_model.turns(4)
    assert len(backend.drafts) == 2
    points = np.array(backend.drafts[1][0]["sketch"]["strokes"][0]["points_mm"])
    assert np.abs(points).max() == pytest.approx(70.0)


def test_the_draft_follows_a_line_that_is_not_finished(bench):
    controller, backend = bench
    canvas = controller.window.sketch.canvas
    track = [(60 + 3 * n, 80 + n) for n in range(30)]
    canvas_events.press(canvas, *track[0])
    for at in track[1:]:
        canvas_events.move(canvas, *at)
        slicer_model.turns(1)
    assert asked(backend, 1)
    assert not canvas.strokes()
    assert len(backend.drafts[0][0]["sketch"]["strokes"][0]["points_mm"]) > 2
    canvas_events.release(canvas, *track[-1])
    backend.drafts[0][1](drafted())
    assert asked(backend, 2)


def test_points_ask_at_most_every_while(bench, monkeypatch):
    controller, backend = bench
    monkeypatch.setattr(draft_session, "EVERY_MS", 3_600_000)
    follower = controller.draft
    edited(controller)
    assert asked(backend, 1)
    backend.drafts[0][1](drafted())
    assert shown(controller)
    for _ in range(20):
        follower.points_came()
        slicer_model.turns(1)
    assert len(backend.drafts) == 1
    edited(controller, half=30.0)  # the end of the line does not wait
    assert asked(backend, 2)


def test_a_number_asks_too(bench):
    controller, backend = bench
    edited(controller)
    assert asked(backend, 1)
    backend.drafts[0][1](drafted())
    assert shown(controller)
    controller.window.geometry.set_text("about 1.2 litres")
    assert asked(backend, 2)
    assert backend.drafts[1][0]["description"]["numbers"]["volume_ml"]


def test_the_node_is_used_again(bench):
    controller, backend = bench
    for number, radius in enumerate((10.0, 18.0)):
        edited(controller, half=40.0 + number)
        assert asked(backend, number + 1)
        backend.drafts[number][1](drafted(radius))
        assert shown(controller)
        assert slicer_model.spin(lambda: not controller.draft._is_asked, 10.0)
    assert nodes_named(NAME) == [NAME]
    bounds = [0.0] * 6
    controller.draft.node.GetSegmentation().GetSegment("liver").GetBounds(bounds)
    assert bounds[1] - bounds[0] == pytest.approx(2 * 18 * 5, rel=0.08)


def stand(controller, backend):
    edited(controller)
    assert asked(backend, 1)
    backend.drafts[0][1](drafted())
    assert shown(controller)


@pytest.mark.parametrize("how", ["apply", "accept", "clear", "switch", "close"])
def test_the_draft_goes(bench, how):
    controller, backend = bench
    stand(controller, backend)
    edited(controller, half=44.0)
    assert asked(backend, 2)  # and its answer comes too late
    if how == "apply":
        controller.apply()
        assert len(backend.runs) == 1
    elif how == "accept":
        controller.window.results.on_accept(0)
    elif how == "clear":
        controller.window.sketch.canvas.clear()
    elif how == "switch":
        controller.window.generate.draft.check.checked = False
    else:
        controller.scene_closing()
    assert controller.draft.node is None
    assert nodes_named(NAME) == []
    backend.drafts[1][1](drafted())
    slicer_model.turns(10)
    assert nodes_named(NAME) == []


def test_a_draft_follows_while_a_run_goes_on(bench):
    controller, backend = bench
    draw(controller)
    controller.apply()
    edited(controller, half=33.0)
    assert asked(backend, 1)
    backend.drafts[0][1](drafted())
    assert shown(controller)
    assert controller.run.is_running


def test_switched_off_nothing_is_asked(bench):
    controller, backend = bench
    controller.window.generate.draft.check.checked = False
    edited(controller)
    controller.draft.points_came()
    slicer_model.turns(10)
    assert backend.drafts == []


def test_a_server_gets_no_drawing_before_somebody_said_so(bench):
    controller, backend = bench
    panel = controller.window.generate
    panel.where.place_box.currentIndex = 1
    assert not panel.draft.check.checked
    edited(controller)
    slicer_model.turns(10)
    assert backend.drafts == []
    panel.draft.check.checked = True
    edited(controller, half=31.0)
    assert asked(backend, 1)
    panel.where.place_box.currentIndex = 0
    panel.draft.check.checked = False
    panel.where.place_box.currentIndex = 1
    assert panel.draft.check.checked


def fault(code):
    return types.SimpleNamespace(code=code, message="It cannot be.", hint="Try again.")


def test_an_older_worker_is_asked_once(bench):
    controller, backend = bench
    edited(controller)
    assert asked(backend, 1)
    backend.drafts[0][2](fault("unknown_message"))
    edited(controller, half=30.0)
    slicer_model.turns(10)
    assert len(backend.drafts) == 1
    assert "It cannot be." not in controller_bench.told(controller)
    assert "It cannot be." in controller.window.generate.view.log_view.plainText
    panel = controller.window.generate
    panel.draft.check.checked = False
    panel.draft.check.checked = True
    edited(controller, half=31.0)
    assert asked(backend, 2)


def test_a_drawing_that_cannot_be_is_passed_over(bench):
    controller, backend = bench
    stand(controller, backend)
    edited(controller, half=30.0)
    assert asked(backend, 2)
    backend.drafts[1][2](fault("bad_sketch"))
    assert nodes_named(NAME) == [NAME]
    edited(controller, half=31.0)
    assert asked(backend, 3)


def test_a_lost_worker_is_left_alone_for_a_while(bench, monkeypatch):
    controller, backend = bench
    monkeypatch.setattr(draft_session, "REST_S", 3600.0)
    edited(controller)
    assert asked(backend, 1)
    backend.drafts[0][2](fault("worker_lost"))
    edited(controller, half=30.0)
    slicer_model.turns(10)
    assert len(backend.drafts) == 1


def test_an_edit_after_a_loss_is_drawn_when_the_rest_is_over(bench, monkeypatch):
    controller, backend = bench
    monkeypatch.setattr(draft_session, "REST_S", 1.0)
    edited(controller)
    assert asked(backend, 1)
    backend.drafts[0][2](fault("worker_lost"))
    edited(controller, half=30.0)
    assert len(backend.drafts) == 1
    assert asked(backend, 2), "without another edit"


def test_a_deleted_draft_is_made_again(bench):
    controller, backend = bench
    stand(controller, backend)
    slicer.mrmlScene.RemoveNode(controller.draft.node)
    edited(controller, half=30.0)
    assert asked(backend, 2)
    backend.drafts[1][1](drafted())
    assert slicer_model.spin(lambda: nodes_named(NAME) == [NAME], 10.0)


def test_a_draft_is_neither_listed_nor_saved(bench, tmp_path):
    controller, backend = bench
    stand(controller, backend)
    assert all(NAME not in title for _, title in controller.window.surroundings.segments.choices())
    slicer.mrmlScene.SetURL(str(tmp_path / "scene.mrml"))
    assert slicer.mrmlScene.Commit(str(tmp_path / "scene.mrml"))
    text = (tmp_path / "scene.mrml").read_text()
    assert NAME not in text
    assert "<SegmentationDisplay" not in text


def test_the_switch_is_kept_with_the_scene(bench):
    controller, _ = bench
    panel = controller.window.generate
    panel.draft.check.checked = False
    settings = type(panel.settings()).from_dict(panel.settings().to_dict())
    assert not settings.draft_local and not settings.drafts
    panel.draft.check.checked = True
    panel.set_settings(settings)
    assert not panel.draft.check.checked


def test_a_surface_is_smooth_closed_and_where_it_belongs():
    import vtk

    body, grid = ball()
    surface = draft_nodes.draft_surface(body, grid.ijk_to_ras)
    edges = vtk.vtkFeatureEdges()
    edges.SetInputData(surface)
    edges.FeatureEdgesOff()
    edges.ManifoldEdgesOff()
    edges.Update()
    assert edges.GetOutput().GetNumberOfCells() == 0
    assert surface.GetPointData().GetNormals() is not None
    mass = vtk.vtkMassProperties()
    mass.SetInputData(surface)
    assert mass.GetVolume() == pytest.approx(body.sum() * 125.0, rel=0.06)
    outward = np.array(surface.GetPointData().GetNormals().GetTuple(0)) @ (
        np.array(surface.GetPoint(0)) - grid.center_ras
    )
    assert outward > 0


@pytest.mark.alone
def test_drawing_never_waits_for_a_draft(bench):
    controller, backend = bench
    canvas = controller.window.sketch.canvas
    stand(controller, backend)  # what is loaded once is loaded

    def draw_on() -> None:
        canvas_events.press(canvas, 60, 60)
        for number in range(120):
            canvas_events.move(canvas, 60 + 2 * number, 60 + number)
            slicer_model.turns(1)
            while len(backend.drafts) > 1:
                backend.drafts.pop()[1](drafted(10.0 + number % 8))
        canvas_events.release(canvas, 300, 180)

    beat = watched(draw_on)
    assert beat.longest_ms < limit_ms(), beat.longest_gap


@pytest.mark.alone
def test_a_draft_that_is_here_is_shown_within_two_turns_of_fifty_ms(bench):
    controller, backend = bench
    stand(controller, backend)
    times_ms = []
    for number in range(5):
        watch = Stopwatch()
        body, grid = ball(10.0 + number)
        surface = draft_nodes.draft_surface(body, grid.ijk_to_ras)
        first, watch = watch.ms, Stopwatch()
        draft_nodes.show_draft(surface, "liver", controller.draft.node)
        times_ms.append((first, watch.ms))
    assert np.min(times_ms, axis=0).max() < limit_ms()
