"""Rendering in threads and in forked processes: the same sketch, and no hang."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sketch_bodies import cube, iou, two_balls

from Sketch2CTLib.sketch import Sketch, extract_sketch, silhouette

FORKED = """
import os, sys
from sketch_bodies import cube, two_balls
from Sketch2CTLib.sketch import extract_sketch
extract_sketch(two_balls(cube(32)), cube(32), "axial")
child = os.fork()
drawn = extract_sketch(two_balls(cube(32)), cube(32), "axial")
if child == 0:
    print(drawn.to_json(), flush=True)
    os._exit(0)
sys.exit(os.waitpid(child, 0)[1])
"""


def test_threads_draw_the_same_as_the_main_thread():
    mask = two_balls(cube())
    here = extract_sketch(mask, cube(), "axial").digest()
    with ThreadPoolExecutor(3) as pool:
        there = list(pool.map(lambda _: extract_sketch(mask, cube(), "axial").digest(), range(6)))
    assert set(there) == {here}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_draws_too():
    folders = [str(Path(__file__).parent), str(Path(__file__).parents[3])]
    done = subprocess.run(
        [sys.executable, "-c", FORKED],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(folders)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    forked = Sketch.from_json(done.stdout)
    here = extract_sketch(two_balls(cube(32)), cube(32), "axial")
    assert iou(silhouette(forked, 64), silhouette(here, 64)) > 0.99
    assert forked.of_kind(["crease"])
