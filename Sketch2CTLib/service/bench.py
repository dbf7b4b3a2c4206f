"""What the service adds to the networks, and whether it holds: overhead, cancelling, many clients, memory."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import Cancelled, ConfigError, OutputError, ServiceUnavailable
from ..resources import resource_path
from .client import Client
from .client.http import HttpTransport
from .client.local import LocalTransport
from .protocol.events import Event, Failed, Progress, Result
from .protocol.lines import request_of
from .protocol.messages import new_id

START_S = 120.0
PATIENCE_S = 7200.0
OVERHEAD_MS = {"local": 50.0, "http": 100.0}  # targets
SEEDS = 5
_EVERY = 10  # jobs between two looks at memory
_TEXT = "about 1.4 litres"
_PROCESSES = ("server_mb", "worker_mb")
Digests = dict[str, str]  # file name → SHA-256


@dataclass(frozen=True)
class BenchConfig:
    """What is measured.

    Args:
        preset, device: The weights and the device of the jobs, which are masks in preview quality.
        runs: The number of warm requests that are timed, locally and over HTTP.
        clients, jobs: The number of clients at once, and of all their jobs.
        memory_jobs: The number of jobs, one after the other, while memory is measured.
        serve: The server's command, in place of the usual one; it prints 'serving on URL'.
        work: The local worker's command, in place of the usual one.
        reference: Seed → the digests of the command line's files, in place of running it.

    Raises:
        ConfigError: A number is out of range.
    """

    preset: str = "default"
    device: str = "cpu"
    runs: int = 10
    clients: int = 50
    jobs: int = 500
    memory_jobs: int = 200
    serve: tuple[str, ...] | None = None
    work: tuple[str, ...] | None = None
    reference: Callable[[int], Digests] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if min(self.runs, self.clients, self.jobs, self.memory_jobs) < 1 or self.jobs < self.clients:
            raise ConfigError(f"{self.jobs} jobs of {self.clients} clients cannot be.", hint="At least one each.")


def bench_service(config: BenchConfig, announce: Callable[[str], None] = lambda line: None) -> dict[str, Any]:
    """All measurements, as they are written to JSON; `announce` is called with each part as it begins."""
    report: dict[str, Any] = {"preset": config.preset, "device": config.device, "targets_ms": OVERHEAD_MS}
    options = ["--preset", config.preset, "--device", config.device]
    announce("local worker")
    with Client(LocalTransport(config.work, arguments=() if config.work else options)) as client:
        report["local"] = one_client(client, config.runs)
    announce("server")
    with served(config) as (url, process):
        with Client.server(url) as client:
            report["http"] = one_client(client, config.runs)
        announce(f"{config.jobs} jobs of {config.clients} clients")
        report["load"] = load(url, config)
        announce(f"memory over {config.memory_jobs} jobs")
        with Client.server(url) as client:
            report["memory"] = memory(client, process.pid, config.memory_jobs)
    return report


@contextmanager
def served(config: BenchConfig) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A server in a process of its own, and its URL."""
    usual = [sys.executable, "-m", "Sketch2CTLib", "serve", "--port", "0", "--queue", str(config.jobs)]
    usual += ["--preset", config.preset, "--device", config.device, "--grace", "0"]
    with tempfile.TemporaryFile("w+") as log:
        command = config.serve or usual
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            if not line.startswith("serving on "):
                log.seek(0)
                raise ServiceUnavailable(f"The server does not start ({log.read()[-300:].strip()}).")
            yield line.split()[2].rstrip(";"), process
        finally:
            process.terminate()
            process.wait(START_S)
            process.stdout.close()


def example_fields(seed: int, **fields: Any) -> dict[str, Any]:
    """The fields of a request: the shipped sketch of a liver with a volume."""
    sketch = json.loads(_sketch().read_text(encoding="utf-8"))
    return {"structure": "liver", "text": _TEXT, "sketch": sketch, "previews": False, "seed": seed, **fields}


def preview_fields(seed: int, **fields: Any) -> dict[str, Any]:
    """The fields of a request for a mask in preview quality, of one draw."""
    return example_fields(seed, sampling={"quality": "preview", "draws": 1}, with_volume=False) | fields


def one_client(client: Client, runs: int) -> dict[str, Any]:
    """The overhead of warm requests, and of cancelling.

    Returns:
        `overhead_ms`: from the request to its files in a folder, less the seconds that the job itself took in the
        worker; `beside_sampling_ms`: less the denoising steps alone, so with reading, measuring and writing;
        `cancel_ms`: from the wish to the `cancelled` event, `step_ms` the step of a network before it.
    """
    with tempfile.TemporaryDirectory() as folder:
        timed = [_timed(client, Path(folder) / str(n), n) for n in range(runs + 1)][1:]
    cancels = [_cancelled(client) for _ in range(3)]
    return {
        "runs": runs,
        "overhead_ms": _summary([one[0] for one in timed]),
        "beside_sampling_ms": _summary([one[1] for one in timed]),
        "job_ms": _summary([one[2] for one in timed]),
        "cancel_ms": _summary([one[0] for one in cancels]),
        "step_ms": _summary([one[1] for one in cancels]),
    }


def _timed(client: Client, folder: Path, seed: int) -> tuple[float, float, float]:
    """Milliseconds of a request beside its job, beside its denoising, and of its job."""
    steps_s: list[float] = []

    def hear(event: Event) -> None:
        if isinstance(event, Progress) and event.stage in ("mask", "volume"):
            steps_s.append(event.elapsed_s)

    start_s = time.perf_counter()
    result = client.generate(on_event=hear, **preview_fields(seed)).result(PATIENCE_S)
    client.save(result, folder)
    total_s = time.perf_counter() - start_s
    client.forget(result.job).wait(PATIENCE_S)
    sampling_s = steps_s[-1] - steps_s[0] if steps_s else 0.0
    return (total_s - result.seconds) * 1e3, (total_s - sampling_s) * 1e3, result.seconds * 1e3


