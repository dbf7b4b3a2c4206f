"""Where things lie, how large they are, and what they never contain."""

import ast
import re

import pytest

from Testing.rules.house import LIBRARY, ROOT, library_files, short, syntax, tracked_files

TOP_LEVEL = {
    "CHANGELOG.md",
    "CMakeLists.txt",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "Resources",
    "Sketch2CT",
    "Sketch2CT.png",
    "Sketch2CTLib",
    "Testing",
    "constraints.txt",
    "pyproject.toml",
}
HIDDEN = {".ci", ".gitattributes", ".gitignore"}
LONGEST_FILE = 400
TEXT = {".py", ".md", ".toml", ".txt", ".yaml", ".yml", ".json", ".csv", ".cmake", ".ui", ""}
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:" + "|".join(("work", "root", "home", "Users")) + r")/\w")


def test_the_top_level_holds_only_what_the_map_names():
    present = {path.relative_to(ROOT).parts[0] for path in tracked_files()}
    assert present - HIDDEN <= TOP_LEVEL, f"Not on the map: {sorted(present - HIDDEN - TOP_LEVEL)}"
    assert present >= TOP_LEVEL, f"Missing: {sorted(TOP_LEVEL - present)}"


@pytest.mark.parametrize("path", library_files(), ids=short)
def test_a_library_file_stays_short(path):
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= LONGEST_FILE, f"{short(path)} has {lines} lines; split it by noun."


@pytest.mark.parametrize("path", library_files(), ids=short)
def test_no_printing_or_exiting_outside_cli(path):
    if "cli" in path.parts or path.name == "__main__.py":
        return
    for node in ast.walk(syntax(path)):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called not in {"print", "exit", "quit", "sys.exit"}, f"{short(path)}:{node.lineno} calls {called}()."


@pytest.mark.parametrize("path", library_files(), ids=short)
def test_no_broad_except(path):
    for node in ast.walk(syntax(path)):
        if isinstance(node, ast.ExceptHandler):
            caught = (
                [] if node.type is None else [ast.unparse(part) for part in getattr(node.type, "elts", [node.type])]
            )
            broad = node.type is None or {"Exception", "BaseException"} & set(caught)
            assert not broad, f"{short(path)}:{node.lineno} catches everything; name the errors that are expected."


@pytest.mark.parametrize("path", library_files(), ids=short)
def test_no_global_random_state(path):
    drawn = re.compile(r"\b(?:np|numpy)\.random\.(?!Generator\b|default_rng\b|SeedSequence\b|PCG64\b|Philox\b)\w+")
    for node in ast.walk(syntax(path)):
        if isinstance(node, ast.Attribute):
            name = ast.unparse(node)
            assert not drawn.fullmatch(name), f"{short(path)}:{node.lineno} uses {name}; pass a generator."
            # Initialisers of torch networks take no generator, so a training seeds the process that it owns.
            owns_process = path.is_relative_to(LIBRARY / "training")
            assert owns_process or name != "torch.manual_seed", f"{short(path)}:{node.lineno} uses {name}."


def test_no_paths_of_one_machine():
    found = []
    for path in tracked_files():
        if path.suffix in TEXT and path.stat().st_size < 5_000_000:
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
                if MACHINE_PATHS.search(line):
                    found.append(f"{short(path)}:{number}: {line.strip()[:100]}")
    assert not found, "\n".join(found)


def cmake_list(path, name):
    """The entries of `set(<name> ...)` in a CMake file."""
    match = re.search(rf"set\({name}\b(.*?)\)", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert match, f"{short(path)} has no set({name} ...)."
    return match.group(1).split()


@pytest.mark.parametrize("folder", ["Sketch2CT", "Sketch2CTLib"])
def test_cmake_lists_what_the_folder_holds(folder):
    base = ROOT / folder
    listed_in = base / "CMakeLists.txt"
    files = [path.relative_to(base).as_posix() for path in tracked_files() if base in path.parents]
    scripts = sorted(name for name in files if name.endswith(".py"))
    resources = sorted(name for name in files if not name.endswith(".py") and name != "CMakeLists.txt")
    for name, expected in (("MODULE_PYTHON_SCRIPTS", scripts), ("MODULE_PYTHON_RESOURCES", resources)):
        listed = cmake_list(listed_in, name)
        correct = "\n".join(f"  {entry}" for entry in expected)
        assert listed == expected, f"set({name} ...) of {short(listed_in)} should hold, in this order:\n{correct}"


def test_the_shipped_files_are_small_enough_for_the_extension_index():
    total = sum(path.stat().st_size for path in tracked_files())
    assert total < 100e6, f"The checkout holds {total / 1e6:.0f} MB; the extension index allows 100 MB."


def test_every_room_has_a_package_file():
    folders = {path.parent for path in library_files()}
    bare = [short(folder) for folder in folders if folder != LIBRARY and not (folder / "__init__.py").is_file()]
    assert not bare, f"No __init__.py in {bare}: they would be missing from installations."
