"""A test that asserts wall-clock time bears the mark `alone`: beside others on busy cores it would measure those.

Its limit is no bare number of seconds below 20, which a slow machine breaks: it is stretched by `timing.slowness`, or
it is a share of what a test's own delay would take.
"""

import ast

import pytest

from Testing.rules.house import ROOT, short, syntax, tracked_files

MARK = "pytest.mark.alone"
CLOCKS = {"time.monotonic", "time.perf_counter", "time.time"}  # a processor's seconds do not grow beside others
PROCESSOR_CLOCKS = {"time.process_time", "time.thread_time"}
LEAST_BARE_S = 20.0
READ = {"longest_ms", "longest_wall_ms", "ms"}  # of heartbeat.Heartbeat and heartbeat.Stopwatch
ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
TEST_FILES = [p for p in tracked_files() if p.name.startswith("test_") and ROOT / "Testing" in p.parents]

ASSERTS = """
import time
def test_it():
    begun = time.monotonic()
    assert time.monotonic() - begun < 5
"""
ASSERTS_THE_BEST = """
import time
def test_it():
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        times.append(time.perf_counter() - begun)
    assert min(times) < 0.4
"""
ASSERTS_A_BEAT = "def test_it(beat):\n    assert beat.longest_ms < 50 and beat.beats > 10"
ASSERTS_A_STOPWATCH = "class TestIt:\n    def test_it(self, passing):\n        assert passing.ms < 50"
ASSERTS_BY_A_HELPER = """
import time
def quick():
    begun = time.monotonic()
    assert time.monotonic() - begun < 5
def test_it():
    quick()
"""
ASSERTS_WHAT_A_HELPER_MEASURED = """
import time
def cost():
    begun = time.monotonic()
    return time.monotonic() - begun
def test_it():
    costs = [cost()]
    assert max(costs) < 5
"""
ASSERTING = [v for k, v in sorted(globals().items()) if k.startswith("ASSERTS")]
WAITS = """
import time
def until():
    end = time.monotonic() + 10
    while not done():
        assert time.monotonic() < end
def test_it():
    until()
    assert len(found()) > 3
"""
COUNTS_PROCESSOR = "import time\ndef test_it():\n    assert time.process_time() < 5"
MARKED = "import pytest\n@pytest.mark.alone\ndef test_it(beat):\n    assert beat.longest_ms < 50"
BARE = "import time\ndef test_it():\n    begun = time.monotonic()\n    assert time.monotonic() - begun < 5.0"
BARE_OF_THE_PROCESSOR = BARE.replace("monotonic", "thread_time")
BARE_OF_A_BEAT = "def test_it(beat):\n    assert beat.longest_ms < 50 and beat.beats > 10"
STRETCHED = BARE.replace("5.0", "5.0 * slowness()")
HALF_OF_A_DELAY = BARE.replace("5.0", "DELAY_S / 2")
AT_LEAST = BARE.replace("< 5.0", "> 5.0")
MARKED_WHOLE = "import pytest\npytestmark = pytest.mark.alone\ndef test_it(beat):\n    assert beat.longest_ms < 50"


def reads_a_clock(node, clocks=CLOCKS):
    """Whether an expression is the call of a clock, or what a measurement holds."""
    if isinstance(node, ast.Call):
        return ast.unparse(node.func) in clocks
    return isinstance(node, ast.Attribute) and node.attr in READ


def tells_time(node, names, clocks):
    """Whether some part of an expression reads a clock, or is a name that was given what a clock read."""
    parts = ast.walk(node)
    return any(reads_a_clock(part, clocks) or (isinstance(part, ast.Name) and part.id in names) for part in parts)


def names_of_time(function, clocks):
    """The names in a function that were given what a clock read, by `=` or by `append`."""
    names, before = set(), None
    while before != names:
        before = set(names)
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and tells_time(node.value, names, clocks):
                names |= {part.id for target in node.targets for part in ast.walk(target) if isinstance(part, ast.Name)}
            elif isinstance(node, ast.Call) and any(tells_time(given, names, clocks) for given in node.args):
                name, _, method = ast.unparse(node.func).rpartition(".")
                names |= {name} if method == "append" else set()
    return names


def is_measured(node, names, clocks):
    """Whether a comparison holds a time against a limit; a clock against a deadline is a wait that was lost."""
    if not isinstance(node, ast.Compare) or not any(isinstance(sign, ORDER) for sign in node.ops):
        return False
    deadline = isinstance(node.left, ast.Call) and reads_a_clock(node.left, CLOCKS)
    return not deadline and tells_time(node, names, clocks)


