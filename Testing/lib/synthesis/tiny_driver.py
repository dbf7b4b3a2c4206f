"""Runs a tiny data set on Ray, to be killed: `python tiny_driver.py MODELS OUT COUNT`."""

import sys
from pathlib import Path

LIB = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(LIB.parents[1]), str(LIB), str(Path(__file__).parent)]

if __name__ == "__main__":
    from plans import tiny_plan, tiny_source

    from Sketch2CTLib.synthesis.driver import Cluster, run_plan

    models, out, count = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    plan = tiny_plan(count=count, drawn=False).settled(out)
    run_plan(plan, tiny_source(models), None, out, Cluster(workers=2), heard=lambda progress: None)
