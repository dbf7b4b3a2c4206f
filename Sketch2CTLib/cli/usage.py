"""What stands on the command line: usage errors in one line, empty paths, and options that another one makes void."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
from typing import Any

import typer

from .. import catalog
from ..errors import InputError

HELP_NAMES = ("-h", "--help")
USAGE_ERROR: type[Exception] = typer.BadParameter.__base__  # type: ignore[assignment]  # click's, whichever typer brings

_POSSIBLE = re.compile(r"\s*\(Possible options: [^)]*\)")  # the nearest one is named instead
_PLAIN = {
    "Input should be a valid integer, unable to parse string as an integer": "it must be a whole number",
    "Input should be a valid integer": "it must be a whole number",
    "Input should be a valid number, unable to parse string as a number": "it must be a number",
    "Input should be": "it must be",
}


def run_command(command: Any, arguments: Sequence[str], name: str) -> int:
    """Runs a command and gives back its exit code.

    Args:
        command: Of typer.
        arguments: Without the program's name.
        name: Of the program, for the help.

    Raises:
        InputError: The arguments are wrong: an unknown option or verb, one that is missing, a value of another kind.
        SystemExit: The command ended by itself.
    """
    try:
        ended = command.main(args=list(arguments), prog_name=name, standalone_mode=False)
    except USAGE_ERROR as error:
        shown = _shown_help(error)
        if shown:
            return 2
        raise usage_error(error, " ".join([name, *arguments[:1]])) from error
    except typer.Abort:
        return 1
    return ended if isinstance(ended, int) else 0


def usage_error(error: Any, command: str) -> InputError:
    """A usage error of click in our own terms: what is wrong, and where the help stands.

    Args:
        error: What click raised.
        command: Whose help is named where the error does not know it.
    """
    message = " ".join(_POSSIBLE.sub("", str(error.format_message())).split())
    for said, plain in _PLAIN.items():
        message = message.replace(said, plain)
    where = command if error.ctx is None else error.ctx.command_path
    near = _nearest(error)
    hints = [f"Did you mean {near}?"] if near and "Did you mean" not in message else []
    hints.append(f"See '{where} --help'.")
    return InputError(_sentence(message), hint=" ".join(hints))


def _shown_help(error: Any) -> bool:
    """Whether nothing was asked at all: click raises its help as an error then, which is shown as it is."""
    if type(error).__name__ != "NoArgsIsHelpError":
        return False
    error.show()
    return True


def _nearest(error: Any) -> str:
    """The option or verb that an unknown one is nearest to, in quotes; '' where there is none or click says it."""
    option = getattr(error, "option_name", None)
    if not option or error.ctx is None:
        return ""
    known = [name for one in error.ctx.command.get_params(error.ctx) for name in (*one.opts, *one.secondary_opts)]
    matches = get_close_matches(str(option), [name for name in known if name.startswith("-")], n=1)
    return f"'{matches[0]}'" if matches else ""


def _sentence(message: str) -> str:
    return message if message.endswith((".", "?", "!")) else f"{message}."


def refuse_empty_paths(command: Any, arguments: Sequence[str]) -> None:
    """Checks that no option of a command that takes a path has an empty one: Path('') is the folder one stands in.

    Raises:
        InputError: One has.
    """
    options = _path_options(command)
    for option, value in pairwise([*arguments, "end"]):
        name, equals, rest = option.partition("=")
        if name in options and (not rest if equals else value == ""):
            raise InputError(f"{name} is empty.", hint="Give a path.")


def _path_options(command: Any) -> set[str]:
    """Those of a command and of the commands below it."""
    given = {
        option
        for one in command.params
        for option in one.opts
        if getattr(getattr(one, "type_descriptor", None), "annotation", None) is Path and option.startswith("-")
    }
    below = getattr(command, "commands", {}).values()
    return given.union(*(_path_options(one) for one in below))


Given = Mapping[str, Any]  # options that stand on the command line, by the name of their parameter


@dataclass(frozen=True)
class Void:
    """Options that do nothing where something else is so.

    Args:
        options: Names of parameters.
        where: Of all options that were given, whether they do nothing then.
        why: The rest of the sentence.
        are: What they are then.
    """

    options: tuple[str, ...]
    where: Callable[[Given], bool]
    why: str
    are: str = "is ignored"


def given_options(context: Any) -> dict[str, Any]:
    """What stands on the command line, by the name of its parameter; neither defaults nor the environment's.

    Args:
        context: Typer's, of the verb.
    """
    return {name: value for name, value in context.params.items() if _is_given(context, name)}


def tell_void(given: Given, table: Iterable[Void], flags: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Says on stderr which options play no part, each once; gives back their names.

    Args:
        given: See `given_options`.
        table: What makes them void.
        flags: Names of parameters → how they are written, where that is not `--name-of-it`.
    """
    found: dict[str, str] = {}
    for rule in table:
        if rule.where(given):
            sentence = f"{rule.are}: {rule.why}"
            found |= {name: sentence for name in rule.options if name in given and name not in found}
    for name, sentence in found.items():
        option = (flags or {}).get(name, f"--{name.replace('_', '-')}")
        print(f"note: {option} {sentence}", file=sys.stderr)
    return tuple(found)


