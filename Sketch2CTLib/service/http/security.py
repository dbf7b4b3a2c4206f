"""Who may ask, and what a server refuses: the token, the origin, files and devices of its machine."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from ...errors import ConfigError
from ..protocol.faults import Refused
from ..protocol.messages import Draft, Generate, JobRequest, Load, Model
from .responses import send_error

LEAST_TOKEN = 16  # characters
_OPEN = frozenset({"/health/live", "/health/ready", "/docs", "/openapi.json"})
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})


def is_loopback(host: str) -> bool:
    """Whether an address is reached from this machine alone."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def require_safe(host: str, token: str, certificate: Path | None, key: Path | None) -> None:
    """Checks that a server may listen there.

    Raises:
        ConfigError: It can be reached from elsewhere and has no token, or the token is short, or files are missing.
    """
    if not token and not is_loopback(host):
        raise ConfigError(
            f"'{host}' can be reached from other machines, and there is no token.",
            hint="Set SKETCH2CT_TOKEN or --token-file, or listen on 127.0.0.1.",
        )
    if token and (len(token) < LEAST_TOKEN or not token.isascii() or not token.isprintable() or " " in token):
        raise ConfigError(
            f"The token has {len(token)} characters or odd ones.",
            hint=f"At least {LEAST_TOKEN} printable ones without a space: openssl rand -hex 24",
        )
    if (certificate is None) != (key is None):
        raise ConfigError("A certificate and its key belong together.", hint="Give --certificate and --key.")
    for path in (certificate, key):
        if path is not None and not path.is_file():
            raise ConfigError(f"There is no file '{path}'.", hint="Give PEM files.")


class Guard:
    """ASGI middleware: a wrong or missing token is answered 401; without a token, only this machine's own pages ask.

    The latter since any page in a browser can send forms to a loopback address, and reach it under a name of its own.

    Args:
        app: What is guarded.
        token: Empty where none is needed.
    """

    def __init__(self, app: ASGIApp, token: str = "") -> None:
        self._app = app
        self._digest = hashlib.sha256(token.encode()).digest() if token else b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets a request in, or answers it."""
        if scope["type"] != "http" or (scope["path"] in _OPEN and scope["method"] in ("GET", "HEAD")):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if self._digest:
            if not self._knows(headers.getlist("authorization")):
                error = Refused("The token is missing or wrong.", hint="Send 'Authorization: Bearer TOKEN'.")
                await send_error(error, scope, receive, send, 401)
                return
        elif not is_own_page(headers):
            error = Refused("Pages of other sites may not use this service.", hint="Start it with a token.")
            await send_error(error, scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _knows(self, sent: Iterable[str]) -> bool:
        """Compares digests of one length, in constant time, whatever was sent."""
        headers = list(sent)
        scheme, _, token = (headers[0] if len(headers) == 1 else "").partition(" ")
        right = hmac.compare_digest(hashlib.sha256(token.strip().encode("latin-1")).digest(), self._digest)
        return right and scheme.lower() == "bearer"


def is_own_page(headers: Headers) -> bool:
    """Whether a request names this machine and comes from no other site."""
    host = headers.get("host", "")
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    origin = headers.get("origin")
    return name.lower() in _LOCAL_NAMES and (origin is None or urlsplit(origin).netloc == host)


def refuse_foreign(request: JobRequest | Draft, device: str) -> None:
    """Checks that a request names neither files nor devices of the server's machine.

    Raises:
        Refused: It does.
    """
    model: Model | None = request.model if isinstance(request, Load | Generate | Draft) else None
    if model is not None and model.models:
        raise Refused("This service opens no folders of its machine.", hint="Name a preset in its place.")
    if model is not None and model.device not in ("", device):
        raise Refused(f"This service works on '{device}' alone.", hint="Leave the device out.")
    if isinstance(request, Generate):
        for upload in (request.mask, request.edit, request.context):
            if upload is not None and upload.path is not None:
                raise Refused("This service opens no files of its machine.", hint="Send the file itself, as 'data'.")
