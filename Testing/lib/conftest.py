"""One prepared folder and one tiny run for all rooms (made once a process, on demand)."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny import prepared_folder, tiny_model


@pytest.fixture(scope="session")
def prepared_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepared_folder(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def run_dir(prepared_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("run")
    tiny_model(prepared_dir, out)
    return out
