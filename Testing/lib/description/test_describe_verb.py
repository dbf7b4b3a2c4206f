"""`sketch2ct describe`, as typed; with --llm against a server on this machine."""

import json
import os
import socket
import struct
import subprocess
import sys

import numpy as np
import pytest
from llm_server import GOOD, Answer, LlmServer, completion, failure

from Sketch2CTLib.cli.main import main
from Sketch2CTLib.description import GeometryDescription
from Sketch2CTLib.description.merging import load_description
from Sketch2CTLib.frames import write_nrrd


@pytest.fixture
def mask_file(bodies, tmp_path):
    grid = bodies.make_grid((60, 50, 40), (2, 2, 2), signs=(-1, -1, 1))
    labels = np.zeros(grid.shape_kji, dtype=np.uint8)
    labels[bodies.ellipsoid(grid, (50, 40, 30))] = 6
    labels[:3, :3, :3] = 1
    write_nrrd(tmp_path / "Doe_Jane_mask.nrrd", labels, grid)
    return tmp_path / "Doe_Jane_mask.nrrd"


@pytest.fixture
def liver(mask_file):
    """The arguments up to the options."""
    return ["describe", str(mask_file), "--structure", "liver", "--label", "6"]


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def server():
    server = LlmServer()
    yield server
    server.close()


def size_of(path):
    return struct.unpack(">II", path.read_bytes()[16:24])


def test_table_and_text(liver, capsys):
    assert main(liver) == 0
    out = capsys.readouterr().out
    assert "Extent right–left" in out and "100" in out
    assert "The liver has a volume of about 250 mL" in out
    assert "The liver is one connected piece with no holes." in out


def test_json_and_file(liver, tmp_path, capsys):
    out = tmp_path / "description.json"
    assert main([*liver, "--json", "--out", str(out)]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["numbers"]["volume_ml"] == pytest.approx(4 / 3 * np.pi * 60, rel=0.01)
    assert load_description(out).numbers == printed["numbers"]
    assert GeometryDescription.checked(printed).words == printed["words"]


def test_a_picture_to_look_at(liver, tmp_path, capsys):
    png = tmp_path / "new" / "d.png"
    assert main([*liver, "--png", str(png)]) == 0
    assert size_of(png) == (1500, 1000)
    assert f"→ {png}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        (["--structure", "liver", "--label", "9"], "It holds 1, 6"),
        (["--structure", "liver"], "Choose one with --label"),
        (["--structure", "tail", "--label", "6"], "Unknown structure 'tail'"),
        (["--structure", "liver", "--label", "6", "--llm-model", "x"], "do nothing without --llm"),
        (["--structure", "liver", "--label", "6", "--llm", "--llm-url", "localhost"], "'localhost' is no address"),
        (["--structure", "liver", "--label", "6", "--llm", "--llm-model", " "], "no model's name"),
    ],
)
def test_bad_input_is_one_line(mask_file, capsys, extra, said):
    assert main(["describe", str(mask_file), *extra]) == 2
    err = capsys.readouterr().err
    assert said in err and err.count("\n") == 1


def test_missing_file(tmp_path, capsys):
    assert main(["describe", str(tmp_path / "none.nrrd"), "--structure", "liver"]) == 2
    assert "none.nrrd" in capsys.readouterr().err


