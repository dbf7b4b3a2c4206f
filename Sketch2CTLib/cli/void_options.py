"""Options that another option makes void: what is given and plays no part is said, one line each on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

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
            told = f"{rule.are}: {rule.why}"
            found |= {name: told for name in rule.options if name in given and name not in found}
    for name, told in found.items():
        option = (flags or {}).get(name, f"--{name.replace('_', '-')}")
        print(f"note: {option} {told}", file=sys.stderr)
    return tuple(found)


def _is_given(context: Any, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


_DRAWINGS = ("sketch", "scale", "second_sketch", "second_view", "second_scale")
_MASK_STAGE = ("candidates", "guidance", "sampler", "match_volume", "follow", "draws", "noise_strength", "strength")
GENERATE_FLAGS = {"match_volume": "--no-match-volume", "follow": "--no-follow", "volume": "--no-volume"}
_USUAL = {"candidates": 1, "volume": True, "match_volume": True, "follow": True, "sampler": "dpm++"}


def void_of_generate(given: Given) -> tuple[str, ...]:
    """Says which options of `generate` play no part; gives back their names."""
    told = {name: value for name, value in given.items() if name not in _USUAL or value != _USUAL[name]}
    return tell_void(told, GENERATE, GENERATE_FLAGS)


def _still(given: Given) -> bool:
    """Whether the mask is the prior mean itself: nothing of it is sampled."""
    return "mask" not in given and "edit" not in given and given.get("noise_strength") == 0.0


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
    Void(("quality",), lambda g: "steps" in g, "--steps says how many."),
    Void(("preset",), lambda g: "models" in g and "server" not in g, "--models names the weights."),
    Void(("token",), lambda g: "server" not in g, "it is for --server, and there is none."),
)

SKETCH_OF_DRAWING: tuple[Void, ...] = (
    Void(("level", "label"), lambda g: True, "it is for masks, and a drawing is given."),
)
SKETCH_OF_MASK: tuple[Void, ...] = (Void(("scale",), lambda g: True, "it is for drawings, and a mask knows its size."),)
DESCRIBE: tuple[Void, ...] = (
    Void(("no_cache",), lambda g: "llm" not in g and "dry_run" not in g, "it is for --llm."),
    Void(("out",), lambda g: "dry_run" in g, "--dry-run only shows what would be sent."),
)
PARSE: tuple[Void, ...] = (
    Void(("text", "structure", "png"), lambda g: "examples" in g, "--examples shows the table of phrasings alone."),
)
PARSE_FLAGS = {"text": "the text"}
