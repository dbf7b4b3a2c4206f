"""The gallery: what the whole chain makes of real cases, best, median and worst, in small pictures that may be shipped.

A picture shows the sketch, the generated mask and the generated scan. Of the real case it shows the mask's outline
alone: scans of data sets are not ours to pass on.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .. import catalog
from ..atomic import write_text
from ..data.prepared import PreparedSet
from ..errors import ConfigError
from ..generation.pipeline import Pipeline
from ..generation.report.rows import plain
from ..generation.volumes.checks import check_volume
from ..generation.volumes.segmenting import Segmenter
from .gallery_pictures import GalleryCase, draw_case, draw_contact_sheet
from .masks.ablations import read_evaluation
from .masks.asked_cases import AskedCase
from .masks.evaluation import MaskEvaluation
from .masks.methods import Asking
from .masks.pictures import extreme_cases
from .masks.plots import MAIN
from .table import CaseRow

FORMAT = "sketch2ct.gallery"
CONTACT_SHEET = "contact_sheet.png"
MOST_BYTES, MOST_BYTES_OF_ALL = 120_000, 2_000_000
_LEAST_BYTES = 40_000  # no picture is worth looking at below
Progress = Callable[[int, int, str], None]


def known_rows(path: Path, key: Mapping[str, Any]) -> list[CaseRow]:
    """Rows of a finished evaluation of masks, so that the cases need not be ranked anew.

    Args:
        path: What `evaluate masks --json` wrote.
        key: `MaskEvaluation.key` of what the gallery shall show.

    Raises:
        InputError: The file cannot be read.
        ConfigError: It was measured with another model, folder or setting.
    """
    rows = [row for row in read_evaluation(path)["cases"] if row.method == MAIN]
    index = json.loads(path.read_text(encoding="utf-8"))
    for name in ("models", "data", "settings", "seed", "split"):
        ours = plain(key[name])
        theirs = index.get(name)
        if name == "settings" and isinstance(theirs, dict):  # a scan's steps change no mask
            ours, theirs = ({k: v for k, v in one.items() if k != "image_steps"} for one in (ours, theirs))
        if name == "models" and isinstance(theirs, dict):
            ours, theirs = ({k: v for k, v in one.items() if k.startswith("mask")} for one in (ours, theirs))
        if ours != theirs:
            raise ConfigError(
                f"'{path}' was measured with other {name}.", hint="Leave --masks out, or evaluate the masks again."
            )
    return rows


def shown_cases(
    rows: Sequence[CaseRow],
    prepared: PreparedSet,
    pipeline: Pipeline,
    config: MaskEvaluation,
    segmenter: Segmenter | None = None,
    *,
    progress: Progress | None = None,
) -> list[GalleryCase]:
    """Best, median and worst case of each structure, drawn with the seed that they were measured with.

    Args:
        rows: What `masks.evaluate_masks` measured.
        prepared: The cases.
        pipeline: Both stages.
        config: As the rows were measured.
        segmenter: Looks for the organ in the scans.
        progress: Told (done, all, case).

    Raises:
        ConfigError: There is nothing to show.
        WeightsError: There is no volume stage.
    """
    wanted = [name for name in dict.fromkeys(r.structure for r in rows) if name in (config.structures or (name,))]
    chosen = [(rank, row) for name in wanted for rank, row in extreme_cases(rows, name).items()]
    if not chosen:
        raise ConfigError("There are no measured cases to show.", hint="Check --structures and --split.")
    shown = []
    for at, (rank, row) in enumerate(chosen):
        if progress:
            progress(at, len(chosen), f"{row.structure}, {rank}")
        rivals = sum((r.structure, r.method) == (row.structure, MAIN) for r in rows)
        one = next(
            found for case in prepared.cases(config.split, row.structure) if (found := AskedCase(case)).key == row.case
        )
        mask = Asking(one, None, pipeline, config.settings, config.seed).draw(one.request()).mask
        scan = pipeline.image(mask, config.seed, config.settings, modality=one.case.modality)
        shown.append(GalleryCase(rank, one, row, rivals, mask, scan, check_volume(scan, mask, segmenter)))
    return shown


def write_gallery(folder: Path, shown: Sequence[GalleryCase], told: Mapping[str, Any]) -> dict[str, Any]:
    """Writes a picture a case, the contact sheet, `index.json` and `README.md`.

    Args:
        folder: Where to.
        shown: What `shown_cases` gave.
        told: Ready for JSON; at least split, preset, steps, image_steps, seed, and `command`, which makes it again.

    Returns:
        The index.

    Raises:
        OutputError: The folder cannot be written.
    """
    most = max(min(MOST_BYTES, (MOST_BYTES_OF_ALL - MOST_BYTES) // max(len(shown), 1)), _LEAST_BYTES)
    for one in shown:
        draw_case(folder / one.file, one, most)
    draw_contact_sheet(folder / CONTACT_SHEET, shown, MOST_BYTES)
    index = dict(
        plain(
            {
                "format": FORMAT,
                "version": 1,
                "synthetic": True,
                **told,
                "contact_sheet": CONTACT_SHEET,
                "pictures": [one.to_dict() for one in shown],
            }
        )
    )
    write_text(folder / "index.json", json.dumps(index, indent=1, allow_nan=False) + "\n")
    write_text(folder / "README.md", _readme(shown, told))
    return index


_TOLD = (
    "For each structure: the best, the median and the worst case by the Dice of the generated mask with the real one. "
    "Each picture shows the sketch over the generated mask's silhouette, the generated mask from another side, and "
    "three slices of the generated scan through the middle of the mask. The yellow line is the generated mask's "
    "outline, the dashed red one that of the real case's mask. Of the real scans nothing is shown. Letters name the "
    "patient's left, right, anterior, posterior, superior and inferior side; slices are seen as radiologists see them."
)
_HEADS = (
    "picture",
    "structure",
    "case",
    "Dice",
    "HD95 mm",
    "asked mL",
    "made mL",
    "Dice of the organ found again in the scan",
    "checks missed",
)


def _readme(shown: Sequence[GalleryCase], told: Mapping[str, Any]) -> str:
    seen = ", which the models have not seen in training" if told["split"] == "val" else ""
    asked = f"Asked for were the sketch and the numbers of real cases of the `{told['split']}` split{seen}."
    synthetic = "**Every scan and every filled mask here is synthetic**: made by Sketch2CT from a sketch and numbers."
    lines = [
        "# Gallery",
        "",
        *textwrap.wrap(f"{synthetic} For research, not for diagnosis.", 120),
        "",
        *textwrap.wrap(f"{asked} {_TOLD}", 120),
        "",
        f"![All cases]({CONTACT_SHEET})",
        "",
        f"Model: preset `{told['preset']}`. Steps: {told['steps']} a mask, {told['image_steps']} a scan. Made by:",
        "",
        f"    {told['command']}",
        "",
        f"| {' | '.join(_HEADS)} |",
        f"|{'---|' * len(_HEADS)}",
    ]
    for one in shown:
        entry = one.to_dict()
        cells = [
            f"[{one.rank} of {one.rivals}]({one.file})",
            catalog.structure(one.mask.structure).title,
            f"{entry['case']} ({entry['modality']})",
            _cell(entry.get("dice"), 3),
            _cell(entry.get("hd95_mm"), 1),
            _cell(entry.get("asked_ml"), 0),
            _cell(entry.get("measured_ml"), 0),
            _cell(entry["found_again_dice"], 3),
            ", ".join(check.title for check in one.checks.missed) or "none",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
