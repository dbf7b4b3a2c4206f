"""The HTTP client under the `openai` package: to the named server alone, with bounds on what comes back.

Import it inside functions: httpx2 comes with the `openai` package.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import httpx2

from ...errors import DescriptionError, ServiceUnavailable

LARGEST_REPLY = 1_000_000  # bytes; an answer has a few hundred

_AGENT = "Sketch2CT"


def guarded_client(*, deadline: float, use_proxy: bool, clock: Callable[[], float] = time.monotonic) -> httpx2.Client:
    """A client that follows no redirect, tells the server nothing about this machine, and reads at most 1 MB.

    Args:
        deadline: On `clock`; a reply that still trickles in then is given up.
        use_proxy: Whether the proxies in the environment are used.
        clock: Seconds, rising.
    """

    def bound(response: httpx2.Response) -> None:
        _check_header(response)
        stream = response.stream
        if isinstance(stream, httpx2.SyncByteStream):
            response.stream = _Bounded(stream, deadline, clock)

    return httpx2.Client(
        follow_redirects=False, trust_env=use_proxy, event_hooks={"request": [_anonymous], "response": [bound]}
    )


def _anonymous(request: httpx2.Request) -> None:
    """Takes out the platform, Python and package versions that the openai package adds to every request."""
    for name in [name for name in request.headers if name.lower().startswith("x-stainless-")]:
        del request.headers[name]
    request.headers["User-Agent"] = _AGENT
    request.headers["Accept-Encoding"] = "identity"  # a compressed reply could unfold beyond any bound


def _check_header(response: httpx2.Response) -> None:
    length = response.headers.get("content-length", "0")
    if length.isdecimal() and int(length[:20]) > LARGEST_REPLY:
        raise _too_large()
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise DescriptionError(
            "The server compressed its reply, which was not asked for.", hint="Check the address of the server."
        )


def _too_large() -> DescriptionError:
    return DescriptionError(
        f"The server's reply is larger than {LARGEST_REPLY // 1_000_000} MB.", hint="Check the address of the server."
    )


class _Bounded(httpx2.SyncByteStream):
    """A reply's bytes, up to a size and a time."""

    def __init__(self, inner: httpx2.SyncByteStream, deadline: float, clock: Callable[[], float]) -> None:
        self._inner, self._deadline, self._clock = inner, deadline, clock

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for chunk in self._inner:
            size += len(chunk)
            if size > LARGEST_REPLY:
                raise _too_large()
            if self._clock() > self._deadline:
                raise ServiceUnavailable(
                    "The server's reply came too slowly.", hint="Try again later, or allow more time (total_s)."
                )
            yield chunk

    def close(self) -> None:
        self._inner.close()
