"""What speaks against an installation is said before it starts, one sentence each, with what to do."""

from pathlib import Path

import pythonqt_model

pythonqt_model.install()

import pytest  # noqa: E402
from Sketch2CTUI.setup.install import NO_EXTENSION  # noqa: E402
from Sketch2CTUI.setup.machine import Machine  # noqa: E402
from Sketch2CTUI.setup.packages import MISSING, PackageState  # noqa: E402
from Sketch2CTUI.setup.preflight import OK, STOP, WARNING, Wanted, can_start, preflight, wheel_names  # noqa: E402

PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
ALPHA, BETA = (PackageState(name, "", state=MISSING) for name in ("alpha", "beta"))
TORCH, NO_TORCH = PackageState("torch", ">=2.8", "2.13.0"), PackageState("torch", ">=2.8", state=MISSING)


def machine(**changed):
    """A machine on which nothing is amiss."""
    usual = {"system": "Linux", "architecture": "x86_64", "python": "3.12.10", "slicer": "5.12.0"}
    room = {"writable": True, "disk_free_mb": 50_000.0, "memory_free_mb": 16_000.0}
    return Machine(**{**usual, "packages_folder": Path("/p"), **room, **changed})


def looked(*, reach=True, torch=TORCH, extension="", wheelhouse="", **changed):
    """The findings for alpha and beta missing."""
    wanted = Wanted(torch, (ALPHA, BETA), str(wheelhouse), extension)
    return preflight(machine(**changed), wanted, lambda _host: reach)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    """Whatever this computer has set."""
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)


def test_a_sound_machine_may_start():
    findings = looked()
    assert {one.level for one in findings} == {OK}
    assert can_start(findings)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"disk_free_mb": 200.0}, "make room"),
        ({"writable": False}, "cannot be written"),
        ({"python": "3.9.10"}, "too old"),
        ({"slicer": "5.6.2"}, "5.12"),
        ({"system": "Darwin"}, "Intel"),
        ({"reach": False}, "install offline"),
        ({"torch": NO_TORCH, "extension": NO_EXTENSION}, "Extensions Manager"),
        ({"wheelhouse": "/nowhere"}, "is no folder"),
    ],
)
def test_what_would_fail_stops_first_and_says_what_to_do(changed, told):
    findings = looked(**changed)
    assert findings[0].level == STOP
    assert told in findings[0].sentence
    assert not can_start(findings)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"memory_free_mb": 900.0}, "close other programs"),
        ({"memory_free_mb": None}, "unknown"),
        ({"disk_free_mb": None}, "unknown"),
        ({"system": "Windows", "packages_folder": Path("C:/Slicer-Zoë")}, "unusual letters"),
        ({"system": "Windows", "packages_folder": Path("C:/" + 130 * "x")}, "short path"),
    ],
)
def test_what_may_fail_is_a_warning(changed, told):
    findings = looked(**changed)
    assert findings[0].level == WARNING
    assert told in findings[0].sentence
    assert can_start(findings)


def test_a_gpu_build_needs_more_room_and_is_announced():
    findings = looked(torch=NO_TORCH, gpu="NVIDIA driver", disk_free_mb=5000.0)
    assert "make room" in findings[0].sentence
    assert any("GPU build" in one.sentence for one in findings)
    assert can_start(looked(torch=NO_TORCH, disk_free_mb=5000.0))


def test_torch_that_is_there_needs_no_extension():
    assert can_start(looked(extension=NO_EXTENSION))


def test_with_a_proxy_no_host_is_asked(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    assert can_start(looked(reach=False))


def test_a_wheelhouse_needs_no_network_but_every_wheel(tmp_path):
    for name in ("alpha-1.5-py3-none-any.whl", "Beta-2.0-1-py3-none-any.whl", "readme.txt"):
        (tmp_path / name).write_bytes(b"")
    assert wheel_names(tmp_path) == {"alpha": "1.5", "beta": "2.0"}
    assert can_start(looked(reach=False, wheelhouse=tmp_path))
    assert "no wheel of torch:" in looked(wheelhouse=tmp_path, torch=NO_TORCH)[0].sentence
    (tmp_path / "alpha-1.5-py3-none-any.whl").unlink()
    assert "no wheel of alpha:" in looked(wheelhouse=tmp_path)[0].sentence
