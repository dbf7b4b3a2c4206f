"""What is installed and how the rest is installed: nothing is ever installed by these tests."""

import importlib.metadata
import subprocess
import sys
import types
from pathlib import Path

import pythonqt_model

pythonqt_model.install()

import pytest  # noqa: E402
from Sketch2CTUI.setup.environment import Environment  # noqa: E402
from Sketch2CTUI.setup.install import (  # noqa: E402
    NO_EXTENSION,
    SlicerInstallers,
    fault_sentence,
)
from Sketch2CTUI.setup.machine import in_words, read_machine  # noqa: E402
from Sketch2CTUI.setup.packages import INCOMPLETE, INSTALLED, MISSING, WRONG, package_states, torch_build  # noqa: E402
from test_setup_preflight import machine  # noqa: E402

from Sketch2CTLib.errors import MissingDependency, OutputError  # noqa: E402
from Sketch2CTLib.resources import resource_path  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]


class Packages:
    """Stands for importlib.metadata: name → (version, requirements)."""

    def __init__(self, monkeypatch, **installed):
        self.installed = {"torch": ("2.13.0+cpu", []), "numpy": ("2.4.6", []), "SimpleITK": ("2.5.7", []), **installed}
        monkeypatch.setattr(importlib.metadata, "version", self.version)
        monkeypatch.setattr(importlib.metadata, "requires", lambda name: self.installed[name][1])

    def version(self, name):
        if name not in self.installed:
            raise importlib.metadata.PackageNotFoundError(name)
        return self.installed[name][0]


class Installers:
    """Notes what is asked, and installs into `Packages`."""

    def __init__(self, packages):
        self.packages, self.calls, self.missing, self.fault = packages, [], "", ""
        self.constraints, self.waiting = [], None

    def torch_extension(self):
        return self.missing

    def install_torch(self, requirement, *, replace, on_line):
        self.calls.append(("torch", requirement, replace))
        if self.fault:
            raise subprocess.CalledProcessError(1, "ltt")
        on_line("Successfully installed torch")
        self.packages.installed["torch"] = ("2.13.0+cu126", [])

    def install(self, arguments, constraints, on_line, on_done):
        self.calls.append(tuple(arguments))
        self.constraints.append(Path(constraints).read_text(encoding="utf-8"))
        on_line("Collecting")
        if self.fault:
            on_line(self.fault)
            on_done("pip ended with code 1.")
            return
        for name in ("alpha", "beta"):
            self.packages.installed[name] = ("1.5", [])
        if any("torch" in one for one in arguments):
            self.packages.installed["torch"] = ("2.13.0+cu126", [])
        if self.waiting is None:
            on_done("")
        else:
            self.waiting.append(on_done)


@pytest.fixture
def packages(monkeypatch):
    """torch, numpy and SimpleITK are there; alpha and beta are not."""
    return Packages(monkeypatch)


@pytest.fixture
def environment(packages, tmp_path):
    """An environment that needs alpha and beta."""
    (tmp_path / "requirements.txt").write_text("# why\nalpha>=1.2\nbeta  # and why\n", encoding="utf-8")
    return Environment(
        Installers(packages),
        requirements=tmp_path / "requirements.txt",
        folder=tmp_path / "user",
        machine=machine,
        reach=lambda _host: True,
    )


def run(environment, **arguments):
    lines, ends = [], []
    assert environment.install(lines.append, ends.append, **arguments)
    return lines, ends


def marker(environment):
    return environment.pending()


# ---- the list of requirements


def test_the_list_for_slicer_is_what_the_library_needs_less_what_slicer_brings():
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").split("\ndependencies = [")[1].split("]")[0]
    needed = {line.strip().strip('",') for line in lines.splitlines() if line.strip()}
    brought = {one for one in needed if one.startswith(("torch>", "numpy>", "vtk>", "SimpleITK>"))}
    assert set(Environment().requirements()) == needed - brought
    assert len(brought) == 4


def test_the_true_environment_of_these_tests_is_complete_and_torch_is_not_imported():
    code = (
        "import sys; sys.path[:0] = ['Testing/qt_model']; import pythonqt_model; pythonqt_model.install();"
        "from Sketch2CTUI.setup.environment import Environment; status = Environment().status();"
        "print(status.is_complete, 'torch' in sys.modules, status.sentence)"
    )
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert told.startswith("True False Everything"), told


# ---- states


def test_each_package_is_installed_missing_wrong_or_incomplete(monkeypatch):
    Packages(
        monkeypatch,
        alpha=("1.0", []),
        beta=("2.0", ["gamma>=1", 'windows-only; sys_platform == "none"', "delta; extra == 'more'"]),
        gamma=("1.0", ["epsilon", "beta"]),
    )
    states = {one.name: one for one in package_states(["alpha>=1.2", "beta", "gamma", "zeta>=3", "numpy"])}
    assert [states[name].state for name in ("alpha", "beta", "gamma", "zeta", "numpy")] == [
        WRONG,
        INCOMPLETE,
        INCOMPLETE,
        MISSING,
        INSTALLED,
    ]
    assert "epsilon" in states["beta"].detail
    assert package_states(["beta"], thorough=False)[0].state == INSTALLED


