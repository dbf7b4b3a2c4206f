"""The documents say what is there."""

import ast
import re
import tomllib

import pytest

import Sketch2CTLib
from Sketch2CTLib.cli.main import VERBS
from Testing.rules.house import LIBRARY, ROOT, library_files, short, syntax, tracked_files


@pytest.mark.parametrize("path", library_files(), ids=short)
def test_every_module_says_what_it_is(path):
    assert ast.get_docstring(syntax(path)), f"{short(path)} has no docstring."


def test_the_readme_names_the_two_commands_and_the_limits():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for needed in ("make demo", "make test", "not for diagnosis"):
        assert needed in text, f"README.md does not say '{needed}'."


def test_the_map_names_every_room():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rooms = {path.relative_to(LIBRARY).parts[0].removesuffix(".py") for path in library_files()}
    missing = sorted(room for room in rooms if not room.startswith("__") and f"`{room}" not in text)
    assert not missing, f"CONTRIBUTING.md does not name {missing}."


def test_the_map_names_every_command():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for command in ("make demo", "make test", "make lint", "make check"):
        assert command in text


def test_every_verb_is_known_to_the_readme_or_the_map():
    text = "".join((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "CONTRIBUTING.md"))
    missing = [verb for verb in VERBS if f"sketch2ct {verb}" not in text]
    assert not missing, f"Neither README.md nor CONTRIBUTING.md shows {missing}."


@pytest.mark.parametrize("path", [p for p in tracked_files() if p.suffix == ".md"], ids=short)
def test_links_lead_somewhere(path):
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r"""<img[^>]*src=["']([^"']+)""", text):
        if not re.match(r"[a-z]+:|#", target):
            assert (path.parent / target.split("#")[0]).exists(), f"{short(path)} links to '{target}'."


def test_the_changelog_knows_this_version():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## [Unreleased]" in text
    assert f"## [{Sketch2CTLib.__version__}]" in text


def test_constraints_agree_with_the_requirements():
    from packaging.requirements import Requirement

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = [Requirement(line) for line in lines if line and not line.startswith("#")]
    assert pinned[0].name == "torch" and str(pinned[0].specifier).startswith("=="), "torch is pinned first and exactly"
    versions = {pin.name.lower(): str(pin.specifier).lstrip("=").replace("*", "0") for pin in pinned}
    wanted = [*project["dependencies"], *(r for extra in project["optional-dependencies"].values() for r in extra)]
    for requirement in map(Requirement, wanted):
        version = versions.get(requirement.name.lower())
        assert version is None or requirement.specifier.contains(version), (
            f"{requirement} excludes the pinned {version}"
        )
    assert {Requirement(r).name.lower() for r in project["dependencies"]} <= set(versions), (
        "every core package is pinned"
    )


def test_slicers_requirements_agree_with_the_package():
    from packaging.requirements import Requirement

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = (ROOT / "Resources" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    slicer = {Requirement(line) for line in lines if line and not line.startswith("#")}
    core = {Requirement(line) for line in project["dependencies"]}
    own = {"torch", "numpy", "vtk", "simpleitk"}  # torch comes through the PyTorch extension, the rest with Slicer
    assert slicer == {requirement for requirement in core if requirement.name.lower() not in own}


def test_the_numbers_of_the_readme_are_those_of_the_model_card():
    readme, card = (
        (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "Resources/Models/default/README.md")
    )
    value = r" (0\.\d+) \|"
    rows = re.findall(rf"^\| ([a-z ]+) \| (\d+) \| (0\.\d+ \[[^]]*\]) \|{4 * value}", readme, re.MULTILINE)
    assert len(rows) == 6
    names, *_ = re.findall(r"^\| Dice \| (.*) \|$", card, re.MULTILINE)
    dice = {
        row.split(" | ")[0]: row.split(" | ")[1:]
        for row in re.findall(r"^\| (.* \| 0\.\d{3} .*) \|$", card, re.MULTILINE)
    }
    baselines = ("mean shape", "nearest silhouette", "inflated silhouette")
    for name, count, interval, few, second, contours, baseline in rows:
        assert f"| {name} | {count} | {interval} |" in card
        column = names.split(" | ").index(name)
        assert baseline == max(dice[one][column] for one in baselines), name
        asked = tuple(dice[one][column] for one in ("few numbers", "second view", "4 contours"))
        assert (few, second, contours) == asked, name
