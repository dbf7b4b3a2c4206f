"""What Slicer's extension index reads: its entry, the metadata in CMakeLists.txt, the icon, and what all weighs."""

import json
import re
import struct

import pytest
import yaml

from Testing.rules.house import ROOT, tracked_files

ENTRY = ROOT / "Resources" / "ExtensionIndex" / "Sketch2CT.json"
CMAKE = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
SCHEMA = {  # what slicer-extension-catalog-entry-schema-v1.0.1 asks for
    "type": "object",
    "required": ["$schema", "category", "scm_url"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "pattern": r"^https://.*/slicer-extension-catalog-entry-schema-v1\.0\.1\.json#$"},
        "category": {"type": "string"},
        "scm_url": {"type": "string", "pattern": r"^https://[^/]+/[^/]+/Slicer[^/]*$"},
        "scm_revision": {"type": "string"},
        "scm_type": {"enum": ["git", "local"]},
        "build_dependencies": {"type": "array", "items": {"type": "string"}},
        "build_subdirectory": {"type": "string"},
        "enabled": {"type": "boolean"},
        "tier": {"enum": [1, 3, 5]},
    },
}


def entry():
    return json.loads(ENTRY.read_text(encoding="utf-8"))


def metadata(name):
    """What CMakeLists.txt sets EXTENSION_<name> to, by the pattern that the index reads it with."""
    found = re.findall(rf'set\s*\(EXTENSION_{name}\s*"([^"]*)"\)', CMAKE)
    assert len(found) == 1, f"EXTENSION_{name} has to be set once, to text: the index reads the line, it runs no CMake"
    return found[0]


def test_the_entry_is_what_the_index_takes():
    import jsonschema

    jsonschema.validate(entry(), SCHEMA)
    assert "\r" not in ENTRY.read_text(encoding="utf-8")


def test_the_entry_pins_no_revision_so_that_the_index_clones_no_history():
    assert "scm_revision" not in entry()


def test_the_entry_agrees_with_cmake_and_with_the_module():
    assert re.search(r"project\s*\(\s*([^\s)]+)", CMAKE)[1] == ENTRY.stem
    assert entry()["build_dependencies"] == metadata("DEPENDS").split()
    module = (ROOT / "Sketch2CT" / "Sketch2CT.py").read_text(encoding="utf-8")
    assert f'categories = [translate("qSlicerAbstractCoreModule", "{entry()["category"]}")]' in module
    assert metadata("CONTRIBUTORS") in module and metadata("HOMEPAGE").startswith("https://")
    assert 1 <= metadata("DESCRIPTION").count(".") <= 2


@pytest.mark.parametrize("name", ["ICONURL", "SCREENSHOTURLS"])
def test_addresses_that_are_filled_in_lead_to_pictures_of_the_repository(name):
    owner = re.search(r"github\.com/([^/]+)/", entry()["scm_url"])[1]
    addresses = metadata(name).split()
    assert bool(addresses) == (owner != "OWNER"), "both are filled in, or neither"
    for address in addresses:
        base, _, path = address.partition("/main/")
        assert base.endswith(f"{owner}/SlicerSketch2CT") and (ROOT / path).suffix == ".png" and (ROOT / path).is_file()


def test_the_pictures_that_the_addresses_will_name_are_there():
    for path in re.findall(r"SlicerSketch2CT/main/([\w/]+\.png)", CMAKE):
        assert (ROOT / path).is_file(), path
    width, height = struct.unpack(">II", (ROOT / "Sketch2CT.png").read_bytes()[16:24])
    assert (width, height) == (128, 128)


def test_all_weights_stay_below_forty_megabytes():
    weights = [path for path in tracked_files() if path.suffix == ".safetensors"]
    assert weights and sum(path.stat().st_size for path in weights) <= 40e6


def test_the_citation_names_the_paper_and_the_licence():
    citation = yaml.safe_load(ENTRY.with_name("CITATION.cff").read_text(encoding="utf-8"))
    assert citation["cff-version"] == "1.2.0" and citation["license"] == "Apache-2.0" and citation["authors"]
    assert citation["preferred-citation"]["url"] in (ROOT / "README.md").read_text(encoding="utf-8")