@pytest.mark.parametrize(
    ("version", "system", "build"),
    [
        ("2.13.0+cpu", "Linux", "CPU build"),
        ("2.13.0+cu126", "Linux", "GPU build (CUDA 12.6)"),
        ("2.12.1+cu130", "Windows", "GPU build (CUDA 13.0)"),
        ("2.12.1", "Windows", "CPU build"),
        ("2.13.0", "Linux", "GPU build"),
        ("2.13.0", "Darwin", "build for macOS"),
        ("", "Linux", ""),
    ],
)
def test_the_build_of_torch_is_read_from_its_version(version, system, build):
    assert torch_build(version, system) == build


def test_a_cpu_build_beside_a_graphics_card_is_named(environment):
    assert environment.status().mismatch == ""
    environment._machine = lambda: machine(gpu="NVIDIA driver")
    assert "CPU build" in environment.status().mismatch
    assert "Repair" in environment.status().mismatch


def test_the_machine_at_hand_can_be_read():
    found = read_machine()
    assert found.disk_free_mb > 0
    assert found.memory_free_mb > 0
    assert found.packages_folder.is_dir()
    assert [in_words(value) for value in (None, 300.0, 2048.0, 51_200.0)] == ["unknown", "300 MB", "2.0 GB", "50 GB"]


# ---- installing


def test_what_is_missing_is_installed_after_torch_and_torch_is_asked_of_the_extension_alone(environment, packages):
    del packages.installed["torch"]
    lines, ends = run(environment)
    assert environment.installers.calls == [("torch", "torch>=2.8", False), ("alpha>=1.2", "beta")]
    assert environment.installers.constraints == ["torch==2.13.0+cu126\nnumpy==2.4.6\nSimpleITK==2.5.7\n"]
    assert ends == [""]
    assert "Successfully installed torch" in lines
    assert environment.status().is_complete
    assert marker(environment) is None


def test_without_the_extension_pip_is_never_asked_for_torch(environment, packages):
    del packages.installed["torch"]

    def refuse(*_arguments, **_more):
        raise MissingDependency(NO_EXTENSION)

    environment.installers.install_torch = refuse
    _lines, ends = run(environment)
    assert ends == [f"Installing PyTorch failed. {NO_EXTENSION}"]
    assert environment.installers.calls == []


def test_torch_on_windows_stays_below_the_version_that_cannot_be_installed(environment, packages):
    del packages.installed["torch"]
    environment._machine = lambda: machine(system="Windows")
    run(environment)
    assert environment.installers.calls[0] == ("torch", "torch>=2.8,<2.13", False)


def test_a_repair_installs_again_and_replaces_a_cpu_build_beside_a_graphics_card(environment):
    environment._machine = lambda: machine(gpu="NVIDIA driver")
    run(environment, repair=True)
    assert environment.installers.calls == [
        ("torch", "torch>=2.8", True),
        ("--force-reinstall", "--no-deps", "alpha>=1.2", "beta"),
        ("alpha>=1.2", "beta"),
    ]


def test_offline_everything_comes_from_the_wheelhouse(environment, packages, tmp_path):
    del packages.installed["torch"]
    environment.wheelhouse = str(tmp_path)
    run(environment)
    source = ("--no-index", "--find-links", str(tmp_path))
    assert environment.installers.calls == [(*source, "torch>=2.8"), (*source, "alpha>=1.2", "beta")]
    assert "torch" not in environment.installers.constraints[0]


def test_a_cpu_build_can_be_replaced_from_the_wheelhouse(environment, tmp_path):
    environment._machine = lambda: machine(gpu="NVIDIA driver")
    environment.wheelhouse = str(tmp_path)
    run(environment, repair=True)
    assert environment.installers.calls[0][3:] == ("--force-reinstall", "--no-deps", "torch>=2.8")
    held = [text.startswith("torch==") for text in environment.installers.constraints]
    assert held == [False, True, True]


def test_a_second_installation_waits_for_the_end_of_the_first(environment):
    environment.installers.waiting = []
    run(environment)
    assert environment.is_installing
    assert not environment.install(print, print)
    assert environment.pending() is None
    environment.installers.waiting.pop()("")
    assert not environment.is_installing


