"""Nothing goes to a language model before a person agreed to the very text; then only that text goes."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import pythonqt_model

qt = pythonqt_model.install()
pythonqt_model.use_properties(__name__)

import slicer_model  # noqa: E402
from panel_scene import click  # noqa: E402
from Sketch2CTUI.geometry.llm import request  # noqa: E402
from Sketch2CTUI.geometry.panel import GeometryPanel  # noqa: E402

from Sketch2CTLib.description import GeometryDescription  # noqa: E402
from Sketch2CTLib.description.llm import LlmDescriber  # noqa: E402
from Sketch2CTLib.errors import ServiceUnavailable  # noqa: E402

TEXT = "about 1.4 litres, 20 cm wide, a birthday present"
WORDS = {"overall_shape": "wedge-like", "surface_smoothness": "smooth"}
FINE_S = 30


class Call:
    """A call that waits until the test answers."""

    def __init__(self, prompt, key, on_done, on_failed):
        self.prompt, self.key, self.done, self.failed = prompt, key, on_done, on_failed
        self.cancelled = False

    def cancel(self):
        self.cancelled = True


class Describer:
    """In the place of the library's; what was made and sent is kept."""

    made, calls = [], []

    def __init__(self, settings):
        self.settings = settings
        Describer.made.append(settings)

    def prompt(self, structure, numbers):
        return LlmDescriber(self.settings).prompt(structure, numbers, {})

    def start(self, prompt, key, on_done, on_failed):
        if key == "refused":
            raise ServiceUnavailable("The server is not there.", hint="Try later.")
        Describer.calls.append(Call(prompt, key, on_done, on_failed))
        return Describer.calls[-1]


@pytest.fixture
def panel(monkeypatch):
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    Describer.made.clear()
    Describer.calls.clear()
    yield from panels(Describer)


def panels(describer):
    made = GeometryPanel(describer=describer)
    made.said, made.changes = [], []
    made.on_message.add(made.said.append)
    made.on_changed.add(lambda: made.changes.append(made.text()))
    made.set_structure("liver")
    made.widget.resize(420, 700)
    made.widget.show()
    made.set_text(TEXT)
    yield made
    made.llm.stop()
    made.widget.close()


def consent(panel):
    return panel.llm.consent


def test_opening_the_question_sends_nothing(panel):
    assert not consent(panel).is_asking
    click(panel.llm_button)
    assert consent(panel).is_asking and consent(panel).send.enabled
    assert Describer.calls == [] and not panel.llm.is_running
    click(consent(panel).cancel)
    assert not consent(panel).is_asking and Describer.calls == []


def test_what_is_shown_is_server_model_and_the_whole_body(panel):
    click(panel.llm_button)
    shown = str(consent(panel).content.plainText)
    body = json.loads(shown.split("— All of it as it is sent\n")[1])
    prompt = Describer.made and LlmDescriber(Describer.made[-1]).prompt("liver", panel.state.numbers, {})
    assert body == request(Describer.made[-1], prompt)
    assert body["model"] == "gpt-4o-mini" and "1400" in prompt.user and prompt.user in shown
    assert "https://api.openai.com/v1/chat/completions" in consent(panel).where.text
    assert "birthday" not in shown, "the user's own text stays here"


def test_send_sends_what_was_shown(panel):
    click(panel.llm_button)
    consent(panel).password.text = "abc"
    click(consent(panel).send)
    (call,) = Describer.calls
    assert call.prompt.numbers == panel.state.numbers and call.key == "abc"
    assert panel.llm.is_running and not consent(panel).is_asking
    assert "gpt-4o-mini" in panel.llm.status.text and not panel.llm.status_row.isHidden()


def test_an_open_question_follows_the_numbers_and_the_address(panel):
    click(panel.llm_button)
    panel.set_text("volume 1.6 L")
    assert "1600" in consent(panel).content.plainText and "1400" not in consent(panel).content.plainText
    consent(panel).server.text = "http://localhost:8000/v1"
    consent(panel).model.text = "my-model"
    assert "on this computer" in consent(panel).where.text and '"my-model"' in consent(panel).content.plainText
    consent(panel).server.text = "http://far.example/v1"
    assert "UNENCRYPTED" in consent(panel).where.text
    consent(panel).server.text = "nonsense"
    assert not consent(panel).send.enabled and "'nonsense' is no address" in consent(panel).where.text
    assert consent(panel).content.plainText == "" and Describer.calls == []


def test_words_come_as_sentences_behind_the_users_own(panel):
    click(panel.llm_button)
    click(consent(panel).send)
    before = len(panel.changes)
    Describer.calls[0].done({"words": WORDS, "summary": "It is like a wedge.", "model": "m-1"})
    assert panel.text().startswith(f"{TEXT}. ") and panel.state.read.words == WORDS
    assert panel.state.read.numbers["volume_ml"] == 1400 and len(panel.changes) == before + 1
    assert panel.description().words["overall_shape"] == "wedge-like"
    assert panel.said[-1] == "m-1: It is like a wedge." and not panel.llm.is_running
    panel.editor.undo()
    assert panel.text() == TEXT


def test_a_word_of_the_user_stays(panel):
    panel.set_text("irregular, 1.4 L")
    click(panel.llm_button)
    click(consent(panel).send)
    Describer.calls[0].done({"words": WORDS, "summary": "", "model": "m"})
    assert panel.state.words == {"overall_shape": "wedge-like", "surface_smoothness": "irregular"}


