import importlib.util
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def bodies():
    """The module of analytic bodies beside this file."""
    spec = importlib.util.spec_from_file_location("description_bodies", Path(__file__).with_name("bodies.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
