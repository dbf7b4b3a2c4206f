"""The one exception tree of Sketch2CT.

    Sketch2CTError              code            raised where
    ├── InputError              bad_input       anything a user handed in is wrong
    │   ├── SketchError         bad_sketch      missing, empty or unreadable sketch
    │   ├── DescriptionError    bad_description contradictory, NaN or negative numbers
    │   ├── MaskError           bad_mask        2D, empty or unreadable mask
    │   ├── UnknownStructure    unknown_structure
    │   ├── GridError           bad_grid        shapes, spacings or affines that cannot be
    │   ├── DatasetError        bad_dataset     a dataset YAML or folder
    │   └── ConfigError         bad_config      unknown preset, key or value
    ├── WeightsError            bad_weights     missing, truncated or altered weight files
    ├── OutputError             bad_output      a folder that cannot be written, a full disk
    ├── ResourceError           no_resources    memory or device not available
    │   └── ProcessLost         process_lost    another process of the same training has ended
    ├── ServiceUnavailable      service_unavailable a server is not there, busy, failing or silent
    ├── MissingDependency       missing_dependency  an optional package is not installed
    └── Cancelled               cancelled       the user asked to stop

Every error has a message (what and why), a hint (how to mend it) and a code that survives the wire.
"""

from __future__ import annotations


class Sketch2CTError(Exception):
    """Base of every error that Sketch2CT raises on purpose.

    Args:
        message: What went wrong and why, one sentence that quotes the offending value.
        hint: How to mend it, one sentence; may be empty.
    """

    code = "error"
    exit_status = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        """One line: the message, then the hint."""
        return f"{self.message} {self.hint}".strip()

    def to_dict(self) -> dict[str, str]:
        """The error as it travels over a wire or into a JSON file."""
        return {"code": self.code, "message": self.message, "hint": self.hint}


class InputError(Sketch2CTError):
    """Something that the user handed in cannot be used."""

    code = "bad_input"
    exit_status = 2


class SketchError(InputError):
    """A sketch is missing, empty or unreadable."""

    code = "bad_sketch"


class DescriptionError(InputError):
    """Numbers or words of a description contradict each other or cannot be."""

    code = "bad_description"


class MaskError(InputError):
    """A mask is 2D, empty, unreadable or does not fit its structure's cube."""

    code = "bad_mask"


class UnknownStructure(InputError):
    """The catalog has no such structure."""

    code = "unknown_structure"


class GridError(InputError):
    """A voxel grid or plane cannot be: singular affine, zero spacing, wrong rank."""

    code = "bad_grid"


class DatasetError(InputError):
    """A dataset definition or a prepared folder cannot be used."""

    code = "bad_dataset"


class ConfigError(InputError):
    """A preset, a key or a value is unknown or out of range."""

    code = "bad_config"


class WeightsError(Sketch2CTError):
    """A weight file is missing, truncated, altered or does not fit its network."""

    code = "bad_weights"
    exit_status = 2


class OutputError(Sketch2CTError):
    """Results cannot be written."""

    code = "bad_output"
    exit_status = 2


class ResourceError(Sketch2CTError):
    """The machine lacks the memory or the device that was asked for."""

    code = "no_resources"


class ProcessLost(ResourceError):
    """Another process that works with this one has ended."""

    code = "process_lost"


class ServiceUnavailable(Sketch2CTError):
    """A server that is needed is not there, busy, failing or silent."""

    code = "service_unavailable"


class MissingDependency(Sketch2CTError):
    """An optional package is needed and not installed."""

    code = "missing_dependency"


class Cancelled(Sketch2CTError):
    """The user asked to stop."""

    code = "cancelled"
    exit_status = 130


def install_hint(extra: str = "") -> str:
    """How a missing package is installed: from the checkout, for no package index has Sketch2CT.

    Args:
        extra: The optional part that needs it, of pyproject.toml.
    """
    what = f'".[{extra}]"' if extra else "."
    return f"In Sketch2CT's folder, run: pip install -e {what}"


def error_from_dict(payload: dict[str, str]) -> Sketch2CTError:
    """The error that `to_dict` described; an unknown code becomes the base class."""
    classes = [Sketch2CTError]
    for cls in classes:
        classes.extend(cls.__subclasses__())
    by_code = {cls.code: cls for cls in classes}
    error_class = by_code.get(payload.get("code", ""), Sketch2CTError)
    return error_class(payload.get("message", ""), hint=payload.get("hint", ""))
