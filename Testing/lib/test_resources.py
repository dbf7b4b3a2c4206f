"""Shipped files are found in a checkout, in a wheel, in Slicer, and where the user says."""

import pytest

from Sketch2CTLib import resources
from Sketch2CTLib.errors import ConfigError
from Sketch2CTLib.resources import RESOURCES_VARIABLE, resource_path


def package_at(root, monkeypatch):
    package = root / "Sketch2CTLib"
    package.mkdir(parents=True)
    monkeypatch.setattr(resources, "__file__", str(package / "resources.py"))
    return package


def test_a_checkout_has_them_one_folder_up():
    assert resource_path("requirements.txt").is_file()
    assert resource_path("Datasets").name == "Datasets"


def test_a_wheel_has_them_inside_the_package(tmp_path, monkeypatch):
    package = package_at(tmp_path / "site-packages", monkeypatch)
    (package / "Resources").mkdir()
    (tmp_path / "site-packages" / "Resources").mkdir()  # another package's, not ours
    assert resource_path("Models", "small") == package / "Resources" / "Models" / "small"


def test_slicer_has_them_in_the_share_folder(tmp_path, monkeypatch):
    package_at(tmp_path / "lib" / "Slicer-5.12" / "qt-scripted-modules", monkeypatch)
    (tmp_path / "lib" / "Slicer-5.12" / "qt-scripted-modules" / "Resources").mkdir()  # the icons of every module
    share = tmp_path / "share" / "Slicer-5.12" / "Sketch2CT"
    share.mkdir(parents=True)
    assert resource_path("Models") == share / "Models"


def test_the_environment_variable_wins(tmp_path, monkeypatch):
    monkeypatch.setenv(RESOURCES_VARIABLE, str(tmp_path))
    assert resource_path("Models") == tmp_path / "Models"


def test_a_wrong_environment_variable_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv(RESOURCES_VARIABLE, str(tmp_path / "nowhere"))
    with pytest.raises(ConfigError, match="nowhere"):
        resource_path("Models")


def test_none_at_all_is_said_with_the_places(tmp_path, monkeypatch):
    package_at(tmp_path, monkeypatch)
    with pytest.raises(ConfigError, match=r"missing.*Resources.*Reinstall"):
        resource_path("Models")
