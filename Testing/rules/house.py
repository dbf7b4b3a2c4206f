"""The house as data: rooms, their order, and the files that git would track."""

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = ROOT / "Sketch2CTLib"

# A room may import rooms of a lower floor only; rooms on one floor do not know each other.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("__init__",),
    ("errors",),
    ("apart", "atomic", "own_process", "resources", "workers"),
    ("frames",),
    ("catalog",),
    ("terminology",),
    ("own_structures",),
    ("offered", "relations", "training_ranges"),
    ("sketch", "description", "service.protocol", "bundles"),
    ("service.client",),
    ("conditioning", "networks", "diffusion", "weights", "data", "formats"),
    ("generation",),
    ("training", "evaluation", "service"),
    ("synthesis",),
    ("cli",),
    ("__main__",),
)
FLOOR_OF = {room: number for number, floor in enumerate(FLOORS) for room in floor}

LIGHT_ROOMS = (
    "errors",
    "apart",
    "atomic",
    "own_process",
    "resources",
    "frames",
    "catalog",
    "terminology",
    "own_structures",
    "offered",
    "relations",
    "training_ranges",
    "sketch",
    "description",
    "bundles",
    "service.protocol",
    "service.client",
)
HEAVY_PACKAGES = ("torch", "monai", "transformers", "diffusers", "sentence_transformers", "lightning_fabric")
SLICER_PACKAGES = ("slicer", "qt", "ctk", "PythonQt", "mrml")


@cache
def tracked_files() -> tuple[Path, ...]:
    """Every file that belongs to the project: tracked, or new and not ignored; in a copy without git, by walking."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        names = [name for name in listed.stdout.split("\0") if name]
        return tuple(sorted(path for name in names if (path := ROOT / name).is_file()))
    skipped = {".git", ".venv", "build", "dist", "demo", "runs", "__pycache__"}
    found = (p for p in ROOT.rglob("*") if p.is_file() and not skipped & set(p.relative_to(ROOT).parts))
    return tuple(sorted(p for p in found if not any(part.endswith("_cache") for part in p.relative_to(ROOT).parts)))


def library_files() -> list[Path]:
    """The Python files of Sketch2CTLib."""
    return [p for p in tracked_files() if p.suffix == ".py" and LIBRARY in p.parents]


def short(path: Path) -> str:
    """The path as messages show it."""
    return path.relative_to(ROOT).as_posix()


@cache
def syntax(path: Path) -> ast.Module:
    """The parsed file, parsed once for all rules."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def module_name(path: Path) -> str:
    """The dotted name of a library file inside Sketch2CTLib, `__init__` for the package itself."""
    parts = list(path.relative_to(LIBRARY).with_suffix("").parts)
    if len(parts) > 1 and parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts)


def room_of(module: str) -> str:
    """The room that a module inside Sketch2CTLib belongs to: the longest name on the floors that it begins with."""
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        if (name := ".".join(parts[:length])) in FLOOR_OF:
            return name
    raise AssertionError(f"Sketch2CTLib/{module} is in no room of the house; add the room to Testing/rules/house.py.")


def imported_modules(path: Path) -> set[str]:
    """Absolute dotted names of everything that a library file imports, inside functions too.

    `from X import a` counts as X.a, so that submodules and rooms are seen whichever way they are written.
    """
    package = ["Sketch2CTLib", *path.relative_to(LIBRARY).parent.parts]
    names: set[str] = set()
    for node in ast.walk(syntax(path)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            names.update(f"{base}.{alias.name}" for alias in node.names)
    return names
