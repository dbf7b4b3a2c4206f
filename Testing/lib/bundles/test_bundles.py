"""Bundles: what comes out is what went in, and whatever was altered or cannot be is refused with a reason."""

from __future__ import annotations

import hashlib
import json
import stat
import zipfile
from pathlib import Path

import pytest
import torch
from torch import nn

from Sketch2CTLib.bundles import pack, unpack
from Sketch2CTLib.bundles import signing as signing_of
from Sketch2CTLib.bundles.content import BUNDLE
from Sketch2CTLib.cli.main import main
from Sketch2CTLib.errors import InputError, MissingDependency, OutputError, WeightsError
from Sketch2CTLib.generation.model.loaded import find_model
from Sketch2CTLib.resources import resource_path
from Sketch2CTLib.weights import ModelFolder

# MONAI's meta_schema: what it says is required.
REQUIRED = {
    "version", "changelog", "monai_version", "pytorch_version", "numpy_version", "task", "description", "authors",
    "copyright", "network_data_format",
}  # fmt: skip
OF_IMAGES = {"type", "format", "num_channels", "spatial_shape", "dtype", "value_range", "is_patch_data", "channel_def"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = ModelFolder(tmp_path / "livers")
    extras = {"number_scaler": {"statistics": {"liver": {}}}}
    made.save_component("net", nn.Linear(3, 4), {"in": 3}, {"steps": 7}, preset="small", extras=extras)
    (made.folder / "README.md").write_text("# Livers\n")
    (made.folder / "LICENSE").write_text("Research only\n")
    (made.folder / "notes.pkl").write_bytes(b"never packed")
    return made.folder


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    from cryptography.hazmat.primitives import serialization as forms
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private, paths = Ed25519PrivateKey.generate(), (tmp_path / "key.pem", tmp_path / "public.pem")
    pem = forms.Encoding.PEM
    paths[0].write_bytes(private.private_bytes(pem, forms.PrivateFormat.PKCS8, forms.NoEncryption()))
    paths[1].write_bytes(private.public_key().public_bytes(pem, forms.PublicFormat.SubjectPublicKeyInfo))
    return paths


def contents(bundle: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(bundle) as archive:
        return {entry.filename: archive.read(entry) for entry in archive.infolist()}


def written(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def altered(bundle: Path, change) -> Path:
    """A bundle whose table is changed, and the rest left."""
    files = contents(bundle)
    told = json.loads(files[f"livers/{BUNDLE}"])
    change(told, files)
    files[f"livers/{BUNDLE}"] = json.dumps(told).encode()
    return written(bundle.with_name("altered.zip"), files)


def test_what_comes_out_is_what_went_in(folder: Path, tmp_path: Path) -> None:
    bundle = pack(folder, tmp_path / "livers.zip", author="A. Name")
    made = unpack(bundle, tmp_path / "into")
    assert (made.name, made.folder, made.signed_by) == ("livers", tmp_path / "into" / "livers", "")
    for name in ("model.json", "net.safetensors", "README.md", "LICENSE"):
        assert (made.folder / name).read_bytes() == (folder / name).read_bytes()
    assert not (made.folder / "notes.pkl").exists()
    net = nn.Linear(3, 4)
    ModelFolder(made.folder).load_into("net", net)
    assert torch.isfinite(net.weight).all()
    (structure,) = made.told["structures"]
    assert structure["code"]["value"] == "10200004" and made.told["training_ranges"]["liver"]["volume_ml"]["cases"] > 0
    assert pack(folder, tmp_path / "again.zip", author="A. Name").read_bytes() == bundle.read_bytes()
    with pytest.raises(OutputError, match="already"):
        unpack(bundle, tmp_path / "into")


def test_the_metadata_are_those_that_monai_asks_for(folder: Path, tmp_path: Path) -> None:
    files = contents(pack(folder, tmp_path / "livers.zip"))
    told = json.loads(files["livers/configs/metadata.json"])
    assert told.keys() >= REQUIRED
    assert told["version"] in told["changelog"]
    from monai.bundle import ConfigParser

    parser = ConfigParser()
    parser.read_meta(told)
    assert "Sketch2CT model" in parser["_meta_::description"]
    for part in (*told["network_data_format"]["inputs"].values(), *told["network_data_format"]["outputs"].values()):
        assert part.keys() >= OF_IMAGES


@pytest.mark.parametrize(
    "name",
    [
        "livers/../../evil.json", "../evil.json", "/tmp/evil.json", "livers/..\\..\\evil.json", "C:/evil.json",
        "livers/models/.hidden.json", "livers/a/b/c/d.json", "livers//evil.json", "evil.json", "livers/evil.json\0.md",
    ],
)  # fmt: skip
def test_no_path_leaves_the_folder(folder: Path, tmp_path: Path, name: str) -> None:
    files = contents(pack(folder, tmp_path / "livers.zip"))
    bundle = written(tmp_path / "evil.zip", files | {name: b"{}"})
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(WeightsError, match=r"refused|one folder|not listed"):
        unpack(bundle, tmp_path / "into")
    assert [one for one in sorted(tmp_path.rglob("*")) if one not in before] == [tmp_path / "into"]


def test_links_and_programs_are_refused(folder: Path, tmp_path: Path) -> None:
    files = contents(pack(folder, tmp_path / "livers.zip"))
    for name in ("livers/models/net.pkl", "livers/setup.py", "livers/models/net.pt"):
        with pytest.raises(WeightsError, match="no part of a model"):
            unpack(written(tmp_path / "program.zip", files | {name: b"x"}), tmp_path / "into")
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (stat.S_IFLNK if name.endswith("model.json") else stat.S_IFREG) << 16
            archive.writestr(entry, content)
    with pytest.raises(WeightsError, match="refused"):
        unpack(tmp_path / "link.zip", tmp_path / "into")


def test_what_was_altered_is_refused(folder: Path, tmp_path: Path) -> None:
    bundle = pack(folder, tmp_path / "livers.zip")
    weights = "livers/models/net.safetensors"

    def other_weights(told, files):
        files[weights] = files[weights][:-1] + bytes([files[weights][-1] ^ 1])

    def listed_too(told, files):
        other_weights(told, files)
        told["files"]["models/net.safetensors"]["sha256"] = hashlib.sha256(files[weights]).hexdigest()

    def longer(told, files):
        files[weights] += b"more"

    def missing(told, files):
        del files["livers/docs/README.md"]

    def newer(told, files):
        told["version"] = 2

    def unknown(told, files):
        told["structures"][0]["name"] = "brain"

    def other_cube(told, files):
        told["structures"][0]["cube_mm"] = 100.0

    cases = {
        other_weights: "was altered",
        listed_too: r"not the file that model\.json names",
        longer: "not as it is listed",
        missing: "is missing",
        newer: "of version 2",
        unknown: "'brain', which this Sketch2CT does not know",
        other_cube: "another cube",
    }
    for change, told in cases.items():
        with pytest.raises(WeightsError, match=told):
            unpack(altered(bundle, change), tmp_path / "into")
    for content in (b"no zip at all", bundle.read_bytes()[:-200]):
        (tmp_path / "cut.zip").write_bytes(content)
        with pytest.raises(WeightsError, match="no bundle"):
            unpack(tmp_path / "cut.zip", tmp_path / "into")
    assert not list((tmp_path / "into").iterdir()), "nothing is left of any"


def test_a_signature_says_who_packed_it(folder: Path, keys, tmp_path: Path, monkeypatch) -> None:
    key, public = keys
    bundle = pack(folder, tmp_path / "livers.zip", key=key)
    assert len(unpack(bundle, tmp_path / "a", trusted=public).signed_by) == 16

    def author(told, files):
        told["made_by"] = "somebody else"

    with pytest.raises(WeightsError, match="signature is wrong"):
        unpack(altered(bundle, author), tmp_path / "b")
    with pytest.raises(WeightsError, match="not signed"):
        unpack(pack(folder, tmp_path / "plain.zip"), tmp_path / "b", trusted=public)
    from cryptography.hazmat.primitives import serialization as forms
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    other = Ed25519PrivateKey.generate().public_key()
    public.write_bytes(other.public_bytes(forms.Encoding.PEM, forms.PublicFormat.SubjectPublicKeyInfo))
    with pytest.raises(WeightsError, match="somebody else"):
        unpack(bundle, tmp_path / "b", trusted=public)
    with pytest.raises(InputError, match="cannot be used"):
        pack(folder, tmp_path / "x.zip", key=tmp_path / "nowhere.pem")
    monkeypatch.setattr(signing_of, "find_spec", lambda name: None)
    assert unpack(bundle, tmp_path / "c").signed_by == "unchecked"
    with pytest.raises(MissingDependency, match=r"\[bundle\]"):
        unpack(bundle, tmp_path / "d", trusted=public)


def test_nothing_is_packed_that_is_not_whole(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be a model's name"):
        pack(folder, tmp_path / "x.zip", name="../livers")
    (folder / "net.safetensors").write_bytes(b"short")
    with pytest.raises(WeightsError, match="damaged"):
        pack(folder, tmp_path / "x.zip")
    with pytest.raises(WeightsError, match="no model"):
        pack(tmp_path, tmp_path / "x.zip")
    assert not (tmp_path / "x.zip").exists()


def test_the_command_exports_and_imports(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    bundle = tmp_path / "default.zip"
    assert main(["models", "export", "default", "--out", str(bundle)]) == 0
    assert main(["models", "import", str(bundle), "--into", str(tmp_path / "models")]) == 0
    assert "not signed" in capsys.readouterr().out
    assert main(["models", "--folder", str(tmp_path / "models"), "--json"]) == 0
    assert {row["state"] for row in json.loads(capsys.readouterr().out)} == {"whole"}
    found = find_model(bundle, "")
    assert found.hashes() == ModelFolder(resource_path("Models", "default")).hashes()
    assert find_model(bundle, "").folder == found.folder, "unpacked once"
    assert main(["models", "import", str(tmp_path / "none.zip")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_weights_of_another_shape_are_refused(folder: Path, tmp_path: Path, capsys) -> None:
    made = ModelFolder(folder)
    made.save_component("mask_prior", nn.Linear(3, 4), {}, {}, preset="default")
    assert main(["models", "export", str(folder), "--out", str(tmp_path / "x.zip")]) == 0
    assert main(["models", "import", str(tmp_path / "x.zip"), "--into", str(tmp_path / "into")]) == 2
    assert "do not fit the preset 'default'" in capsys.readouterr().err
    made.save_component("mask_prior", nn.Linear(3, 4), {}, {}, preset="tomorrow's")
    assert main(["models", "export", str(folder), "--out", str(tmp_path / "x.zip")]) == 0
    assert main(["models", "import", str(tmp_path / "x.zip"), "--into", str(tmp_path / "into")]) == 2
    assert "is unknown here" in capsys.readouterr().err
    assert not list((tmp_path / "into").iterdir())
