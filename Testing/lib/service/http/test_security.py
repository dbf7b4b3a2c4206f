"""Who is let in, how much is read, and that no file but a job's own is reached."""

from __future__ import annotations

import base64
import json
import socket
import ssl
import subprocess
import sys
import tracemalloc
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import pytest
from serving import PATIENCE_S, Live, until

from Sketch2CTLib.cli.main import main
from Sketch2CTLib.errors import ConfigError, ServiceUnavailable
from Sketch2CTLib.service.client import Client
from Sketch2CTLib.service.http.app import Address, ServeConfig, server_of
from Sketch2CTLib.service.http.security import is_loopback
from Sketch2CTLib.service.protocol.faults import Refused, TooLarge

TOKEN = "a-token-of-some-length"
GUARDED = ["/v1/capabilities", "/v1/state", "/v1/jobs/a", "/v1/jobs/a/events", "/v1/jobs/a/files/b", "/metrics"]


@pytest.fixture(scope="module")
def guarded():
    from serving import engine_of

    live = Live(ServeConfig(token=TOKEN, grace_s=0, most_body_bytes=200_000), engine_of)
    yield live
    live.stop()


@pytest.mark.parametrize(
    "sent",
    [{}, {"Authorization": "Bearer x"}, {"Authorization": f"Basic {TOKEN}"}, {"Authorization": f"Bearer {TOKEN}x"},
     {"Authorization": f"Bearer {TOKEN[:-1]}"}, {"Authorization": b"Bearer \xff\xfe"}, {"Authorization": TOKEN}],
)  # fmt: skip
def test_a_wrong_or_missing_token_is_answered_401(guarded: Live, sent: dict) -> None:
    with guarded.http() as http:
        http.headers.pop("Authorization")
        for path in GUARDED:
            answer = http.get(path, headers=sent)
            assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"
            assert answer.json()["code"] == "refused" and TOKEN not in answer.text
        assert http.post("/v1/jobs", content=b"x" * 10**6, headers=sent).status_code == 401
        assert http.get("/health/live", headers=sent).status_code == 200


def test_the_right_token_lets_in_and_a_client_says_what_is_wrong(guarded: Live) -> None:
    with guarded.client() as client:
        assert client.hello().presets == ("scripted",)
    with Client.server(guarded.url, token="wrong") as client, pytest.raises(Refused, match="token is missing or wrong"):
        client.generate(text="x").result(PATIENCE_S)


def test_every_digest_is_compared_whatever_was_sent(guarded: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """Constant time: the comparison is hmac's, of digests of one length, also where nothing was sent."""
    import hmac

    compared: list[tuple[bytes, bytes]] = []
    usual = hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", lambda a, b: (compared.append((a, b)), usual(a, b))[1])
    with guarded.http() as http:
        for sent in ("", "Bearer x", f"Bearer {TOKEN}"):
            http.get("/v1/state", headers={"Authorization": sent})
    assert len(compared) == 3 and {len(part) for pair in compared for part in pair} == {32}


def test_pages_of_other_sites_are_refused_where_there_is_no_token(shared: Live) -> None:
    with shared.http() as http:
        for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}, {"Origin": "null"}):
            answer = http.post("/v1/jobs", json={}, headers=headers)
            assert answer.status_code == 403, headers
        own = {"Origin": shared.url}
        assert http.get("/v1/state", headers=own).status_code == 200


