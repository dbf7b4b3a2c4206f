"""The error tree: codes, exit statuses, and the way over a wire."""

import json

import pytest

from Sketch2CTLib import errors
from Sketch2CTLib.errors import InputError, Sketch2CTError, SketchError, error_from_dict

CLASSES = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Sketch2CTError)]


def test_codes_are_unique():
    codes = [cls.code for cls in CLASSES]
    assert len(set(codes)) == len(codes) > 10


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_error_survives_the_wire(cls):
    sent = cls("The value 'x' is wrong.", hint="Use 'y'.")
    received = error_from_dict(json.loads(json.dumps(sent.to_dict())))
    assert type(received) is cls
    assert (received.message, received.hint, received.code) == (sent.message, sent.hint, cls.code)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_error_is_on_the_drawn_tree(cls):
    drawn = [line.split() for line in (errors.__doc__ or "").splitlines()]
    line = next((words for words in drawn if cls.__name__ in words), [])
    assert line, f"{cls.__name__} is not drawn"
    assert cls is Sketch2CTError or cls.code in line


def test_an_unknown_code_becomes_the_base_class():
    received = error_from_dict({"code": "from_the_future", "message": "m"})
    assert type(received) is Sketch2CTError
    assert (received.message, received.hint) == ("m", "")


def test_bad_input_exits_with_two():
    assert all(cls.exit_status == 2 for cls in CLASSES if issubclass(cls, InputError))
    assert errors.Cancelled.exit_status == 130
    assert errors.ResourceError.exit_status == 1


def test_the_text_is_message_then_hint():
    assert str(SketchError("There is no line.", hint="Draw one.")) == "There is no line. Draw one."
    assert str(SketchError("There is no line.")) == "There is no line."
