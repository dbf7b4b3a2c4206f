"""The corpus: labels go with their copies, and a lost process is told in one line."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from tiny import tiny_request

from Sketch2CTLib import catalog
from Sketch2CTLib.data.prepared import PreparedSet
from Sketch2CTLib.errors import ResourceError
from Sketch2CTLib.training.corpus import _built, build_corpus
from Sketch2CTLib.training.samples import Corpus


class _Deadly:
    """Ends the process that reads it, as the kernel does when memory is short."""

    def __reduce__(self) -> tuple[object, tuple[int]]:
        return os._exit, (1,)


def test_a_killed_process_is_one_clear_line() -> None:
    with pytest.raises(ResourceError, match="was killed") as caught:
        list(_built([_Deadly()], 1))  # type: ignore[list-item]
    assert "--workers" in caught.value.hint


def test_a_cluster_builds_the_same_bytes(prepared_dir: Path, run_dir: Path, tmp_path: Path) -> None:
    request = tiny_request("mask-autoencoder", prepared_dir, tmp_path, 1)
    few = frozenset({"spleen"})
    for name, given in (("here", {"workers": 1}), ("there", {"workers": 2, "ray_address": "local"})):
        folder = tmp_path / name
        build_corpus(PreparedSet(prepared_dir), folder, request.preset, request.corpus, structures=few, **given)
    files = [
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in (tmp_path / "here", tmp_path / "there")
    ]
    assert files[0] == files[1] and len(files[0]) > 8


def test_labels_lie_where_their_copy_lies(run_dir: Path) -> None:
    corpus = Corpus(run_dir / "corpus", "train", with_images=True)
    rows = np.arange(len(corpus))
    labels, fields = corpus.labels(rows)[:, 0].numpy(), corpus.targets(rows)[:, 0].numpy()
    compared, step = 0, fields.shape[-1] // labels.shape[-1]
    for record, label, field in zip(corpus.records, labels, fields[:, ::step, ::step, ::step], strict=True):
        own, body = label == catalog.structure(record.structure).label, field > 0
        assert (own & body).any(), record
        if body.sum() > 40:  # a smaller one is all border
            compared += 1
            assert 2 * (own & body).sum() / (own.sum() + body.sum()) > 0.6, record
    assert compared
    assert len(np.unique(labels)) >= 3, "neighbours are there too"
