"""The house as `measure_house` counts it: folders that one can look over, no imports in a circle, one class a name."""

from functools import cache

from Testing.rules.measure_house import OFF_THE_WAY, ROOT, House

MOST_FILES = 25


@cache
def house():
    return House(ROOT)


def test_a_folder_holds_few_files():
    files, folder = house().largest_folder()
    assert files <= MOST_FILES, f"{folder} holds {files} Python files; make a room of some of them."


def test_no_files_import_each_other_in_a_circle():
    assert house().cycles(types=True) == []


def test_no_two_classes_have_one_name():
    assert house().duplicates() == {}


def test_the_classes_that_are_said_to_carry_no_drawing_to_a_network_are_there():
    missing = [name for name in OFF_THE_WAY if name not in house().classes()]
    assert not missing, f"measure_house.OFF_THE_WAY names {missing}, which there are not."
