"""What a language model may answer: the words of the vocabulary, checked by us whatever the server promises."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from ... import catalog
from ...errors import DescriptionError
from ..diagnostic import find_diagnostic
from ..words import PLACED_WORDS, PLACES, VOCABULARY, geometric_words

SCHEMA_VERSION = 1
LONGEST_SUMMARY = 400

Asked = tuple[tuple[str, tuple[str, ...]], ...]  # (word, its values), in the vocabulary's order

_NOT_TUBULAR = ("surface_smoothness", "flatness")  # they compare with an ellipsoid
_TUBULAR = ("course",)
# Word → the quantity that decides it; the places follow from three each.
_DECIDED_BY = {
    "topological_continuity": "components",
    "elongation": "elongation",
    "flatness": "flatness",
    "course": "tortuosity",
}
_PLACED_BY = {"widest_section": "widest", "mass_distribution": "centroid"}
_OFF_MIDDLE = 0.001  # of the extent; from here on a position refutes the other side
_FENCE = re.compile(r"^\s*```(?:json)?\s*(.*?)\s*```\s*$", re.DOTALL)
_HINT = "Ask again, choose another model, or take the words derived from the numbers."
_MEANINGS = {
    "overall_shape": "Which of these the whole looks most like.",
    "surface_smoothness": "How even the surface is.",
    "symmetry": "Whether the two halves look alike.",
    "topological_continuity": "In how many pieces it is.",
    "elongation": "How much longer it is than wide.",
    "flatness": "How much thinner it is than wide.",
    "course": "How its length runs.",
    "widest_section": "Where it is thickest, in the patient's own directions.",
    "mass_distribution": "Where most of it lies within its own extent, in the patient's own directions.",
}


@dataclass(frozen=True)
class LlmDescription:
    """A language model's words for a shape.

    Args:
        words: Word → value, of the vocabulary of `words`.
        summary: One or two geometric sentences.
        model: The model that wrote them, as the server names it.
        cached: Whether they come from an earlier answer, so that nothing was sent.
        usage: prompt_tokens, completion_tokens and requests of the answer; empty where the server does not count.
    """

    words: dict[str, str]
    summary: str
    model: str
    cached: bool = False
    usage: dict[str, int] = field(default_factory=dict)


def asked_words(structure: str, numbers: Mapping[str, float]) -> Asked:
    """The words to ask for and their values, without those that a number refutes: a measured number wins over a word.

    Raises:
        DescriptionError: A number is impossible.
        UnknownStructure: The catalog has no such structure.
    """
    left_out = _NOT_TUBULAR if catalog.structure(structure).tubular else _TUBULAR
    choices = {name: values for name, values in VOCABULARY.items() if name not in left_out}
    for name, decider in _DECIDED_BY.items():
        if name in choices and decider in numbers:
            choices[name] = (geometric_words(structure, {decider: numbers[decider]})[name],)
    return (*choices.items(), *((name, _places(name, numbers)) for name in PLACED_WORDS))


def _places(name: str, numbers: Mapping[str, float]) -> tuple[str, ...]:
    """'middle', and every 'right, front and top' in the order in which `words` writes them."""
    choices = []
    for axis, (low_side, high_side) in PLACES.items():
        at = numbers.get(f"{_PLACED_BY.get(name)}_{axis}", 0.5)
        sides = (low_side if at <= 0.5 + _OFF_MIDDLE else "", high_side if at >= 0.5 - _OFF_MIDDLE else "")
        choices.append(("", *filter(None, sides)))
    written = []
    for chosen in product(*choices):
        named = [side for side in chosen if side]
        written.append(f"{', '.join(named[:-1])} and {named[-1]}" if len(named) > 1 else (named or ["middle"])[0])
    return tuple(written)


@lru_cache(maxsize=32)
def answer_model(asked: Asked) -> type[BaseModel]:
    """The pydantic model of an answer: every asked word as one of its values, and a summary."""
    fields: dict[str, Any] = {
        name: (Literal.__getitem__(values), Field(description=_MEANINGS.get(name))) for name, values in asked
    }
    fields["summary"] = (str, Field(description="One or two sentences about the shape alone, at most 40 words."))
    return create_model("GeometricWords", __config__=ConfigDict(extra="forbid"), **fields)


def answer_schema(asked: Asked) -> dict[str, Any]:
    """The JSON schema of an answer, in the strict subset: every field required, no others, values by enum."""
    schema = answer_model(asked).model_json_schema()
    schema.pop("title", None)
    for entry in schema["properties"].values():
        entry.pop("title", None)
        if "const" in entry:  # of one value; not every server knows const
            entry["enum"] = [entry.pop("const")]
    return schema


def read_answer(asked: Asked, text: str) -> tuple[dict[str, str], str]:
    """(Words, summary) of an answer.

    Raises:
        DescriptionError: It is not JSON, does not fit the schema, or uses a diagnostic word.
    """
    fenced = _FENCE.match(text)
    data = _json_object(fenced[1] if fenced else text)
    try:
        values = answer_model(asked).model_validate(data, strict=True).model_dump()
    except ValidationError as error:
        first = error.errors()[0]
        where = _shown(".".join(str(part) for part in first["loc"]))
        raise DescriptionError(
            f"The model's answer does not fit the schema: '{where}': {_shown(first['msg'])}.", hint=_HINT
        ) from None
    summary = _one_line(values.pop("summary"))
    if not summary or len(summary) > LONGEST_SUMMARY:
        raise DescriptionError(
            f"The model's summary has {len(summary)} characters, 1 to {LONGEST_SUMMARY} are allowed.", hint=_HINT
        )
    if term := find_diagnostic(summary):
        raise DescriptionError(
            f"The model's answer is diagnostic, not geometric: it says '{_shown(term[0])}'.", hint=_HINT
        )
    return values, summary


def _json_object(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise DescriptionError(f"The model's answer is not JSON: '{_shown(text)}'.", hint=_HINT) from None
    if not isinstance(data, dict):
        raise DescriptionError(f"The model's answer is no JSON object: '{_shown(text)}'.", hint=_HINT)
    return data


def _one_line(text: str) -> str:
    """The text in one line; control characters, which a terminal would obey, are dropped."""
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())


def _shown(text: str) -> str:
    line = _one_line(text[:400])
    return line if len(line) <= 80 else f"{line[:79]}…"