@pytest.mark.parametrize(
    ("host", "token", "told"),
    [("0.0.0.0", "", "no token"), ("192.168.1.5", "", "no token"), ("::", "", "no token"), ("host", "", "no token"),
     ("0.0.0.0", "short", "token has 5"), ("127.0.0.1", "has a space in it, it has", "odd")],
)  # fmt: skip
def test_it_does_not_start_unsafely(host: str, token: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        server_of(ServeConfig(token=token), Address(host, 0))


def test_the_command_refuses_in_one_line(capsys: pytest.CaptureFixture[str], monkeypatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SKETCH2CT_TOKEN", raising=False)
    (tmp_path / "empty").write_text("")
    for arguments in (
        ["--host", "0.0.0.0"],
        ["--certificate", str(tmp_path / "none")],
        ["--port", "99999"],
        ["--queue", "-1"],
        ["--token-file", str(tmp_path / "empty")],
        ["--certificate", str(tmp_path / "empty"), "--key", str(tmp_path / "empty")],
    ):
        assert main(["serve", *arguments]) == 2, arguments
        assert capsys.readouterr().err.count("\n") == 1


def test_loopback_is_told_from_other_addresses() -> None:
    assert all(is_loopback(one) for one in ("127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost"))
    assert not any(is_loopback(one) for one in ("0.0.0.0", "::", "10.0.0.1", "example.org", "127.0.0.1.evil.org"))


def test_a_body_of_a_gigabyte_is_answered_without_being_read(guarded: Live) -> None:
    head = f"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {2**30}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", guarded.port), PATIENCE_S) as link:
        link.sendall(head.encode())
        assert b" 413 " in link.recv(1000).splitlines()[0]


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=b"])
def test_a_body_in_chunks_takes_no_more_memory_than_its_limit(guarded: Live, kind: str) -> None:
    head = f"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: {kind}\r\n"
    chunk = b"10000\r\n" + b"x" * 2**16 + b"\r\n"
    sent = 0
    tracemalloc.start()
    with socket.create_connection(("127.0.0.1", guarded.port), PATIENCE_S) as link:
        link.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n")
        if "multipart" in kind:
            part = b'--b\r\nContent-Disposition: form-data; name="mask"; filename="m"\r\n\r\n'
            link.sendall(b"%x\r\n" % len(part) + part + b"\r\n")
        link.settimeout(5)
        try:
            while sent < 2**28:
                link.sendall(chunk)
                sent += 2**16
        except OSError:
            pass
        answer = b""
        with suppress(OSError):  # the answer can be lost where the server closed a connection still written to
            answer = link.recv(1000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sent < 2**26 and peak < 8e6
    assert not answer or b" 413 " in answer.splitlines()[0]
    until(lambda: not list(guarded.jobs.store.work.glob("draft*")))


def test_a_client_hears_that_its_request_is_too_large(guarded: Live) -> None:
    with guarded.client() as client, pytest.raises(TooLarge, match="200,000"):
        client.generate(text="x", sketch={"much": "x" * 300_000}).result(PATIENCE_S)


@pytest.mark.parametrize(
    "name",
    ["../job.json", "..%2fjob.json", "%2e%2e/job.json", "/etc/passwd", "job.json", "", "..\\job.json",
     "mask.seg.nrrd/../../job.json", "%00", "files/mask.seg.nrrd", "../../jobs.sqlite3"],
)  # fmt: skip
def test_no_file_is_reached_but_the_jobs_own(shared: Live, name: str) -> None:
    with shared.http() as http, shared.client() as client:
        call = client.generate(text="mine")
        call.result(PATIENCE_S)
        request = f"GET /v1/jobs/{call.job}/files/{name} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        with socket.create_connection(("127.0.0.1", shared.port), PATIENCE_S) as link:
            link.sendall(request.encode())
            answer = b"".join(iter(lambda: link.recv(65536), b""))
        assert b" 404 " in answer.splitlines()[0] and b"digest" not in answer and b"root:" not in answer
        assert http.get(f"/v1/jobs/{call.job}/files/mask.seg.nrrd").content == b"mine"


@pytest.mark.parametrize("job", ["..", "../..", "%2e%2e", "a/b", "a" * 65, ".hidden", quote("ä")])
def test_ids_that_are_none_reach_nothing(shared: Live, job: str) -> None:
    with shared.http() as http:
        for method, tail in (("GET", ""), ("GET", "/events"), ("POST", "/cancel"), ("DELETE", "")):
            assert http.request(method, f"/v1/jobs/{job}{tail}").status_code in (400, 404, 405)


@pytest.mark.parametrize(
    "fields",
    [{"edit": {"path": "/etc"}}, {"mask": {"path": "/etc/passwd"}}, {"model": {"models": "/"}},
     {"context": {"path": "/etc/passwd"}},
     {"model": {"device": "cuda:3"}}, {"kind": "load", "model": {"models": "/"}}],
)  # fmt: skip
def test_a_request_may_not_name_files_or_devices(shared: Live, fields: dict) -> None:
    ran = len(shared.transport.runner.ran)
    with shared.http() as http:
        answer = http.post("/v1/jobs", json={"structure": "liver", **fields})
        assert answer.status_code == 403 and answer.json()["code"] == "refused"
    assert len(shared.transport.runner.ran) == ran


@pytest.mark.parametrize("part", ["mask", "context"])
def test_a_mask_that_names_another_file_is_refused(shared: Live, part: str) -> None:
    evil = b"NRRD0004\ntype: uint8\ndimension: 3\nsizes: 4 4 4\ndata file: /etc/passwd\n\n"
    with shared.http() as http:
        as_part = http.post("/v1/jobs", data={"request": "{}"}, files={part: ("m.nrrd", evil)})
        as_data = http.post("/v1/jobs", json={part: {"data": base64.b64encode(evil).decode()}})
    assert {as_part.status_code, as_data.status_code} == {422}
    assert {as_part.json()["code"], as_data.json()["code"]} == {"bad_mask"}


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"", "application/json"), (b"[1]", "application/json"), (b"\xff", "application/json"), (b"{}", "text/plain"),
     (b'{"kind": "quit"}', "application/json"), (b'{"seed": NaN}', "application/json"), (b"{}", ""),
     (b"[" * 100_000, "application/json"), (b"x", "multipart/form-data"), (b"x", "multipart/form-data; boundary=b"),
     (json.dumps({"id": "../x"}).encode(), "application/json"),
     (b'{"seed": ' + b"9" * 5000 + b"}", "application/json")],
)  # fmt: skip
def test_what_cannot_be_read_is_answered_400(shared: Live, body: bytes, kind: str) -> None:
    with shared.http() as http:
        answer = http.post("/v1/jobs", content=body, headers={"Content-Type": kind})
    assert answer.status_code == 400 and answer.json()["code"] in ("bad_message", "unknown_message")


def test_https_with_a_certificate_of_ones_own(serve, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
    ]
    ends = ["-keyout", str(key), "-out", str(certificate), "-subj", "/CN=localhost"]
    alone = [*made, *ends, "-addext", "subjectAltName=IP:127.0.0.1"]
    if subprocess.run(alone, capture_output=True, check=False).returncode != 0:
        pytest.skip("there is no openssl here")
    live = serve(ssl_certfile=str(certificate), ssl_keyfile=str(key))
    with Client.server(live.url, certificates=certificate) as client:
        assert client.generate(text="x").result(PATIENCE_S).report == {"seed": 1}
    with Client.server(live.url) as client, pytest.raises(ServiceUnavailable, match="certificate"):
        client.hello()
    assert ssl.OPENSSL_VERSION and sys.version_info