def test_a_failure_is_one_sentence_and_the_text_stays(panel):
    click(panel.llm_button)
    click(consent(panel).send)
    Describer.calls[0].failed("The server is busy.", "Try again later.")
    assert panel.said[-1] == "The server is busy. Try again later."
    assert panel.text() == TEXT and not panel.llm.is_running and panel.llm.status_row.isHidden()
    consent(panel).password.text = "refused"
    click(panel.llm_button)
    click(consent(panel).send)
    assert panel.said[-1] == "The server is not there. Try later." and not panel.llm.is_running


def test_consent_is_asked_each_time_unless_ticked(panel):
    for count in (1, 2):
        click(panel.llm_button)
        assert len(Describer.calls) == count - 1
        click(consent(panel).send)
        Describer.calls[-1].failed("No.", "")
    click(panel.llm_button)
    consent(panel).again.checked = True
    click(consent(panel).send)
    Describer.calls[-1].failed("No.", "")
    click(panel.llm_button)
    assert len(Describer.calls) == 4 and not consent(panel).is_asking, "sent at once, as allowed"
    Describer.calls[-1].failed("No.", "")
    consent(panel).model.text = "another"
    click(panel.llm_button)
    assert consent(panel).is_asking and len(Describer.calls) == 4, "another model was not allowed"
    assert not GeometryPanel(describer=Describer).llm.consent.is_allowed(), "nor is it remembered elsewhere"


def test_stop_gives_up_and_a_late_answer_is_dropped(panel):
    click(panel.llm_button)
    click(consent(panel).send)
    click(panel.llm_button)
    assert len(Describer.calls) == 1, "one call at a time"
    click(panel.llm.stop_button)
    call = Describer.calls[0]
    assert call.cancelled and not panel.llm.is_running
    call.done({"words": WORDS, "summary": "", "model": "m"})
    assert panel.text() == TEXT


def test_another_scene_gives_the_call_up(panel):
    click(panel.llm_button)
    click(consent(panel).send)
    panel.set_description(GeometryDescription.checked(structure="aorta"), "")
    Describer.calls[0].done({"words": WORDS, "summary": "", "model": "m"})
    assert Describer.calls[0].cancelled and panel.text() == ""


def test_without_numbers_there_is_nothing_to_send(panel):
    panel.set_text("smooth")
    click(panel.llm_button)
    assert not consent(panel).send.enabled and "no numbers of the liver" in consent(panel).where.text


# ---- the library's own, against a server on this machine


class Server(BaseHTTPRequestHandler):
    got, answer = [], {}

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        Server.got.append((self.path, body, self.headers["Authorization"]))
        content = {"role": "assistant", "content": json.dumps(Server.answer)}
        choice = {"index": 0, "message": content, "finish_reason": "stop"}
        sent = json.dumps({"id": "1", "object": "chat.completion", "created": 1, "model": "m-1", "choices": [choice]})
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent.encode())

    def log_message(self, *_ignored):
        pass


@pytest.fixture
def server():
    pytest.importorskip("openai")
    Server.got.clear()
    made = HTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{made.server_port}/v1"
    made.shutdown()
    made.server_close()


@pytest.fixture
def real(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    yield from panels(None)


def test_the_process_posts_exactly_what_was_shown(real, server):
    view = consent(real)
    view.server.text, view.model.text, view.password.text = server, "m-1", "secret"
    click(real.llm_button)
    body = json.loads(str(view.content.plainText).split("— All of it as it is sent\n")[1])
    properties = body["response_format"]["json_schema"]["schema"]["properties"]
    Server.answer = {name: field.get("enum", ["A shape."])[0] for name, field in properties.items()}
    assert Server.got == []
    click(view.send)
    assert real.llm.is_running, "the event loop goes on while it is asked"
    assert slicer_model.spin(lambda: not real.llm.is_running, FINE_S)
    assert Server.got == [("/v1/chat/completions", body, "Bearer secret")]
    assert "overall_shape" in real.state.read.words and real.said[-1].startswith("m-1: ")
    assert "secret" not in real.text() + str(real.state.description())


def test_a_diagnosis_is_turned_away_by_the_guard(real, server):
    view = consent(real)
    view.server.text = server
    click(real.llm_button)
    body = json.loads(str(view.content.plainText).split("— All of it as it is sent\n")[1])
    properties = body["response_format"]["json_schema"]["schema"]["properties"]
    Server.answer = {
        name: field.get("enum", ["An enlarged liver with a tumour."])[0] for name, field in properties.items()
    }
    click(view.send)
    assert slicer_model.spin(lambda: not real.llm.is_running, FINE_S)
    assert real.text() == TEXT and len(Server.got) == 2 and real.said[-1].count("\n") == 0
    assert "tumour" not in real.text()


def test_a_server_that_is_gone_is_one_sentence(real):
    view = consent(real)
    view.server.text = "http://127.0.0.1:9/v1"
    click(real.llm_button)
    click(view.send)
    assert real.llm.is_running
    click(real.llm.stop_button)
    assert not real.llm.is_running and real.text() == TEXT


def test_without_a_key_nothing_is_started(real):
    view = consent(real)
    view.server.text = "https://llm.example/v1"
    click(real.llm_button)
    click(view.send)
    assert not real.llm.is_running and "No key for llm.example" in real.said[-1]
