"""What writing and reading DICOM needs beside the rest."""

from __future__ import annotations

from importlib.util import find_spec

from ..errors import MissingDependency, install_hint


def require_dicom() -> None:
    """Does nothing where pydicom and highdicom are installed.

    Raises:
        MissingDependency: One is not.
    """
    for package in ("pydicom", "highdicom"):
        if find_spec(package) is None:
            raise MissingDependency(f"DICOM needs the package '{package}'.", hint=install_hint("dicom"))
