"""The command: verbs on demand, and every expected failure in one line."""

import errno
import subprocess
import sys
import time
import types

import pytest
import typer

import Sketch2CTLib
from Sketch2CTLib.cli import main as command
from Sketch2CTLib.cli.main import VERBS, Verb, load_verb, main
from Sketch2CTLib.errors import MaskError, OutputError


@pytest.fixture
def verb_that(monkeypatch):
    """Registers a verb `act` that calls the given function."""

    def register(action):
        module = types.ModuleType("act_module")

        def act() -> None:
            """Act."""
            action()

        module.act = act
        monkeypatch.setitem(sys.modules, "act_module", module)
        monkeypatch.setitem(VERBS, "act", Verb("act_module:act", "Act."))

    return register


def raising(error):
    def action():
        raise error

    return action


def test_help_lists_every_verb_without_importing_any():
    # SKETCH2CT_DEBUG stays unset; -X importtime would do as well, but this reads better.
    program = (
        "import sys; from Sketch2CTLib.cli.main import main; main(['--help']);"
        "print([m for m in sys.modules if m.split('.')[0] in {'torch', 'numpy', 'SimpleITK', 'vtk', 'cv2'}"
        " or m.startswith('Sketch2CTLib.') and m.count('.') > 1"
        " and m.split('.')[2] not in {'main', 'terminal', 'torchrun', 'usage'}])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    *text, imported = done.stdout.strip().splitlines()
    assert imported == "[]"
    for verb in VERBS:
        assert any(f" {verb} " in line for line in text), f"{verb} is not in the help"


def seconds_of_python(*arguments):
    """The best of three."""
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        subprocess.run([sys.executable, *arguments], capture_output=True, check=True)
        times.append(time.perf_counter() - begin)
    return min(times)


@pytest.mark.alone
def test_help_comes_within_a_second():
    """On our machine, where the libraries that print it take a tenth of one; it comes in twice that."""
    libraries_s = seconds_of_python("-c", "import typer, rich.console, rich.panel, rich.table")
    assert seconds_of_python("-m", "Sketch2CTLib", "--help") < 8 * libraries_s


@pytest.mark.parametrize("verb", list(VERBS))
def test_every_verb_loads_and_its_help_has_an_example(verb, capsys):
    assert load_verb(verb).name == verb
    arguments = [verb, "masks"] if verb == "evaluate" else [verb]
    assert main([*arguments, "--help"]) == 0
    assert f"sketch2ct {verb}" in " ".join(capsys.readouterr().out.split("Example:")[1].split())


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == f"sketch2ct {Sketch2CTLib.__version__}"


def test_an_unknown_verb_is_two_and_suggests_the_nearest(capsys):
    assert main(["generte"]) == 2
    assert "generate" in capsys.readouterr().err


USAGE = {
    "unknown verb": (["generte"], "Did you mean 'generate'? See 'sketch2ct --help'."),
    "unknown sub-verb": (["evaluate", "volume"], "Did you mean 'volumes'? See 'sketch2ct evaluate --help'."),
    "two near ones": (["evaluate", "mask"], "Did you mean 'masks', 'marks'? See 'sketch2ct evaluate --help'."),
    "unknown option": (["generate", "--skech", "x"], "Did you mean '--sketch'? See 'sketch2ct generate --help'."),
    "option of no verb": (["--foo"], "No such option: --foo. See 'sketch2ct --help'."),
    "missing option": (["generate"], "Missing option '--out'. See 'sketch2ct generate --help'."),
    "missing argument": (["describe"], "Missing argument 'mask'."),
    "no value": (["generate", "--out"], "Option '--out' requires an argument. See 'sketch2ct generate --help'."),
    "word for a number": (["generate", "--out", "r", "--seed", "x"], "'--seed': it must be a whole number."),
    "out of range": (["train", "all", "--data", "x", "--out", "y", "--workers", "0"], "greater than or equal to 1."),
    "too much": (["generate", "liver", "--out", "r"], "(liver)."),
    "bad choice": (["generate", "--out", "r", "--structure", "liver", "--quality", "best"], "preview, standard, fine."),
}


@pytest.mark.parametrize("name", USAGE)
def test_a_usage_error_is_one_line_in_the_form_of_all_others(name, capsys):
    arguments, says = USAGE[name]
    assert main(arguments) == 2
    told = capsys.readouterr()
    assert told.err.startswith("error [bad_") and told.err.count("\n") == 1 and says in told.err
    assert told.out == ""


@pytest.mark.parametrize("verb", [[], *([verb] for verb in VERBS), ["evaluate", "masks"], ["bench", "service"]])
def test_h_is_help(verb, capsys):
    assert main([*verb, "-h"]) == 0
    short = capsys.readouterr().out
    assert main([*verb, "--help"]) == 0
    assert short == capsys.readouterr().out and "Usage: sketch2ct" in short


def test_no_verb_shows_the_help(capsys):
    for arguments in ([], ["evaluate"]):
        assert main(arguments) == 2
        told = "".join(capsys.readouterr())
        assert "Usage: sketch2ct" in told and "error [" not in told


def test_an_expected_error_is_one_line_and_its_own_exit_status(verb_that, capsys):
    verb_that(raising(MaskError("The mask\nis empty.", hint="Draw something.")))
    assert main(["act"]) == 2
    told = capsys.readouterr()
    assert told.err == "error [bad_mask]: The mask is empty. Draw something.\n"
    assert told.out == ""


@pytest.mark.parametrize("how", ["option", "option after the verb", "variable"])
def test_debug_shows_the_traceback_before_the_line(verb_that, capsys, monkeypatch, how):
    verb_that(raising(MaskError("Empty.")))
    if how == "variable":
        monkeypatch.setenv("SKETCH2CT_DEBUG", "1")
    arguments = {"option": ["--debug", "act"], "option after the verb": ["act", "--debug"], "variable": ["act"]}[how]
    assert main(arguments) == 2
    told = capsys.readouterr().err
    assert told.startswith("Traceback")
    assert told.endswith("error [bad_mask]: Empty.\n")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (MemoryError(), 1, "no_resources"),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"), 1, "no_resources"),
        (type("OutOfMemoryError", (RuntimeError,), {})("CUDA out of memory."), 1, "no_resources"),
        (OSError(errno.ENOSPC, "No space left on device", "out/mask.nrrd"), 2, "bad_output"),
        (OSError(errno.EROFS, "Read-only file system", "out/mask.nrrd"), 2, "bad_output"),
        (PermissionError(errno.EACCES, "Permission denied", "scan.nrrd"), 2, "bad_input"),
        (ModuleNotFoundError("No module named 'openai'", name="openai"), 1, "missing_dependency"),
        (OutputError("No folder."), 2, "bad_output"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else str(value),
)
def test_failures_of_the_machine_are_told_in_one_line(verb_that, capsys, error, status, code):
    verb_that(raising(error))
    assert main(["act"]) == status
    told = capsys.readouterr().err
    assert told.startswith(f"error [{code}]: ")
    assert told.count("\n") == 1


def test_a_missing_package_names_the_extra(verb_that, capsys):
    verb_that(raising(ModuleNotFoundError("No module", name="lightning_fabric.strategies")))
    assert main(["act"]) == 1
    assert 'pip install -e ".[train]"' in capsys.readouterr().err


@pytest.mark.parametrize(
    "error",
    [RuntimeError("a fault of the program"), ModuleNotFoundError("typo", name="Sketch2CTLib.typo"), OSError(5, "I/O")],
    ids=["runtime", "own module", "disk fault"],
)
def test_a_fault_of_the_program_is_not_hidden(verb_that, error):
    verb_that(raising(error))
    with pytest.raises(type(error)):
        main(["act"])


def test_ctrl_c_is_130(verb_that, capsys):
    verb_that(raising(KeyboardInterrupt()))
    assert main(["act"]) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_an_exit_code_of_a_verb_is_kept(verb_that):
    verb_that(raising(typer.Exit(3)))
    assert main(["act"]) == 3


def test_a_verb_may_be_a_group_of_its_own(monkeypatch, capsys):
    group = typer.Typer()

    @group.command()
    def masks() -> None:
        """Masks."""
        print("masks measured")

    module = types.ModuleType("group_module")
    module.group = group
    monkeypatch.setitem(sys.modules, "group_module", module)
    monkeypatch.setitem(VERBS, "group", Verb("group_module:group", "A group."))
    assert main(["group", "masks"]) == 0
    assert capsys.readouterr().out == "masks measured\n"


def test_the_help_of_the_table_stands_in_for_the_verb():
    assert all(entry.help.endswith(".") and len(entry.help) < 80 for entry in command.VERBS.values())
