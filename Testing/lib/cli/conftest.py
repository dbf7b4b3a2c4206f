"""Shared by the tests of the command line."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def models(run_dir: Path) -> str:
    from tiny import tiny_preset

    tiny_preset()
    return str(run_dir / "models")
