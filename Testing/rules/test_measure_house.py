"""The house's measure counts what it says: on a small house whose numbers are known."""

import pytest

from Testing.rules.measure_house import House

FILES = {
    "Sketch2CT/Sketch2CT.py": "from Sketch2CTUI.nodes import loading\n",
    "Sketch2CT/Sketch2CTUI/__init__.py": "",
    "Sketch2CT/Sketch2CTUI/nodes/__init__.py": "",
    "Sketch2CT/Sketch2CTUI/nodes/loading.py": "from . import display\nclass Report: ...\n",
    "Sketch2CT/Sketch2CTUI/nodes/display.py": "def show():\n    from .loading import Report\n",
    "Sketch2CTLib/__init__.py": "",
    "Sketch2CTLib/sketch/__init__.py": "from .model import Sketch\n",
    "Sketch2CTLib/sketch/model.py": "class Sketch: ...\nclass Drawing:\n    drawn: Sketch\n",
    "Sketch2CTLib/conditioning/encoder.py": "class Batch:\n    pictures: Tensor\nclass Config:\n    width: int\n",
    "Sketch2CTLib/generation/job.py": (
        "from typing import TYPE_CHECKING\nfrom ..sketch import Sketch\n"
        "if TYPE_CHECKING:\n    from .report import Report\n"
        "class Job:\n    sketch: Sketch | None\nclass Former:\n    sketch: Sketch\n"
    ),
    "Sketch2CTLib/generation/report.py": (
        "from .job import Job\nclass Report:\n    job: 'Job'\n"
        "def long(a, b, c, d, e, f, *, g): ...\nclass _Part:\n    def short(self, a, b, c, d, e, f): ...\n"
    ),
    "Sketch2CTLib/cli/train.py": "def train(a, b, c, d, e, f, g): ...\n",
}


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    root = tmp_path_factory.mktemp("house")
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return House(root)


def test_rooms_are_folders_with_their_lines(house):
    rooms = house.rooms()
    assert rooms["Sketch2CTUI/nodes"] == (3, 4) and rooms["Sketch2CTLib/sketch"] == (2, 4)
    assert rooms["Sketch2CT"] == (1, 1) and rooms["Sketch2CTUI"] == (1, 0)
    assert sum(lines for _, lines in rooms.values()) == sum(text.count("\n") for text in FILES.values())
    assert house.largest_folder() == (3, "Sketch2CT/Sketch2CTUI/nodes")


def test_cycles_count_imports_inside_functions_and_those_for_types_apart(house):
    def base(cycles):
        return [{name.rpartition("/")[2] for name in group} for group in cycles]

    assert base(house.cycles()) == [{"loading.py", "display.py"}]
    assert sorted(map(sorted, base(house.cycles(types=True)))) == [
        ["display.py", "loading.py"],
        ["job.py", "report.py"],
    ]


def test_an_import_leads_to_the_file_or_to_the_rooms_own(house):
    imports = house.imports()
    assert imports["Sketch2CT/Sketch2CT.py"] == {"Sketch2CT/Sketch2CTUI/nodes/loading.py"}
    assert imports["Sketch2CTLib/generation/job.py"] == {"Sketch2CTLib/sketch/__init__.py"}


def test_names_of_two_classes_are_found_in_both_packages(house):
    assert house.duplicates() == {
        "Report": ["Sketch2CT/Sketch2CTUI/nodes/loading.py", "Sketch2CTLib/generation/report.py"]
    }


def test_wrappers_are_what_holds_a_drawing_or_its_tensors_on_the_way_to_a_network(house):
    assert set(house.wrappers()) == {"Job", "Report", "Batch"}, "a drawing's own room and a former result do not count"


def test_arguments_are_counted_without_self_and_those_of_commands_apart(house):
    others, commands = house.long_signatures()
    assert [line.rpartition(":")[2] for line in others] == ["4 long (7)"]
    assert [line.rpartition(":")[2] for line in commands] == ["1 train (7)"]
