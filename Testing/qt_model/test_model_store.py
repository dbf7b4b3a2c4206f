"""The store of models: true weight files of a few bytes, brought in whole or not at all, damaged ones refused."""

import hashlib
import json
import struct
import subprocess
import sys
from pathlib import Path

import pythonqt_model

pythonqt_model.install()

import pytest  # noqa: E402
from Sketch2CTUI.setup import machine, model_files  # noqa: E402
from Sketch2CTUI.setup.model_store import ModelStore  # noqa: E402

from Sketch2CTLib.errors import InputError, OutputError, WeightsError  # noqa: E402
from Sketch2CTLib.resources import resource_path  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]


def safetensors(numbers=b"\0" * 8):
    header = json.dumps({"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, len(numbers)]}}).encode()
    return struct.pack("<Q", len(header)) + header + numbers


def index_of(folder, **changed):
    files = {path.stem: path for path in sorted(folder.glob("*.safetensors"))}
    entries = {
        name: {
            "file": path.name,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "config": {},
            "provenance": {},
        }
        for name, path in files.items()
    }
    scaler = {"statistics": {"spleen": {}, "liver": {}, "of-another-version": {}}}
    index = {"format": "sketch2ct.model", "version": 1, "preset": "mine", "components": entries}
    return {**index, "extras": {"number_scaler": scaler}, **changed}


def make_model(folder, **changed):
    folder.mkdir(parents=True)
    (folder / "mask_diffusion.safetensors").write_bytes(safetensors())
    (folder / "mask_prior.safetensors").write_bytes(safetensors(b"\1" * 8))
    (folder / "README.md").write_text("# Model card: `mine`\n\nTrained on 3 phantoms.\n", encoding="utf-8")
    (folder / "model.json").write_text(json.dumps(index_of(folder, **changed)), encoding="utf-8")
    return folder


@pytest.fixture
def store(tmp_path):
    """A shipped model 'default'; the user's folder is not there yet."""
    make_model(tmp_path / "shipped" / "default")
    return ModelStore(tmp_path / "shipped", tmp_path / "own")


def left_behind(store):
    return sorted(path.name for path in store.own_folder.iterdir()) if store.own_folder.exists() else []


# ---- listing


def test_the_shipped_models_are_listed():
    models = {one.name: one for one in ModelStore(own="/nowhere").models()}
    default = models["default"]
    assert default.shipped
    assert default.generates
    assert {"liver", "aorta", "left_atrium"} <= set(default.structures)
    assert default.size_mb > 1
    assert "Model card" in default.card


def test_a_shipped_model_is_whole():
    index = model_files.read_index(resource_path("Models", "default"))
    assert ModelStore(own="/nowhere").verify("default") == len(index["components"])


def test_title_structures_and_origin_are_told(store):
    model = store.model("default")
    assert model.title == "mine"
    assert model.structure_titles == "Liver, Spleen"
    assert (model.shipped, model.problem, model.parts) == (True, "", ("mask_diffusion", "mask_prior"))


def test_a_model_with_a_missing_file_or_no_index_is_listed_with_what_is_wrong(store, tmp_path):
    (tmp_path / "shipped" / "default" / "mask_prior.safetensors").unlink()
    make_model(tmp_path / "own" / "other", version=9)
    problems = {one.name: one.problem for one in store.models()}
    assert "mask_prior.safetensors" in problems["default"]
    assert "version 1" in problems["other"]


def test_listing_and_checking_need_no_torch():
    code = (
        "import sys; sys.path[:0] = ['Testing/qt_model']; import pythonqt_model; pythonqt_model.install();"
        "from Sketch2CTUI.setup.model_store import ModelStore; store = ModelStore(own='/nowhere');"
        "print(store.verify('default') > 0, 'torch' in sys.modules, 'safetensors' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert told.split() == ["True", "False", "False"]


# ---- importing


def test_an_imported_model_is_the_same_bytes_and_nothing_else_comes_along(store, tmp_path):
    source = make_model(tmp_path / "mine")
    (source / "secret.txt").write_text("not listed", encoding="utf-8")
    shares = []
    model = store.import_folder(source, on_progress=shares.append)
    assert not model.shipped
    assert left_behind(store) == ["mine"]
    copied = {path.name: path.read_bytes() for path in model.folder.iterdir()}
    assert set(copied) == {"mask_diffusion.safetensors", "mask_prior.safetensors", "model.json", "README.md"}
    assert all(content == (source / name).read_bytes() for name, content in copied.items())
    assert shares[-1] == 1.0
    assert store.verify("mine") == 2


def test_a_bundle_is_imported_as_its_folder_would_be(store, tmp_path):
    from Sketch2CTLib.bundles import pack

    bundle = pack(make_model(tmp_path / "mine"), tmp_path / "mine.zip")
    model = store.import_bundle(bundle)
    assert model.name == "mine" and left_behind(store) == ["mine"] and store.verify("mine") == 2
    store.remove("mine")
    bundle.write_bytes(bundle.read_bytes().replace(b"sketch2ct.model", b"sketch2ct.moddl"))
    with pytest.raises(WeightsError, match=r"altered|damaged"):
        store.import_bundle(bundle)
    assert left_behind(store) == []


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("mask_prior.safetensors", safetensors(b"\2" * 8), "damaged"),
        ("mask_prior.safetensors", None, "missing"),
        ("model.json", b"{", "no JSON"),
        ("model.json", b"[1]", "not a sketch2ct.model"),
        ("model.json", None, "no usable model.json"),
        ("model.json", b'{"format": "sketch2ct.model", "version": 1, "components": {}}', "lists no weight files"),
        ("model.json", b"[" * 100_000, "no JSON"),
    ],
)
def test_a_damaged_model_is_refused_and_nothing_is_left(store, tmp_path, name, content, told):
    source = make_model(tmp_path / "mine")
    (source / name).unlink()
    if content is not None:
        (source / name).write_bytes(content)
    with pytest.raises(WeightsError, match=told):
        store.import_folder(source)
    assert left_behind(store) == []
    assert [one.name for one in store.models()] == ["default"]


@pytest.mark.parametrize(
    "file", ["../../x.safetensors", "/etc/x.safetensors", "a/b.safetensors", "x.pt", ".x.safetensors", 3]
)
def test_a_file_name_that_leads_elsewhere_is_refused(store, tmp_path, file):
    source = make_model(tmp_path / "mine")
    index = index_of(source)
    index["components"]["mask_prior"]["file"] = file
    (source / "model.json").write_text(json.dumps(index), encoding="utf-8")
    with pytest.raises(WeightsError, match="names no safetensors file"):
        store.import_folder(source)


@pytest.mark.parametrize("content", [b"", b"\x80\x04pickle", struct.pack("<Q", 2**60) + b"{}", safetensors()[:-4]])
def test_a_file_that_is_no_safetensors_is_refused_even_with_its_own_digest(store, tmp_path, content):
    source = make_model(tmp_path / "mine")
    (source / "mask_prior.safetensors").write_bytes(content)
    (source / "model.json").write_text(json.dumps(index_of(source)), encoding="utf-8")
    with pytest.raises(WeightsError, match="no safetensors file"):
        store.import_folder(source)
    assert left_behind(store) == []


def test_a_taken_or_impossible_name_is_refused(store, tmp_path):
    for name, told in (("Default", "already"), ("a model!", "cannot be a model's name")):
        with pytest.raises(InputError, match=told):
            store.import_folder(make_model(tmp_path / "elsewhere" / name))
    with pytest.raises(InputError, match="is no folder"):
        store.import_folder(tmp_path / "not there")


def test_a_full_disk_is_one_sentence_and_nothing_is_left(store, tmp_path, monkeypatch):
    source = make_model(tmp_path / "mine")

    def full(*_arguments, **_more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(model_files, "copy_hashed", full)
    with pytest.raises(OutputError, match="No space left"):
        store.import_folder(source)
    assert left_behind(store) == []
    monkeypatch.setattr(machine, "disk_free_mb", lambda _folder: 1.0)
    with pytest.raises(OutputError, match="are free"):
        store.import_folder(source)


# ---- removing


def test_an_imported_model_can_be_removed_and_a_shipped_one_cannot(store, tmp_path):
    store.import_folder(make_model(tmp_path / "mine"))
    store.remove("mine")
    assert left_behind(store) == []
    with pytest.raises(InputError, match="stays"):
        store.remove("default")
    with pytest.raises(InputError, match="no model 'mine'"):
        store.remove("mine")
    assert store.verify("default") == 2


def test_an_altered_file_is_found_by_verify(store, tmp_path):
    path = tmp_path / "shipped" / "default" / "mask_prior.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\x07")
    assert store.model("default").problem == ""
    with pytest.raises(WeightsError, match="damaged"):
        store.verify("default")
