"""What is told of a data set as a whole: a manifest in Parquet, a row a sample, and a card for people."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..atomic import write_text, written_beside
from .groups import TOGETHER
from .layout import layout_note, write_index
from .pictures import write_sheets
from .plan import SetPlan
from .records import all_records, reports_of

MANIFEST, CARD = "manifest.parquet", "README.md"
_BATCH = 256
_NUMBERS = ("volume_ml", "surface_area_cm2", "extent_rl_mm", "extent_ap_mm", "extent_si_mm", "sphericity", "components")
_TEXTS = ("name", "status", "structure", "modality", "grade", "verdict", "rejected", "error")
_GRADES = ("not met", "partly met", "met")  # the worst first
_OF_REPORTS: dict[str, tuple[str, Any]] = {  # column: name in a report, and what it is without one
    "asked": ("numbers", {}),
    "measured": ("measured", {}),
    "drawings": ("drawings", []),
    "checks": ("volume", None),
    "nearest": ("nearest_training_case", None),
}
_OBJECTS = ("request", "asked", "measured", "drawings", "checks", "nearest", "files")


def write_summary(plan: SetPlan, out: Path) -> dict[str, Path]:
    """Writes manifest, index, card and contact sheets of the samples that are done; their paths by name.

    Raises:
        OutputError: One cannot be written.
    """
    counted = _write_manifest(plan, out / MANIFEST, all_records(out, plan.count))
    write_index(plan, all_records(out, plan.count), out)
    sheets = write_sheets(all_records(out, plan.count), out)
    write_text(out / CARD, _card(plan, out, counted, sheets))
    return {MANIFEST: out / MANIFEST, CARD: out / CARD, **{one.name: one for one in sheets}}


class _Counted:
    """What the card tells, gathered while the manifest is written."""

    def __init__(self) -> None:
        self.statuses: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.misses: list[float] = []
        self.volumes_ml: defaultdict[str, list[float]] = defaultdict(list)
        self.bytes = 0

    def add(self, record: Mapping[str, Any]) -> None:
        self.statuses[record["status"]] += 1
        self.reasons.update(record["rejected"])
        self.bytes += record["bytes"]
        if record["error"]:
            self.errors[record["error"]["code"]] += 1
        for name, report in reports_of(record).items() if record["status"] == "accepted" else ():
            row = report["numbers"].get("volume_ml")
            if row is not None and row.get("error") is not None and row["asked"]:
                self.misses.append(abs(row["error"]) / row["asked"])
            self.volumes_ml[name].append(report["measured"].get("volume_ml", 0.0))


def _write_manifest(plan: SetPlan, path: Path, records: Iterator[dict[str, Any]]) -> _Counted:
    """Writes a row a sample, some at a time."""
    import pyarrow
    from pyarrow import parquet

    schema = _schema(plan)
    counted, batch = _Counted(), list[dict[str, Any]]()
    with written_beside(path) as beside, parquet.ParquetWriter(beside, schema) as writer:
        for record in records:
            counted.add(record)
            batch.append(manifest_row(record))
            if len(batch) == _BATCH:
                writer.write_table(pyarrow.Table.from_pylist(batch, schema=schema))
                batch.clear()
        writer.write_table(pyarrow.Table.from_pylist(batch, schema=schema))
    return counted


def _schema(plan: SetPlan) -> Any:
    import pyarrow

    whole, real, text = pyarrow.int64(), pyarrow.float64(), pyarrow.string()
    columns = [("index", whole), ("line", whole), ("attempt", whole), ("seed", whole)]
    columns += [(name, text) for name in (*_TEXTS, *_OBJECTS)]
    columns += [(name, real) for name in _NUMBERS] + [("bytes", whole), ("seconds", real), ("memory_mb", whole)]
    organ = [("structure", text), ("grade", text), ("verdict", text), *((name, real) for name in _NUMBERS)]
    columns += [("organs", pyarrow.list_(pyarrow.struct(organ)))]
    told = {"plan": json.dumps(plan.identity()), "models": json.dumps(dict(plan.models)), "synthetic": "1"}
    return pyarrow.schema(columns, metadata=told)


def manifest_row(record: Mapping[str, Any]) -> dict[str, Any]:
    """A sample's record as a row of plain columns; objects are JSON.

    `organs` has an entry an organ with its verdict and numbers. Of several organs the columns of numbers are empty, the
    grade is the worst of theirs, and the objects hold what they do of one by structure.
    """
    reports = reports_of(record)
    row = {name: record.get(name) for name in ("index", "line", "attempt", "seed", "bytes", "seconds", "memory_mb")}
    row |= {name: record.get(name, "") for name in ("name", "status", "structure", "modality")}
    row["rejected"] = "; ".join(record["rejected"])
    row["error"] = "" if not record["error"] else "{code}: {message}".format(**record["error"])
    row["organs"] = [_organ_row(name, report) for name, report in reports.items()]
    told = next(iter(reports.values())) if len(reports) == 1 else {}
    row |= {"grade": told.get("grade", _worst(reports)), "verdict": told.get("verdict", record.get("verdict", ""))}
    objects: dict[str, Any] = {name: told.get(key, usual) for name, (key, usual) in _OF_REPORTS.items()}
    if len(reports) > 1:
        for name, (key, _) in _OF_REPORTS.items():
            objects[name] = {one: report.get(key) for one, report in reports.items()}
        objects["checks"] = next((one for one in objects["checks"].values() if one is not None), None)
    objects |= {"request": record.get("request", {}), "files": record["files"]}
    row |= {name: json.dumps(objects[name], ensure_ascii=False) for name in _OBJECTS}
    return row | {name: told.get("measured", {}).get(name) for name in _NUMBERS}


def _organ_row(structure: str, report: Mapping[str, Any]) -> dict[str, Any]:
    numbers = {name: report["measured"].get(name) for name in _NUMBERS}
    return {"structure": structure, "grade": report.get("grade", ""), "verdict": report.get("verdict", ""), **numbers}


def _worst(reports: Mapping[str, Mapping[str, Any]]) -> str:
    """The worst grade of several organs; '' of none."""
    grades = [str(report.get("grade", "")) for report in reports.values()]
    return next((grade for grade in _GRADES if grade in grades), grades[0] if grades else "")


def _card(plan: SetPlan, out: Path, counted: _Counted, sheets: list[Path]) -> str:
    titles = ", ".join(one.replace("_", " ").replace(TOGETHER, " and ") for one in plan.structures)
    accepted, rejected, failed = (counted.statuses[name] for name in ("accepted", "rejected", "failed"))
    megabytes = counted.bytes / 1e6
    lines = [
        f"# Synthetic data set: {titles}",
        "",
        "**Synthetic. For research, not for diagnosis.** Every sample was drawn by a generative model; nobody was",
        "scanned. What the model has learned from is told on its card, whose terms hold for what it draws.",
        "",
        f"- Samples: {accepted} of {plan.count} asked, {megabytes:,.0f} MB",
        f"- Left out: {rejected} that the gate rejected, {failed} that failed",
        f"- Requests: {_SOURCES[plan.source]}",
        f"- Format: {plan.layout}; scans: {_scans(plan)}",
        f"- Made by Sketch2CT {plan.version}, begun {plan.created}, seed {plan.seed}, {plan.steps} steps",
        f"- Gate: {_gate(plan)}; up to {plan.attempts} attempts a sample",
        *_told(counted),
        *[f"- Note: {note}" for note in (layout_note(plan, out),) if note],
        "",
        "`manifest.parquet` has a row a sample: request, measured numbers, checks, seed, files with SHA-256, and why",
        "one was rejected or failed. The same plan, weights and version give the same files for any number of workers.",
        "",
        "| weights | SHA-256 |",
        "|---|---|",
        *[f"| {name} | `{digest[:16]}…` |" for name, digest in sorted(plan.models.items())],
        "",
        *[f"![Samples]({one.name})" for one in sheets],
    ]
    return "\n".join(lines).rstrip() + "\n"


_SOURCES = {
    "sampled": "numbers sampled with their correlations in the training scans, drawn after by a freehand hand",
    "table": "a table",
    "variations": "variations of one request",
    "masks": "masks that were given",
}


def _scans(plan: SetPlan) -> str:
    if not (plan.with_volume or plan.source == "masks"):
        return "no"
    return "yes, painted from layouts where the model can" if plan.paint else "yes"


def _gate(plan: SetPlan) -> str:
    gate = plan.gate
    parts = [] if gate.grade == "any" else [f"grade {gate.grade} or better"]
    parts += [f"overlap with drawings {gate.iou:g} or more"] if gate.iou else []
    parts += [name for name in ("surface", "scan") if getattr(gate, name)]
    return ", ".join([*parts, *(["no copies of training masks"] if gate.copies else [])]) or "none"


def _told(counted: _Counted) -> list[str]:
    lines = []
    if counted.reasons:
        told = ", ".join(f"{reason} {count}" for reason, count in counted.reasons.most_common())
        lines.append(f"- Drawings that the gate rejected: {told}")
    if counted.errors:
        lines.append(f"- Failures: {', '.join(f'{code} {count}' for code, count in counted.errors.most_common())}")
    if counted.misses:
        median, worst = np.median(counted.misses), max(counted.misses)
        lines.append(f"- Volume asked against measured: median {median:.1%} off, at most {worst:.1%}")
    for name, volumes_ml in counted.volumes_ml.items():
        low, middle, high = np.quantile(volumes_ml, [0.05, 0.5, 0.95])
        whose = f" ({name.replace('_', ' ')})" if len(counted.volumes_ml) > 1 else ""
        lines.append(f"- Volumes{whose}: median {middle:.0f} mL, nine tenths from {low:.0f} to {high:.0f} mL")
    return lines
