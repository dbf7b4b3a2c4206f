"""Published figures of other models on other hardware, which stand beside a benchmark and cannot be compared with it.

Source: NVIDIA-Medtech/NV-Generate-CTMR, docs/performance.md (MAISI on an A100 with 80 GB, decoding and diffusion), as
quoted by a mirror; the page itself was not seen.
"""

from __future__ import annotations

HARDWARE = "A100 80 GB"
NOTE = f"Published by their authors on an {HARDWARE}; not comparable: other hardware, sizes and conditions."

# Voxels → peak GB, seconds with maisi3d-ddpm (MAISI), seconds with maisi3d-rflow (MAISI-v2).
MAISI: dict[str, tuple[float, float, float]] = {
    "256×256×128": (15.0, 58.0, 3.0),
    "256×256×256": (22.7, 83.0, 5.0),
    "512×512×128": (21.0, 144.0, 11.0),
    "512×512×512": (45.3, 601.0, 51.0),
    "512×512×768": (49.7, 961.0, 87.0),
}


def published() -> dict[str, object]:
    """As JSON-ready data."""
    names = ("peak_gb", "maisi_s", "maisi_v2_s")
    return {"note": NOTE, "maisi": {size: dict(zip(names, row, strict=True)) for size, row in MAISI.items()}}
