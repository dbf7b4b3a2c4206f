"""`sketch2ct evaluate`: every command is there with an example, and what they share says what is wrong."""

from __future__ import annotations

import pytest

from Sketch2CTLib.cli.evaluate.shared import names_of, seeds_of
from Sketch2CTLib.cli.main import main
from Sketch2CTLib.errors import ConfigError, UnknownStructure

COMMANDS = (
    "masks",
    "compare",
    "conditions",
    "reconstruction",
    "volumes",
    "downstream",
    "scans",
    "gallery",
    "all",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", command, "--help"]) == 0
    told = capsys.readouterr().out.split("Example:")[1]
    assert f"sketch2ct evaluate {command}" in " ".join(told.split())


def test_all_commands_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--help"]) == 0
    told = capsys.readouterr().out
    assert all(f" {command} " in told for command in COMMANDS)


def test_structures_and_seeds_are_read() -> None:
    assert names_of("liver, aorta") == ("liver", "aorta") and names_of("") == ()
    assert seeds_of("1, 2,3") == (1, 2, 3)
    with pytest.raises(ConfigError, match="are no seeds"):
        seeds_of("one")
    with pytest.raises(UnknownStructure):
        names_of("wing")


def test_a_folder_that_is_not_prepared_is_one_line_and_two(capsys: pytest.CaptureFixture[str]) -> None:
    for command, more in (("gallery", ["--out", "nowhere"]), ("all", ["--json", "nowhere.json"]), ("volumes", [])):
        assert main(["evaluate", command, "--data", "no-such-folder", *more]) == 2
        assert len(capsys.readouterr().err.strip().splitlines()) == 1
