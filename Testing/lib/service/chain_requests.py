"""What the tests of the chain behind the service ask for."""

from __future__ import annotations

import json

from Sketch2CTLib.resources import resource_path
from Sketch2CTLib.service.engine import Engine
from Sketch2CTLib.service.protocol.events import Result
from Sketch2CTLib.service.protocol.messages import Generate

SKETCH_PATH = resource_path("Sketches", "liver_sketch.json")
SKETCH = json.loads(SKETCH_PATH.read_text(encoding="utf-8"))
TEXT = "about 1.4 litres"
WAIT_S = 300.0


def asked(name: str, **fields: object) -> Generate:
    """A liver of two steps, without pictures, which take longer than its networks."""
    usual = {
        "structure": "liver",
        "text": TEXT,
        "sketch": SKETCH,
        "sampling": {"steps": 2},
        "seed": 5,
        "pictures": False,
    }
    return Generate.model_validate({"id": name, **usual, **fields})


def result_of(engine: Engine, request: Generate) -> Result:
    last = engine.submit(request).wait(WAIT_S)
    assert isinstance(last, Result), last
    return last