def _is_given(context: Any, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


_DRAWINGS = ("sketch", "scale", "contour", "contour_scale", "second_sketch", "second_view", "second_scale")
_MASK_STAGE = ("candidates", "guidance", "sampler", "match_volume", "follow", "draws", "noise_strength", "strength")
GENERATE_FLAGS = {
    "match_volume": "--no-match-volume",
    "follow": "--no-follow",
    "volume": "--no-volume",
    "paint": "--no-paint",
}
_USUAL = {"candidates": 1, "volume": True, "paint": True, "match_volume": True, "follow": True, "sampler": "dpm++"}


def void_of_generate(given: Given) -> tuple[str, ...]:
    """Says which options of `generate` play no part; gives back their names."""
    changed = {name: value for name, value in given.items() if name not in _USUAL or value != _USUAL[name]}
    return tell_void(changed, GENERATE, GENERATE_FLAGS)


def _still(given: Given) -> bool:
    """Whether the mask is the prior mean itself: nothing of it is sampled."""
    return "mask" not in given and "edit" not in given and given.get("noise_strength") == 0.0


def _answer_alone(given: Given) -> bool:
    """Whether the mask is the shipped model's answer, the posterior mean, for which nothing is drawn."""
    others = ("mask", "edit", "noise_strength", "candidates", "models", "server")
    return not any(name in given for name in others) and given.get("preset", "default") == "default"


def _painted(given: Given) -> bool:
    """Whether the scan is a CT that the shipped model paints."""
    structure = str(given.get("structure", ""))
    known = structure in catalog.STRUCTURE_NAMES and catalog.structure(structure).modality == "CT"
    return known and "paint" not in given and "volume" not in given


GENERATE: tuple[Void, ...] = (
    Void(_DRAWINGS, lambda g: "mask" in g, "the shape is that of --mask; nothing is drawn after a sketch."),
    Void(
        ("text", "description"),
        lambda g: "mask" in g,
        "the report only holds it against what is stated.",
        "changes nothing of --mask",
    ),
    Void(("volume",), lambda g: "mask" in g, "a volume is all that --mask makes."),
    Void(_MASK_STAGE, lambda g: "mask" in g, "it is for drawing masks, and --mask is given."),
    Void(("label",), lambda g: "mask" not in g, "it chooses a label of --mask, and there is none."),
    Void(("strength",), lambda g: "edit" not in g, "it says how far --edit may go, and there is none."),
    Void(("scale",), lambda g: "sketch" not in g, "it is the size of --sketch, and there is none."),
    Void(("contour_scale",), lambda g: "contour" not in g, "it is the size of --contour, and there is none."),
    Void(("noise_strength",), lambda g: "edit" in g, "--strength says how far an edit may go."),
    Void(
        ("draws", "guidance", "candidates"),
        _still,
        "--noise-strength 0 gives the prior mean itself, always the same mask.",
    ),
    Void(
        ("seed", "steps", "quality", "sampler"),
        lambda g: _still(g) and "volume" in g,
        "--noise-strength 0 gives the prior mean itself, and there is no volume to draw.",
    ),
    Void(
        ("steps", "quality", "sampler", "guidance", "draws"),
        lambda g: _answer_alone(g) and "volume" in g,
        "one answer without a volume is the posterior mean, for which nothing is drawn; it is for --candidates.",
    ),
    Void(
        ("steps", "quality", "sampler", "guidance", "draws"),
        lambda g: _answer_alone(g) and _painted(g),
        "one answer is the posterior mean and its CT is painted in one pass; it is for --candidates and --no-paint.",
    ),
    Void(("full_hu",), lambda g: "volume" in g, "there is no volume."),
    Void(("quality",), lambda g: "steps" in g, "--steps says how many."),
    Void(("paint",), lambda g: "layout" in g, "--layout is painted."),
    Void(
        ("spacing",),
        lambda g: "mask" in g and g.get("grid") != "cube",
        "the result of --mask is on the mask's own grid (see --grid).",
    ),
    Void(("preset",), lambda g: "models" in g and "server" not in g, "--models names the weights."),
    Void(("token",), lambda g: "server" not in g, "it is for --server, and there is none."),
)

SKETCH_OF_DRAWING: tuple[Void, ...] = (
    Void(("level", "label", "contour_at"), lambda g: True, "it is for masks, and a drawing is given."),
)
SKETCH_OF_MASK: tuple[Void, ...] = (
    Void(("scale",), lambda g: True, "it is for drawings, and a mask knows its size."),
    Void(("level",), lambda g: "contour_at" in g, "a contour has no creases."),
)
DESCRIBE: tuple[Void, ...] = (
    Void(("no_cache",), lambda g: "llm" not in g and "dry_run" not in g, "it is for --llm."),
    Void(("out",), lambda g: "dry_run" in g, "--dry-run only shows what would be sent."),
)
PARSE: tuple[Void, ...] = (
    Void(("text", "structure", "png"), lambda g: "examples" in g, "--examples shows the table of phrasings alone."),
)
PARSE_FLAGS = {"text": "the text"}
