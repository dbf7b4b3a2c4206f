"""The models in the setup panel: listed with their card, imported, checked and removed; no file holds anything up."""

import pytest
import pythonqt_model

pythonqt_model.install()
pythonqt_model.use_properties(__name__)

import slicer_model  # noqa: E402
from heartbeat import Heartbeat  # noqa: E402
from setup_scene import (  # noqa: E402
    FakeEnvironment,
    check,
    click,
    do,
    heard_by,
    held_up,
    model_store,
    shown,
    texts,
)
from Sketch2CTUI.setup import model_files  # noqa: E402
from Sketch2CTUI.setup.model_store import ModelStore  # noqa: E402
from Sketch2CTUI.widgets import file_task  # noqa: E402
from test_model_store import make_model  # noqa: E402


@pytest.fixture
def environment():
    """One where einops is missing."""
    return FakeEnvironment()


@pytest.fixture
def store(tmp_path):
    """A shipped model and an empty folder of the user's."""
    return model_store(tmp_path)


@pytest.fixture
def panel(environment, store):
    """The panel over both."""
    return shown(environment, store)


def test_a_card_is_laid_out_once_when_it_is_opened_and_without_tables(environment, tmp_path):
    table = "| a | b |\n|---|---|\n| 1 | 2 |"
    card = f"# Model card: `default`\n\nDraws **masks**, see [there](x.md).\n\n{table}\n\n## Last\n\nEnd.\n"
    folder = make_model(tmp_path / "shipped" / "default")
    (folder / "README.md").write_text(card, encoding="utf-8")
    panel = shown(environment, ModelStore(tmp_path / "shipped", tmp_path / "own"))
    one = panel.models.card
    assert "Draws <b>masks</b>, see there." in one.head.text
    assert (folder / "README.md").as_uri() in one.head.text
    assert not one.view.visible and one.view.plainText == ""
    laid = []
    one.view.connect("textChanged()", lambda: laid.append(1))
    check(one.check)
    assert slicer_model.spin(lambda: "End." in one.view.plainText)
    assert one.view.visible and "| 1 | 2 |" in one.view.plainText
    assert "<table" not in one.view.html
    times = len(laid)
    check(one.check)
    check(one.check)
    panel.models.refresh()
    slicer_model.spin(lambda: False, 0.05)
    assert len(laid) == times, "what stands there is not laid out again"


def test_models_are_listed_with_their_card(panel):
    table = panel.models.table
    assert texts(table, 0) == ["default"]
    assert texts(table, 2) == ["shipped"]
    assert texts(table, 3) == ["Liver, Spleen"]
    assert "Trained on 3 phantoms" in panel.models.card.head.text
    assert not panel.models.remove_button.enabled


def test_a_model_is_imported_checked_and_removed(environment, store, tmp_path):
    source = make_model(tmp_path / "mine")
    panel = shown(environment, store, chooser=lambda _parent, _folder: str(source))
    changes = heard_by(panel.on_changed)
    models = panel.models
    do(models, models.import_button)
    assert texts(models.table, 0) == ["default", "mine"]
    assert models.selected() == "mine"
    assert "was imported" in models.message_label.text
    do(models, models.verify_button)
    assert "2 weight files are whole" in models.message_label.text
    click(models.remove_button)
    assert texts(models.table, 0) == ["default", "mine"]
    do(models, models.question.yes_button)
    assert texts(models.table, 0) == ["default"]
    assert len(changes) == 2


@pytest.mark.alone
@pytest.mark.parametrize("button", ["import_button", "verify_button"])
def test_large_files_hold_nothing_up(environment, store, tmp_path, monkeypatch, button):
    source = make_model(tmp_path / "mine")
    models = shown(environment, store, chooser=lambda _parent, _folder: str(source)).models
    go = held_up(monkeypatch, model_files, "copy_hashed" if button == "import_button" else "sha256_of")
    beat = Heartbeat()
    beat.start()
    click(getattr(models, button))
    assert "ing" in models.message_label.text and not models.verify_button.enabled
    assert not models.remove_button.enabled
    slicer_model.spin(lambda: False, 0.3)
    go.set()
    assert slicer_model.spin(lambda: models._file_task is None)
    beat.stop()
    assert beat.longest_ms < beat.limit_ms and beat.beats > 10
    assert "every file is" in models.message_label.text or "are whole" in models.message_label.text
    assert models.verify_button.enabled and models.import_button.text == "Import…"


def test_an_import_can_be_stopped_and_leaves_nothing(environment, store, tmp_path, monkeypatch):
    source = make_model(tmp_path / "mine")
    panel = shown(environment, store, chooser=lambda _parent, _folder: str(source))
    changes, models = heard_by(panel.on_changed), panel.models
    go = held_up(monkeypatch, model_files, "copy_hashed")
    click(models.import_button)
    assert models.import_button.text == "Stop" and go.begun.wait(60)
    click(models.import_button)
    go.set()
    assert slicer_model.spin(lambda: models._file_task is None)
    assert "Stopped: no model was imported." in models.message_label.text and changes == []
    assert texts(models.table, 0) == ["default"] and list((tmp_path / "own").iterdir()) == []
    do(models, models.import_button)
    assert texts(models.table, 0) == ["default", "mine"]


def test_a_panel_that_goes_away_hears_nothing_of_its_files(environment, store, tmp_path, monkeypatch):
    source = make_model(tmp_path / "mine")
    panel = shown(environment, store, chooser=lambda _parent, _folder: str(source))
    changes = heard_by(panel.on_changed)
    go = held_up(monkeypatch, model_files, "copy_hashed")
    click(panel.models.import_button)
    panel.stop()
    go.set()
    assert slicer_model.spin(lambda: not file_task._LIVING)
    assert changes == [] and list((tmp_path / "own").iterdir()) == []


def test_keeping_a_model_keeps_it(environment, store, tmp_path):
    store.import_folder(make_model(tmp_path / "mine"))
    models = shown(environment, store).models
    models.table.selectRow(1)
    click(models.remove_button)
    click(models.question.no_button)
    assert texts(models.table, 0) == ["default", "mine"]


def test_a_damaged_model_is_refused_in_one_sentence(environment, store, tmp_path):
    source = make_model(tmp_path / "mine")
    (source / "mask_prior.safetensors").write_bytes(b"cut off")
    models = shown(environment, store, chooser=lambda _parent, _folder: str(source)).models
    do(models, models.import_button)
    assert "✗ The weight file 'mask_prior.safetensors' is damaged" in models.message_label.text
    assert texts(models.table, 0) == ["default"]


def test_a_damaged_shipped_model_is_marked_in_words(environment, store, tmp_path):
    (tmp_path / "shipped" / "default" / "mask_prior.safetensors").unlink()
    models = shown(environment, store).models
    assert texts(models.table, 3) == ["✗ damaged"]
    assert "is missing" in models.message_label.text
    assert not models.verify_button.enabled


def test_a_bundle_is_imported_by_a_button(environment, store, tmp_path):
    from Sketch2CTLib.bundles import pack

    bundle = pack(make_model(tmp_path / "mine"), tmp_path / "mine.zip")
    models = shown(environment, store).models
    models._file_chooser = lambda _parent: str(bundle)
    do(models, models.bundle_button)
    assert texts(models.table, 0) == ["default", "mine"] and "was imported" in models.message_label.text
    do(models, models.bundle_button)
    assert "There is a model 'mine' already" in models.message_label.text
