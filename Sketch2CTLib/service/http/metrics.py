"""Metrics of one server, for Prometheus."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..protocol.events import Event, Failed, Planned, Result

_SECONDS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000)


class Metrics:
    """Counts of one server; nothing global, so that several live in one process.

    Args:
        live: Gives the number of jobs that have not ended, and of those of them that run.
        finished: Gives the number of finished jobs that are kept, and their bytes.
    """

    def __init__(self, live: Callable[[], tuple[int, int]], finished: Callable[[], tuple[int, int]]) -> None:
        self.registry = CollectorRegistry()
        options: dict[str, Any] = {"registry": self.registry, "namespace": "sketch2ct"}
        self.submitted = Counter("jobs_submitted", "Jobs taken in.", **options)
        self.ended = Counter("jobs_ended", "Jobs by how they ended.", ["how"], **options)
        self.seconds = Histogram("job_seconds", "From its start to its result.", buckets=_SECONDS, **options)
        self.lost = Counter("worker_lost", "Times that the worker died.", **options)
        self.answers = Counter("http_answers", "Answers by status.", ["status"], **options)
        self.answer_s = Histogram("http_first_byte_seconds", "Until an answer began.", buckets=_SECONDS, **options)
        Gauge("jobs_waiting", "Jobs that wait.", **options).set_function(lambda: live()[0] - live()[1])
        Gauge("jobs_running", "Jobs that run.", **options).set_function(lambda: live()[1])
        Gauge("results_kept", "Finished jobs that are kept.", **options).set_function(lambda: finished()[0])
        Gauge("results_bytes", "Of their files.", **options).set_function(lambda: finished()[1])
        self._begun: dict[str, float] = {}
        self.typical_s: float | None = None  # of a job; new ones count for more

    def hear(self, event: Event) -> None:
        """Counts an event of a job."""
        if isinstance(event, Planned):
            self._begun.setdefault(event.job, time.monotonic())
        if not event.is_last:
            return
        begun = self._begun.pop(event.job, None)
        if isinstance(event, Result) and begun is not None:
            seconds = time.monotonic() - begun
            self.seconds.observe(seconds)
            self.typical_s = seconds if self.typical_s is None else 0.7 * self.typical_s + 0.3 * seconds
        self.ended.labels(event.code if isinstance(event, Failed) else "done").inc()

    def text(self) -> bytes:
        """All metrics in the text format 0.0.4."""
        return generate_latest(self.registry)


class Counted:
    """ASGI middleware: counts answers by their status, and the time until they began."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.monotonic()
        metrics: Metrics = scope["app"].state.jobs.metrics

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                metrics.answers.labels(str(message["status"])).inc()
                metrics.answer_s.observe(time.monotonic() - begun)
            await send(message)

        await self._app(scope, receive, counted)