def test_an_interrupted_installation_goes_on_where_it_was_after_a_restart(environment, packages, tmp_path):
    del packages.installed["torch"]
    environment.wheelhouse = str(tmp_path)
    environment.installers.waiting = []
    run(environment)
    environment.installers.waiting.pop()("")  # torch is there; then Slicer is closed
    again = Environment(Installers(packages), tmp_path / "requirements.txt", tmp_path / "user", machine)
    pending = again.pending()
    assert pending.steps == ("Python packages",)
    assert pending.wheelhouse == str(tmp_path)
    ends = []
    assert again.resume(lambda _line: None, ends.append)
    assert again.installers.calls == [("--no-index", "--find-links", str(tmp_path), "alpha>=1.2", "beta")]
    assert ends == [""]
    assert again.pending() is None
    assert not again.resume(print, print)


@pytest.mark.parametrize(
    "content", ["", "[]", '{"format": "sketch2ct.pending-install", "version": 1, "steps": ["rm"]}']
)
def test_a_note_that_cannot_be_understood_is_no_installation(environment, tmp_path, content):
    (tmp_path / "user").mkdir()
    (tmp_path / "user" / "pending_install.json").write_text(content, encoding="utf-8")
    assert environment.pending() is None


def test_a_note_that_is_not_wanted_is_removed(environment):
    environment.installers.fault = "ERROR: No space left on device"
    run(environment)
    assert environment.pending().steps == ("Python packages",)
    environment.forget_pending()
    assert environment.pending() is None


def test_a_user_folder_that_cannot_be_written_is_one_sentence(environment, tmp_path):
    (tmp_path / "user").write_text("a file", encoding="utf-8")
    _lines, ends = run(environment)
    assert len(ends) == 1
    assert "cannot be written" in ends[0]
    assert environment.installers.calls == []
    assert not environment.is_installing


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("OSError: [Errno 28] No space left on device", "The disk is full"),
        ("[WinError 32] The process cannot access the file because it is being used by another process", "in use"),
        ("NewConnectionError: Failed to establish a new connection: [Errno -3] Temporary failure", "broke off"),
        ("ERROR: Could not find a version that satisfies the requirement alpha", "not to be had"),
        ("ERROR: ResolutionImpossible: for help visit", "Another extension"),
        ("something else", "reason that is not known"),
    ],
)
def test_a_failure_is_one_sentence_with_what_to_do(environment, line, told):
    environment.installers.fault = line
    _lines, ends = run(environment)
    assert told in ends[0]
    assert ends[0].startswith("Installing Python packages failed. ")
    assert not environment.is_installing


def test_a_failure_of_torch_is_told_and_nothing_else_is_installed(environment, packages):
    del packages.installed["torch"]
    environment.installers.fault = "x"
    _lines, ends = run(environment)
    assert ends[0].startswith("Installing PyTorch failed.")
    assert [call[0] for call in environment.installers.calls] == ["torch"]


def test_only_the_end_of_a_long_log_says_why():
    lines = ["ERROR: No space left on device", *["Collecting"] * 500]
    assert "not known" in fault_sentence("PyTorch", lines)


def test_a_package_that_was_loaded_in_another_version_asks_for_a_restart(environment, packages, monkeypatch):
    packages.installed["alpha"] = ("1.0", [])
    before = environment.status()
    run(environment)
    after = environment.status()
    assert environment.changed_in_memory(before, after) == ()
    monkeypatch.setitem(sys.modules, "alpha", sys)
    assert environment.changed_in_memory(before, after) == ("alpha",)


def test_outside_slicer_the_true_installers_say_what_is_missing():
    installers = SlicerInstallers()
    assert installers.torch_extension() == NO_EXTENSION
    with pytest.raises(MissingDependency, match="Extensions Manager"):
        installers.install_torch("torch>=2.8", replace=False, on_line=print)


def test_a_list_of_packages_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(MissingDependency, match="Reinstall"):
        Environment(requirements=tmp_path / "none.txt").status()


def test_the_shipped_list_is_where_the_environment_looks():
    assert resource_path("requirements.txt").is_file()


def test_the_note_is_removed_only_where_it_can_be(environment):
    path = environment._marker.path
    path.mkdir(parents=True)
    with pytest.raises(OutputError, match="cannot be removed"):
        environment.forget_pending()


def test_the_network_is_asked_before_and_not_with_a_wheelhouse_or_a_proxy(tmp_path, monkeypatch):
    asked = []
    (tmp_path / "list.txt").write_text("numpy\n", encoding="utf-8")
    environment = Environment(
        types.SimpleNamespace(torch_extension=lambda: ""),
        tmp_path / "list.txt",
        tmp_path,
        machine,
        reach=lambda host: asked.append(host) or host == "pypi.org",
    )
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    reached = environment.look_outside()
    assert reached == {"pypi.org": True, "download.pytorch.org": False}
    told = " ".join(one.sentence for one in environment.preflight(reached))
    assert "download.pytorch.org cannot be reached" in told and len(asked) == 2
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    assert environment.look_outside() == {}
    monkeypatch.delenv("HTTPS_PROXY")
    environment.wheelhouse = str(tmp_path)
    assert environment.look_outside() == {} and len(asked) == 2