@pytest.mark.parametrize("extra", [[], ["--json"], ["--dry-run"], ["--dry-run", "--json", "--no-cache"]])
def test_without_the_flag_no_socket_opens_and_openai_is_not_imported(liver, tmp_path, extra):
    program = (
        "import socket, sys\n"
        "def refuse(*a, **k): raise AssertionError('network')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        "from Sketch2CTLib.cli.main import main\n"
        "status = main(sys.argv[1:])\n"
        "print([m for m in ('openai', 'httpx2', 'httpx') if m in sys.modules], file=sys.stderr)\n"
        "sys.exit(status)"
    )
    env = os.environ | {"OPENAI_API_KEY": "sk-x", "OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}
    arguments = [sys.executable, "-c", program, *liver, "--png", str(tmp_path / "d.png"), *extra]
    done = subprocess.run(arguments, capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == "[]"


def test_what_is_sent_is_said_first_and_the_words_are_the_models(liver, server, tmp_path, capsys):
    out = tmp_path / "d.json"
    assert main([*liver, "--json"]) == 0
    derived = json.loads(capsys.readouterr().out)
    png = tmp_path / "d.png"
    assert main([*liver, "--llm", "--llm-url", server.url, "--json", "--out", str(out), "--png", str(png)]) == 0
    told = capsys.readouterr()
    printed = json.loads(told.out)
    assert printed["numbers"] == derived["numbers"]
    assert printed["words"] == {name: value for name, value in GOOD.items() if name != "summary"} != derived["words"]
    assert "wedge-like" in printed["text"]
    assert printed["words_from"] == "gpt-4o-mini-2024-07-18"
    assert printed["llm"]["summary"] == GOOD["summary"]
    host = server.url.removeprefix("http://").removesuffix("/v1")
    assert told.err.startswith(f"Sent to {host} ({server.url}, model gpt-4o-mini): the structure's name (liver), ")
    assert f"{len(printed['numbers'])} numbers, 3 pictures of its surface (axial 512×512, coronal" in told.err
    assert told.err.count("\n") == 1
    assert load_description(out).words == printed["words"]
    assert size_of(png) == (1500, 1000)


def test_what_is_sent_is_what_was_said(liver, server, mask_file):
    assert main([*liver, "--llm", "--llm-url", server.url, "--llm-model", "local-vision"]) == 0
    ((_, _, body),) = server.requests
    assert body["model"] == "local-vision"
    assert len([part for part in body["messages"][1]["content"] if part["type"] == "image_url"]) == 3
    sent = json.dumps(body)
    for private in ("Doe", "Jane", mask_file.name, str(mask_file.parent)):
        assert private not in sent


def test_the_second_time_nothing_is_sent(liver, server, capsys):
    arguments = [*liver, "--llm", "--llm-url", server.url]
    assert main(arguments) == main(arguments) == 0
    assert len(server.requests) == 1
    told = capsys.readouterr()
    assert "Nothing is sent: gpt-4o-mini-2024-07-18 has answered this before" in told.err
    assert told.out.count(GOOD["summary"]) == 2
    assert main([*arguments, "--no-cache"]) == 0
    assert len(server.requests) == 2


def test_a_dry_run_shows_it_and_sends_nothing(liver, server, tmp_path, capsys):
    out, png = tmp_path / "d.json", tmp_path / "look.png"
    assert main([*liver, "--llm", "--dry-run", "--llm-url", server.url, "--png", str(png), "--out", str(out)]) == 0
    told = capsys.readouterr()
    assert server.requests == []
    assert "Would be sent to 127.0.0.1" in told.err
    assert "--out is ignored" in told.err
    for shown in ("Never diagnose", "Volume (volume_ml)", '"overall_shape"', "axial: 512×512"):
        assert shown in told.out
    assert sorted(path.name for path in tmp_path.glob("look*")) == [
        "look-axial.png",
        "look-coronal.png",
        "look-sagittal.png",
    ]
    assert size_of(tmp_path / "look-axial.png") == (512, 512)
    assert not out.exists()


def test_a_dry_run_in_json_is_the_request(liver, server, capsys):
    import hashlib
    from base64 import b64decode

    assert main([*liver, "--dry-run", "--llm-url", server.url, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert main([*liver, "--llm", "--llm-url", server.url]) == 0
    body = server.requests[0][2]
    assert [message["content"] for message in body["messages"][:1]] == [shown["system"]]
    text, *pictures = body["messages"][1]["content"]
    assert text["text"] == shown["user"]
    assert body["response_format"]["json_schema"]["schema"] == shown["schema"]
    sent = [hashlib.sha256(b64decode(part["image_url"]["url"].split(",")[1])).hexdigest() for part in pictures]
    assert sent == [picture["sha256"] for picture in shown["pictures"]]
    assert shown["sent"] is False


def test_an_unencrypted_way_is_said(liver, capsys):
    assert main([*liver, "--dry-run", "--llm-url", "http://192.0.2.1/v1"]) == 0
    assert "not encrypted" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (Answer(failure("Incorrect API key: sk-private"), 401), 2, "error [bad_config]: 127.0.0.1"),
        (Answer(completion(None, refusal="No.")), 2, "error [bad_description]: The model refuses"),
        (Answer(completion(GOOD | {"summary": "A cyst."})), 2, "it says 'cyst'"),
        (Answer("oops"), 2, "not JSON"),
    ],
)
def test_a_failure_is_one_line_and_nothing_is_written(
    liver, server, tmp_path, capsys, monkeypatch, answer, status, said
):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-private")
    server.answers(answer)
    out, png = tmp_path / "d.json", tmp_path / "d.png"
    assert main([*liver, "--llm", "--llm-url", server.url, "--out", str(out), "--png", str(png)]) == status
    told = capsys.readouterr()
    notice, error = told.err.splitlines()
    assert notice.startswith("Sent to")
    assert said in error
    assert "sk-private" not in told.err
    assert told.out == ""
    assert not out.exists() and not png.exists()


def test_nobody_there_is_one_line(liver, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        assert main([*liver, "--llm", "--llm-url", url]) == 1
    assert "cannot be reached" in capsys.readouterr().err.splitlines()[-1]


def test_without_a_key_openai_is_not_asked(liver, capsys):
    assert main([*liver, "--llm"]) == 2
    assert "OPENAI_API_KEY is not set" in capsys.readouterr().err.splitlines()[-1]


def test_without_the_package_the_extra_is_named(liver, server, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "openai", None)
    assert main([*liver, "--llm", "--llm-url", server.url]) == 1
    told = capsys.readouterr().err.splitlines()[-1]
    assert told.startswith("error [missing_dependency]:") and 'pip install -e ".[llm]"' in told