def asserts_time(function, clocks, judges):
    """Whether one of its assertions holds a time against a limit, or it calls one of the judges, which do."""
    names = names_of_time(function, clocks)
    parts = list(ast.walk(function))
    asserted = (node for part in parts if isinstance(part, ast.Assert) for node in ast.walk(part.test))
    called = (ast.unparse(part.func) for part in parts if isinstance(part, ast.Call))
    return any(is_measured(node, names, clocks) for node in asserted) or bool(judges & set(called))


def helpers(tree):
    """(the names of a module's own functions that give back a time, of those that assert one)."""
    clocks, judges = set(CLOCKS), set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("test_"):
            names = names_of_time(node, clocks)
            given = [part.value for part in ast.walk(node) if isinstance(part, ast.Return) and part.value]
            clocks |= {node.name for value in given if tells_time(value, names, clocks)}
            judges |= {node.name} if asserts_time(node, clocks, judges) else set()
    return clocks, judges


def is_marked(tree):
    """Whether a module, a class or a function bears the mark."""
    if isinstance(tree, ast.Module):
        marks = [node for node in tree.body if isinstance(node, ast.Assign)]
        return any(ast.unparse(node.targets[0]) == "pytestmark" and MARK in ast.unparse(node.value) for node in marks)
    return any(ast.unparse(decorator) == MARK for decorator in tree.decorator_list)


def unmarked(module):
    """The tests of a module that assert wall-clock time and do not bear the mark."""
    clocks, judges = helpers(module)
    rooms = [module, *(node for node in module.body if isinstance(node, ast.ClassDef))]
    tests = [
        (room, node)
        for room in rooms
        for node in room.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    return [
        node
        for room, node in tests
        if asserts_time(node, clocks, judges) and not any(map(is_marked, (module, room, node)))
    ]


def bare_limits(module):
    """The assertions of a module that hold a time below a bare number."""
    clocks = helpers(module)[0] | PROCESSOR_CLOCKS
    functions = [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef)]
    return [
        part
        for function in functions
        for asserted in ast.walk(function)
        if isinstance(asserted, ast.Assert)
        for part in ast.walk(asserted.test)
        if is_measured(part, names_of_time(function, clocks), clocks) and has_bare_limit(part)
    ]


def has_bare_limit(comparison):
    """Whether the last side of a comparison is a number that a slow machine reaches."""
    limit = comparison.comparators[-1]
    below = isinstance(comparison.ops[-1], ast.Lt | ast.LtE)
    in_ms = any(isinstance(part, ast.Attribute) and part.attr in READ for part in ast.walk(comparison))
    least = LEAST_BARE_S * (1000 if in_ms else 1)
    return below and isinstance(limit, ast.Constant) and limit.value < least


@pytest.mark.parametrize("path", TEST_FILES, ids=short)
def test_a_limit_of_time_is_one_of_this_machine(path):
    found = [f"{short(path)}:{node.lineno}" for node in bare_limits(syntax(path))]
    assert not found, f"A slow machine breaks the limit; stretch it by Testing.timing.slowness: {', '.join(found)}"


@pytest.mark.parametrize("text", [BARE, BARE_OF_THE_PROCESSOR, BARE_OF_A_BEAT])
def test_a_bare_limit_is_found(text):
    assert bare_limits(ast.parse(text))


@pytest.mark.parametrize("text", [STRETCHED, HALF_OF_A_DELAY, AT_LEAST, WAITS])
def test_other_limits_are_left_alone(text):
    assert not bare_limits(ast.parse(text))


@pytest.mark.parametrize("path", TEST_FILES, ids=short)
def test_what_asserts_wall_clock_time_runs_alone(path):
    found = [f"{short(path)}:{node.lineno} {node.name}" for node in unmarked(syntax(path))]
    assert not found, f"They assert wall-clock time; put @{MARK} above each: {', '.join(found)}"


@pytest.mark.parametrize("text", ASSERTING)
def test_a_test_that_asserts_time_is_found(text):
    assert [node.name for node in unmarked(ast.parse(text))] == ["test_it"]


@pytest.mark.parametrize("text", [WAITS, COUNTS_PROCESSOR, MARKED, MARKED_WHOLE])
def test_others_are_left_alone(text):
    assert not unmarked(ast.parse(text))
