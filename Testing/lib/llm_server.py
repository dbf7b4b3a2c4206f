"""A chat-completions server on this machine that answers from a script and remembers what it was asked."""

import base64
import contextlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NUMBERS = {"volume_ml": 1500.0, "extent_rl_mm": 210.0, "elongation": 1.4, "components": 1.0}
KEY = "sk-secret-of-the-test"
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==")
SNAPSHOTS = {"axial": PNG, "coronal": PNG, "sagittal": PNG}
GOOD = {
    "overall_shape": "wedge-like",
    "surface_smoothness": "slightly uneven",
    "symmetry": "asymmetric",
    "topological_continuity": "one connected piece",
    "elongation": "moderately elongated",
    "flatness": "moderately flattened",
    "widest_section": "right and top",
    "mass_distribution": "right, front and top",
    "summary": "A wedge that tapers from the right to a thin left end.",
}


def completion(content, *, finish="stop", refusal=None, model="gpt-4o-mini-2024-07-18"):
    """The body of a completion; `content` is the answer as an object or as text."""
    text = content if content is None or isinstance(content, str) else json.dumps(content)
    message = {"role": "assistant", "content": text, "refusal": refusal}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": finish, "logprobs": None}],
        "usage": {"prompt_tokens": 900, "completion_tokens": 80, "total_tokens": 980},
    }


def failure(message, **more):
    """The body of an error as OpenAI writes it."""
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None} | more}


class Answer:
    """One scripted reply.

    Args:
        body: A JSON object, text, or bytes; an iterator of bytes is sent piece by piece.
        status, headers: As they are.
        delay_s: Before the first byte.
    """

    def __init__(self, body="", status=200, headers=None, delay_s=0.0):
        self.body, self.status, self.headers, self.delay_s = body, status, headers or {}, delay_s


class LlmServer:
    """Serves the script's answers in order, the last one for ever.

    `requests` holds (path, headers with names in lower case, JSON body).
    """

    def __init__(self):
        self.script = [Answer(completion(GOOD))]
        self.requests = []
        self._closing = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def answers(self, *script):
        self.script = [a if isinstance(a, Answer) else Answer(a) for a in script]

    def close(self):
        self._closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)

    def _handler(self):
        server = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                count = len(server.requests)
                server.requests.append(
                    (self.path, {name.lower(): value for name, value in self.headers.items()}, json.loads(body))
                )
                answer = server.script[min(count, len(server.script) - 1)]
                server._closing.wait(answer.delay_s)
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    self._send(answer)

            def _send(self, answer):
                body = answer.body
                if isinstance(body, dict | list):
                    body = json.dumps(body)
                pieces = [body.encode() if isinstance(body, str) else body] if isinstance(body, str | bytes) else body
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.headers.pop("Content-Type", "application/json"))
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if isinstance(pieces, list):
                    self.send_header("Content-Length", str(len(pieces[0])))
                self.send_header("Connection", "close")
                self.end_headers()
                for piece in pieces:
                    self.wfile.write(piece)
                    self.wfile.flush()

        return Handler


def trickle(seconds_a_piece, pieces):
    """Spaces that never become an answer."""
    for _ in range(pieces):
        time.sleep(seconds_a_piece)
        yield b" "


def assert_one_safe_line(error):
    text = str(error)
    assert KEY not in text
    assert "\n" not in text
    assert text.isprintable()
    assert len(text) < 500
