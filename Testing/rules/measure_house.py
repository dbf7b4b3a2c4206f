"""The house in numbers: `python -m Testing.rules.measure_house [--at COMMIT …] [--apply] [--list]`.

Each commit, and then the working tree, is a column. What is counted, in Sketch2CT and Sketch2CTLib:

- lines and files a room: a room is a folder of Sketch2CTLib or of Sketch2CTUI; files beside it count by themselves
- largest folder: Python files directly in it
- import cycles: groups of files that reach each other by imports, those inside functions counted, those under
  TYPE_CHECKING apart; `from room import name` leads to the room's `__init__`, or to the file `name` where it is one
- class names that two classes have, private ones counted
- wrapper values from sketch to network: the classes that hold a `Sketch` by their fields, directly or through another
  one, and the values of `conditioning` that hold its tensors; those of OFF_THE_WAY do not count
- functions with more than six arguments, less self and cls; commands of the CLI, whose arguments are options, apart
- with --apply, files from Apply to the nodes: see `apply_path`; it runs two tests of the panels
"""

import argparse
import ast
import io
import os
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MOST_ARGUMENTS = 6
APPLY_TESTS = (
    "Testing/qt_model/test_controller.py::test_a_result_becomes_nodes_and_a_table",
    "Testing/qt_model/test_backend.py::test_a_run_tells_progress_and_brings_its_files",
)

# Rooms whose classes hold drawings for other ends, and classes that carry none to a network.
OTHER_ROOMS = ("sketch", "training", "evaluation", "cli")
OFF_THE_WAY = {
    "Former": "a former result, read back",
    "Change": "what an edit says of a former result",
    "MaskStageRun": "the mask stage at work on a placed request, which it turns into a ConditionBatch",
    "GenerationResult": "what comes out",
}


@dataclass
class House:
    """The Python files of a checkout without its tests, parsed."""

    root: Path
    trees: dict[str, ast.Module] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)

    def __post_init__(self):
        for folder in ("Sketch2CT", "Sketch2CTLib"):
            for path in sorted((self.root / folder).rglob("*.py")):
                name, text = path.relative_to(self.root).as_posix(), path.read_text(encoding="utf-8")
                self.trees[name], self.lines[name] = ast.parse(text, filename=name), text.count("\n")

    def rooms(self):
        """Room → (files, lines)."""
        counted = defaultdict(lambda: [0, 0])
        for name, lines in self.lines.items():
            entry = counted[room_of(name)]
            entry[0] += 1
            entry[1] += lines
        return {name: tuple(entry) for name, entry in sorted(counted.items())}

    def largest_folder(self):
        """(files, folder) of the folder with most Python files directly in it."""
        folders = Counter(name.rpartition("/")[0] for name in self.lines)
        folder, files = folders.most_common(1)[0]
        return files, folder

    def imports(self, *, types=False):
        """File → files that it imports; with `types` also those under TYPE_CHECKING."""
        modules = {module_of(name): name for name in self.trees}
        walk = ast.walk if types else runtime_nodes
        return {name: imported_files(name, walk(tree), modules) - {name} for name, tree in self.trees.items()}

    def cycles(self, *, types=False):
        """Groups of files that reach each other by imports, the largest first; with `types` those for types too."""
        import numpy as np
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        names, edges = list(self.trees), self.imports(types=types)
        pairs = [(names.index(one), names.index(other)) for one in names for other in edges[one]]
        ends = np.array(pairs, dtype=int).reshape(-1, 2).T
        graph = coo_array((np.ones(len(pairs)), (ends[0], ends[1])), shape=(len(names), len(names)))
        groups = defaultdict(list)
        for name, group in zip(names, connected_components(graph, connection="strong")[1], strict=True):
            groups[group].append(name)
        return sorted((group for group in groups.values() if len(group) > 1), key=len, reverse=True)

    def classes(self):
        """Class name → files that define one of it."""
        places = defaultdict(list)
        for name, tree in self.trees.items():
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef):
                    places[node.name].append(name)
        return dict(places)

    def duplicates(self):
        """Class names that more than one class has → their files."""
        return {name: files for name, files in sorted(self.classes().items()) if len(files) > 1}

    def wrappers(self):
        """Classes on a drawing's way to the networks → their files."""
        fields = {
            (file, node.name): annotated(node)
            for file, tree in self.trees.items()
            if file.startswith("Sketch2CTLib/") and not room_of(file).endswith(OTHER_ROOMS)
            for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef)
        }
        held, before = {"Sketch"}, set()
        while held != before:
            before = set(held)
            held |= {name for (_, name), names in fields.items() if names & held}
        return {
            name: file
            for (file, name), names in fields.items()
            if name not in OFF_THE_WAY and (names & held or ("/conditioning/" in file and "Tensor" in names))
        }

    def long_signatures(self):
        """'file:line name (arguments)' of functions with more than six, those of the CLI in a list of their own."""
        others, commands = [], []
        for name, tree in self.trees.items():
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and arguments(node) > MOST_ARGUMENTS:
                    found = commands if "/cli/" in name else others
                    found.append(f"{name}:{node.lineno} {node.name} ({arguments(node)})")
        return others, commands


def room_of(name):
    """The room that a file belongs to: its folder below Sketch2CTLib or Sketch2CTUI, or the package itself."""
    folder = name.rpartition("/")[0].removeprefix("Sketch2CT/")
    return "/".join(folder.split("/")[:2])


