"""Requests made up from the server's own OpenAPI document: whatever they hold, none is answered by a 5xx."""

from __future__ import annotations

import pytest
from serving import Live

schemathesis = pytest.importorskip("schemathesis")

from hypothesis import HealthCheck, Phase, given, settings  # noqa: E402
from schemathesis.checks import not_a_server_error  # noqa: E402
from schemathesis.specs.openapi.checks import (  # noqa: E402
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
HASTE = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def statuses(operation, known: str) -> list[int]:
    """Of the answers to requests of one operation; every second one is about a job that there is."""
    answers: list[int] = []

    @HASTE
    @given(case=operation.as_strategy())
    def ask(case) -> None:
        if len(answers) % 2 and "job" in (case.path_parameters or {}):
            case.path_parameters["job"] = known
        answers.append(case.call_and_validate(checks=CHECKS, timeout=60).status_code)

    ask()
    return answers


def test_no_request_is_answered_by_a_server_error(shared: Live) -> None:
    document = schemathesis.openapi.from_url(f"{shared.url}/openapi.json")
    operations = [found.ok() for found in document.get_all_operations()]
    assert len(operations) == 12
    seen: dict[str, set[int]] = {}
    for operation in operations:
        with shared.http() as http:
            http.post("/v1/jobs", json={"id": "known", "text": "x"})
        seen[operation.label] = set(statuses(operation, "known"))
    assert all(found and max(found) < 500 for found in seen.values()), seen
    assert 202 in seen["POST /v1/jobs"] and 200 in seen["GET /v1/jobs/{job}/events"], seen
