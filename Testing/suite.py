"""The test suite on all cores; after it, in one process, the tests that measure time. `make test` runs this.

    python Testing/suite.py [arguments of pytest]

A test that asserts wall-clock time bears the mark `alone` (held by Testing/rules/test_alone.py): beside others it would
measure them. The last line sums both parts as pytest does; the exit status is not 0 where one of them failed.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path

TESTING = Path(__file__).resolve().parent
MARK = re.compile(r"^\s*(@|pytestmark = )pytest\.mark\.alone", re.MULTILINE)
NOTHING_FOUND = 5  # pytest's exit status where no test was chosen
INTERRUPTED = 2
QUOTA = Path("/sys/fs/cgroup/cpu.max")  # of a container, in microseconds: '200000 100000' is two cores


def main(arguments):
    """Runs both parts.

    Returns:
        The exit status: of the first part that failed, 5 where no test was found, 0.
    """
    begun, counts, statuses = time.monotonic(), Counter(), []
    for part in parts(arguments):
        status, found = run(part)
        statuses.append(status)
        counts += found
        if status == INTERRUPTED:
            break
    print(closing_line(counts, time.monotonic() - begun))
    ran = [status for status in statuses if status != NOTHING_FOUND]
    return next(filter(None, ran), 0) if ran else NOTHING_FOUND


def parts(arguments):
    """pytest's arguments for the tests that run side by side, and for those that run alone, if there are such."""
    own = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    own.add_argument("-m", default="not slow")
    chosen, others = own.parse_known_args(arguments)
    named = [argument for argument in others if path_of(argument).exists()]
    options = [argument for argument in others if argument not in named]
    together = ["-n", str(cores()), "--dist", "loadfile", "--no-loadscope-reorder"]
    yield [*together, *others, "-m", f"({chosen.m}) and not alone"]
    alone = [test for name in named or [str(TESTING)] for test in with_the_mark(name)]
    if alone:
        yield [*options, *alone, "-n", "0", "-m", f"({chosen.m}) and alone"]


def path_of(argument):
    """The file or folder of a test's name as pytest takes it."""
    return Path(argument.split("::")[0])


def with_the_mark(name):
    """The test files with such tests below a folder, or the name itself: the others are not imported once more."""
    path = path_of(name)
    files = sorted(path.rglob("test_*.py")) if path.is_dir() else [path]
    marked = [file for file in files if MARK.search(file.read_text(encoding="utf-8"))]
    return [str(file) for file in marked] if path.is_dir() else [name] * len(marked)


def cores():
    """How many processors this process may use, of the machine and of its container."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = re.match(r"(\d+) (\d+)", QUOTA.read_text()) if QUOTA.is_file() else None
    return max(1, min(allowed, int(quota[1]) // int(quota[2])) if quota else allowed)


def run(part):
    """(pytest's exit status, how many tests passed, failed and so on)."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", *part, "-o", "junit_logging=no", f"--junit-xml={report}"]
        status = subprocess.run(command, check=False).returncode
        return status, counted(report) if report.is_file() else Counter()


def counted(report):
    """What pytest's report in JUnit's form counts, in pytest's words."""
    suites = ElementTree.parse(report).getroot().iter("testsuite")
    told = sum(
        (Counter({k: int(s.get(k)) for k in ("tests", "failures", "errors", "skipped")}) for s in suites), Counter()
    )
    passed = told["tests"] - told["failures"] - told["errors"] - told["skipped"]
    return Counter(failed=told["failures"], passed=passed, skipped=told["skipped"], errors=told["errors"])


def closing_line(counts, seconds):
    """As pytest's own: '1 failed, 6481 passed, 2 skipped in 512.30s'."""
    told = ", ".join(f"{counts[word]} {word}" for word in ("failed", "passed", "skipped", "errors") if counts[word])
    return f"===== both parts: {told or 'no tests ran'} in {seconds:.2f}s ====="


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