def annotated(node):
    """The names in the annotations of a class's fields."""
    kinds = [line.annotation for line in node.body if isinstance(line, ast.AnnAssign)]
    text = " | ".join(kind.value if isinstance(kind, ast.Constant) else ast.unparse(kind) for kind in kinds)
    return {part.id for part in ast.walk(ast.parse(text or "None")) if isinstance(part, ast.Name)}


def module_of(name):
    """The dotted name that a file is imported by."""
    parts = name.removeprefix("Sketch2CT/").removesuffix(".py").split("/")
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_files(name, nodes, modules):
    """The files of `modules` (dotted name → file) that the imports among a file's syntax nodes lead to."""
    package = module_of(name).split(".")
    if not name.endswith("/__init__.py"):
        package.pop()
    reached = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            reached |= {modules[alias.name] for alias in node.names if alias.name in modules}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                target = modules.get(f"{base}.{alias.name}", modules.get(base))
                reached |= {target} if target else set()
    return reached


def runtime_nodes(tree):
    """The nodes of a syntax tree without those under `if TYPE_CHECKING`."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        typing_only = isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        waiting += node.orelse if typing_only else ast.iter_child_nodes(node)


def arguments(function):
    """How many arguments a function takes, less self and cls."""
    names = [one.arg for one in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]
    return len(names) - (names[:1] in (["self"], ["cls"]))


def apply_path(root):
    """The files that a run passes between Apply and the nodes; None where a test of them fails."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "files.txt"
        environment = os.environ | {"SKETCH2CT_APPLY_PATH": str(told), "PYTHONPATH": str(Path(__file__).parent)}
        command = [sys.executable, "-m", "pytest", "-q", "-p", "apply_path", *APPLY_TESTS]
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
        return told.read_text(encoding="utf-8").split() if done.returncode == 0 else None


def columns(commits, *, with_apply):
    """Title → (House, files from Apply to the nodes) of each commit, and of the working tree."""
    measured = {}
    for commit in commits:
        with tempfile.TemporaryDirectory() as folder:
            packed = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True).stdout
            with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
                archive.extractall(folder, filter="data")
            measured[commit] = House(Path(folder)), apply_path(Path(folder)) if with_apply else None
    return measured | {"now": (House(ROOT), apply_path(ROOT) if with_apply else None)}


def summary(house, path):
    """What one column of the table says: row → text."""
    (files, folder), (long, commands) = house.largest_folder(), house.long_signatures()
    return {
        "lines without tests": f"{sum(house.lines.values())}",
        "files": f"{len(house.lines)}",
        "largest folder (≤ 25)": f"{files}  {folder}",
        "import cycles (0)": counted(house.cycles()),
        "the same with imports for types": counted(house.cycles(types=True)),
        "class names of two classes (0)": f"{len(house.duplicates())}",
        "wrapper values, sketch → network (≤ 4)": f"{len(house.wrappers())}",
        "files from Apply to the nodes (≤ 15)": "not measured" if path is None else f"{len(path)}",
        "functions with more than six arguments": f"{len(long)} (and {len(commands)} commands)",
    }


def counted(cycles):
    """How many cycles there are, and how large the largest is."""
    return f"{len(cycles)}, the largest of {len(cycles[0])} files" if cycles else "0"


def details(title, house, path):
    """What stands behind the numbers of one column, one a line."""
    long, commands = house.long_signatures()
    sections = {
        "import cycles": [" ".join(sorted(group)) for group in house.cycles()],
        "import cycles with imports for types": [" ".join(sorted(group)) for group in house.cycles(types=True)],
        "class names of two classes": [f"{name}: {' '.join(files)}" for name, files in house.duplicates().items()],
        "wrapper values": [f"{name}: {file}" for name, file in house.wrappers().items()],
        "files from Apply to the nodes": path or [],
        "more than six arguments": [*long, *commands],
    }
    for name, lines in sections.items():
        yield f"\n{title}, {name}:"
        yield from (f"  {line}" for line in lines)


def show(measured, *, listed):
    """Prints the table, the rooms, and the lists where they are wanted."""
    from rich.console import Console
    from rich.table import Table

    console = Console(width=160)
    table = Table("", *measured)
    cells = [summary(*column) for column in measured.values()]
    for row in cells[0]:
        table.add_row(row, *(one[row] for one in cells))
    table.add_section()
    rooms = [house.rooms() for house, _ in measured.values()]
    for room in sorted(set().union(*rooms)):
        table.add_row(room, *("{} files, {} lines".format(*one[room]) if room in one else "" for one in rooms))
    console.print(table)
    if listed:
        for title, (house, path) in measured.items():
            console.print("\n".join(details(title, house, path)), highlight=False, soft_wrap=True)


def main():
    parser = argparse.ArgumentParser(description="The house in numbers.")
    parser.add_argument("--at", action="append", default=[], metavar="COMMIT", help="a column of that commit")
    parser.add_argument("--apply", action="store_true", help="also count the files from Apply to the nodes")
    parser.add_argument("--list", action="store_true", help="also list what was counted")
    chosen = parser.parse_args()
    show(columns(chosen.at, with_apply=chosen.apply), listed=chosen.list)


if __name__ == "__main__":
    main()