def _cancelled(client: Client) -> tuple[float, float]:
    """Milliseconds from a request to cancel to the end of the job, and of the step of a network before it."""
    call = client.generate(**preview_fields(1, sampling={"steps": 1000, "draws": 1}))
    last, step = time.perf_counter(), 0.0
    for event in call.follow(PATIENCE_S):
        if isinstance(event, Progress) and event.stage == "mask":
            now = time.perf_counter()
            step, last = now - last, now
            if event.step >= 3:
                break
    cancelled_s = time.perf_counter()
    call.cancel()
    try:
        call.wait(PATIENCE_S)
    except Cancelled:
        return (time.perf_counter() - cancelled_s) * 1e3, step * 1e3
    raise ServiceUnavailable("The job was not cancelled.")


class _LastEvents:
    """Counts the last events of every job of every client."""

    def __init__(self) -> None:
        self.lasts: Counter[str] = Counter()
        self.results: dict[str, Result] = {}
        self.failed: list[str] = []
        self._changed = threading.Condition()

    def hear(self, event: Event) -> None:
        if event.is_last:
            with self._changed:
                self.lasts[event.job] += 1
                if isinstance(event, Result):
                    self.results[event.job] = event
                elif isinstance(event, Failed):
                    self.failed.append(f"{event.code}: {event.message}")
                self._changed.notify_all()

    def wait_for(self, count: int) -> None:
        with self._changed:
            self._changed.wait_for(lambda: sum(self.lasts.values()) >= count, PATIENCE_S)


def load(url: str, config: BenchConfig) -> dict[str, Any]:
    """How many jobs of many clients were lost, answered twice, or differ from the command line's files."""
    answers, seeds = _LastEvents(), dict[str, int]()
    transports = [HttpTransport(url) for _ in range(config.clients)]
    begun = time.perf_counter()
    for number in range(config.jobs):
        job, seed = new_id(), number % SEEDS
        seeds[job] = seed
        request = request_of({"kind": "generate", "id": job, **preview_fields(seed)})
        transports[number % len(transports)].exchange(request, answers.hear)
    answers.wait_for(config.jobs)
    seconds = time.perf_counter() - begun
    time.sleep(0.5)  # for an answer too many
    for transport in transports:
        transport.close()
    reference = config.reference or (lambda seed: command_line(seed, config))
    expected = {seed: reference(seed) for seed in sorted(set(seeds.values()))}
    digests = {job: {file.name: file.sha256 for file in result.files} for job, result in answers.results.items()}
    return {
        "clients": config.clients,
        "jobs": config.jobs,
        "seconds": round(seconds, 2),
        "lost": sum(job not in answers.lasts for job in seeds),
        "answered_twice": sum(count > 1 for count in answers.lasts.values()),
        "failed": answers.failed,
        "unlike_command_line": sum(files != expected[seeds[job]] for job, files in digests.items()),
        "jobs_per_s": round(config.jobs / seconds, 3),
    }


def command_line(seed: int, config: BenchConfig) -> Digests:
    """The digests of what `sketch2ct generate` writes.

    Raises:
        OutputError: It fails.
    """
    import hashlib

    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "Sketch2CTLib", "generate", "--sketch", str(_sketch()), "--out", folder]
        command += ["--structure", "liver", "--text", _TEXT, "--quality", "preview", "--draws", "1", "--no-volume"]
        command += ["--seed", str(seed), "--preset", config.preset, "--device", config.device]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise OutputError(f"The command line failed ({done.stderr.strip()[-300:]}).")
        files = [path for path in Path(folder).rglob("*") if path.is_file()]
        return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def memory(client: Client, server: int, jobs: int) -> dict[str, Any]:
    """The resident megabytes of the server and its worker while jobs go through, one after the other.

    `growth_mb` is from the first tenth of the jobs to the end; null where the system does not tell.
    """
    samples: list[tuple[float, float]] = []
    for number in range(jobs):
        client.generate(**preview_fields(number % SEEDS)).result(PATIENCE_S)
        if number % max(min(_EVERY, jobs // 10), 1) == 0:
            worker = max((resident_mb(child) for child in children_of(server)), default=0.0)
            samples.append((resident_mb(server), worker))
    start = min(max(len(samples) // 10, 1), len(samples) - 1)
    series = {
        name: [round(mb, 1) for mb in part] for name, part in zip(_PROCESSES, zip(*samples, strict=True), strict=True)
    }
    growth = {name: round(part[-1] - part[start], 1) for name, part in series.items()}
    return {"jobs": jobs, **series, "growth_mb": growth if Path("/proc").is_dir() else None}


def resident_mb(process: int) -> float:
    """The resident memory of a process in MB; 0 where the system does not tell."""
    return _told_mb(process, "VmRSS:")


def resident_peak_mb(process: int) -> float:
    """The largest resident memory that a process had, in MB; 0 where the system does not tell."""
    return _told_mb(process, "VmHWM:")


def _told_mb(process: int, name: str) -> float:
    try:
        text = Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0.0
    line = next((one for one in text.splitlines() if one.startswith(name)), f"{name} 0 kB")
    return int(line.split()[1]) / 1024


def children_of(process: int) -> list[int]:
    """The child processes of a process; none where the system does not tell."""
    children = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parts = stat.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(parts[1]) == process:
            children.append(int(stat.parent.name))
    return children


def _sketch() -> Path:
    return resource_path("Sketches", "liver_sketch.json")


def _summary(values: list[float]) -> dict[str, float]:
    return {"median": round(statistics.median(values), 2), "worst": round(max(values), 2)}
