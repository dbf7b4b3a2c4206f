"""Slicer's module as CMake installs it, with a stand-in for Slicer's package, and imported from there."""

import ast
import os
import re
import shutil
import subprocess
import sys
from functools import partial

import pytest

from Testing.rules.house import ROOT, syntax, tracked_files

MODULE = ROOT / "Sketch2CT" / "Sketch2CT.py"
NEEDED = (3, 28)  # of cmake, as Slicer's extensions ask for
SCRIPTED = "lib/Slicer-5.12/qt-scripted-modules"
SHARE = "share/Slicer-5.12"

# What Slicer's own macros do, as far as it concerns which file lands where.
SLICER_CONFIG = f"""
set(Slicer_USE_FILE "${{CMAKE_CURRENT_LIST_DIR}}/UseSlicer.cmake")
set(Slicer_EXTENSION_GENERATE_CONFIG "${{CMAKE_CURRENT_LIST_DIR}}/Nothing.cmake")
set(Slicer_EXTENSION_CPACK "${{CMAKE_CURRENT_LIST_DIR}}/Nothing.cmake")
set(Slicer_QTLOADABLEMODULES_SHARE_DIR "{SHARE}/qt-loadable-modules")
set(Slicer_INSTALL_QTLOADABLEMODULES_SHARE_DIR "{SHARE}/qt-loadable-modules")
"""
USE_SLICER = f"""
function(slicerMacroBuildScriptedModule)
  cmake_parse_arguments(MY "WITH_GENERIC_TESTS;WITH_SUBDIR" "NAME" "SCRIPTS;RESOURCES" ${{ARGN}})
  set(subdir "")
  if(MY_WITH_SUBDIR)
    set(subdir "/${{MY_NAME}}")
  endif()
  foreach(file IN LISTS MY_SCRIPTS MY_RESOURCES)
    get_filename_component(folder "${{file}}" DIRECTORY)
    install(FILES "${{CMAKE_CURRENT_SOURCE_DIR}}/${{file}}" DESTINATION "{SCRIPTED}${{subdir}}/${{folder}}")
  endforeach()
endfunction()
function(slicer_add_python_unittest)
endfunction()
"""


def cmake() -> str:
    """A cmake that is new enough; the test is skipped where there is none."""
    for found in (shutil.which("cmake", path=os.path.dirname(sys.executable)), shutil.which("cmake")):
        if found:
            told = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
            match = re.search(r"(\d+)\.(\d+)", told)
            if match and tuple(map(int, match.groups())) >= NEEDED:
                return found
    pytest.skip(f"cmake {'.'.join(map(str, NEEDED))} or newer is not installed (`pip install cmake` brings one)")


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The extension, installed into a folder as Slicer's package is laid out."""
    base = tmp_path_factory.mktemp("slicer")
    program, package, build, prefix = cmake(), base / "package", base / "build", base / "installed"
    package.mkdir()
    files = {"SlicerConfig.cmake": SLICER_CONFIG, "UseSlicer.cmake": USE_SLICER, "Nothing.cmake": ""}
    for name, text in files.items():
        (package / name).write_text(text, encoding="utf-8")
    source = base / "source"  # what git would hand out, nothing that lies about in a checkout
    for path in tracked_files():
        if path.parts[len(ROOT.parts)] in {"CMakeLists.txt", "Sketch2CT", "Sketch2CTLib", "Resources"}:
            target = source / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            place = target.symlink_to if path.suffix == ".safetensors" else partial(shutil.copyfile, dst=target)
            place(path)
    steps = (
        [program, "-S", source, "-B", build, f"-DSlicer_DIR={package}", f"-DCMAKE_INSTALL_PREFIX={prefix}"],
        [program, "--install", build],
    )
    for step in steps:
        done = subprocess.run([str(part) for part in step], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return prefix


def module_files():
    return [p for p in tracked_files() if ROOT / "Sketch2CT" in p.parents and p.name != "CMakeLists.txt"]


def test_every_file_of_the_module_is_installed(installed):
    for path in module_files():
        assert (installed / SCRIPTED / path.relative_to(ROOT / "Sketch2CT")).is_file(), path


def test_each_file_of_the_installed_panels_is_imported_from_its_folder(installed):
    """A stand-in for Slicer's packages is enough: what is imported is the tree of files, not what they do."""
    base = installed / SCRIPTED
    names = [".".join(path.relative_to(base).with_suffix("").parts) for path in sorted(base.glob("Sketch2CTUI/*/*.py"))]
    assert len(names) > 50
    code = (
        "import sys; from importlib import import_module; from unittest.mock import MagicMock;"
        "sys.modules.update({name: MagicMock() for name in"
        " ('qt', 'ctk', 'slicer', 'slicer.util')});"
        f"files = [import_module(name).__file__ for name in {names!r}];"
        f"assert all(file.startswith({str(base)!r}) for file in files), files"
    )
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {
        "PYTHONPATH": str(base)
    }
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment, cwd=installed
    )
    assert done.returncode == 0, done.stderr


def test_every_file_of_the_library_is_installed_beside_it(installed):
    for path in tracked_files():
        if ROOT / "Sketch2CTLib" in path.parents and path.name != "CMakeLists.txt":
            assert (installed / SCRIPTED / path.relative_to(ROOT)).is_file(), path


def test_the_resources_are_where_the_installed_library_looks(installed):
    code = (
        "import Sketch2CTLib, Sketch2CTLib.resources as r; print(Sketch2CTLib.__file__); print(r.resources_folder());"
        "assert r.resource_path('requirements.txt').is_file()"
    )
    environment = {
        name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "SKETCH2CT_RESOURCES"}
    }
    environment["PYTHONPATH"] = str(installed / SCRIPTED)
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, text=True, check=False, env=environment, cwd=installed
    )
    assert done.returncode == 0, done.stderr
    package, resources = done.stdout.splitlines()
    assert package.startswith(str(installed)) and resources == str(installed / SHARE / "Sketch2CT")


def test_the_metadata_that_the_extension_index_reads_are_there():
    text = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    for name in ("HOMEPAGE", "CONTRIBUTORS", "DESCRIPTION", "ICONURL", "SCREENSHOTURLS", "DEPENDS"):
        assert re.search(rf'^set\(EXTENSION_{name} ".*"\)$', text, flags=re.MULTILINE), name
    assert 'set(EXTENSION_DEPENDS "PyTorch")' in text


def test_the_module_has_its_four_classes_and_its_name_everywhere():
    classes = {node.name for node in syntax(MODULE).body if isinstance(node, ast.ClassDef)}
    assert classes == {"Sketch2CT", "Sketch2CTWidget", "Sketch2CTLogic", "Sketch2CTTest"}
    assert "<class>Sketch2CT</class>" in (MODULE.parent / "Resources/UI/Sketch2CT.ui").read_text(encoding="utf-8")
