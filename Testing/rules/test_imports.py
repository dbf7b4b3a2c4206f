"""Who may import whom: the floors of the house."""

import pytest

from Testing.rules.house import (
    FLOOR_OF,
    SLICER_PACKAGES,
    imported_modules,
    library_files,
    module_name,
    room_of,
    short,
)


def known_rooms_imported(path):
    """The rooms of Sketch2CTLib that a file reaches into."""
    inside = (name.removeprefix("Sketch2CTLib.") for name in imported_modules(path) if name.startswith("Sketch2CTLib."))
    rooms = set()
    for name in inside:
        first = name.split(".")[0]
        # `from .. import __version__` reaches the package itself, which every room may do.
        rooms.add(room_of(name) if first in {key.split(".")[0] for key in FLOOR_OF} else "__init__")
    return rooms


@pytest.mark.parametrize("path", library_files(), ids=short)
def test_a_room_imports_lower_floors_only(path):
    room = room_of(module_name(path))
    forbidden = {other for other in known_rooms_imported(path) if other != room and FLOOR_OF[other] >= FLOOR_OF[room]}
    assert not forbidden, f"{short(path)} ({room}) imports {sorted(forbidden)}, which is not below it."


def test_networks_and_diffusion_do_not_know_each_other():
    for path in library_files():
        room = room_of(module_name(path))
        other = {"networks": "diffusion", "diffusion": "networks"}.get(room)
        assert other is None or other not in known_rooms_imported(path), f"{short(path)} imports {other}."


@pytest.mark.parametrize("path", library_files(), ids=short)
def test_the_library_knows_nothing_of_slicer(path):
    found = {name for name in imported_modules(path) if name.split(".")[0] in SLICER_PACKAGES}
    assert not found, f"{short(path)} imports {sorted(found)}; that belongs in Sketch2CT/."


def test_the_walk_sees_relative_and_nested_imports(tmp_path, monkeypatch):
    monkeypatch.setattr("Testing.rules.house.LIBRARY", tmp_path)
    (tmp_path / "networks").mkdir()
    file = tmp_path / "networks" / "unet.py"
    file.write_text(
        "from ..errors import ConfigError\ndef f():\n    from ..diffusion import loop\n    from . import blocks\n"
    )
    assert imported_modules(file) == {
        "Sketch2CTLib.errors.ConfigError",
        "Sketch2CTLib.diffusion.loop",
        "Sketch2CTLib.networks.blocks",
    }
