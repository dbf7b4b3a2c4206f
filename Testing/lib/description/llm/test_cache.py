"""Earlier answers on disk."""

import base64
import json
import os
from pathlib import Path

import pytest
from llm_server import GOOD, Answer, LlmServer, completion, failure

from Sketch2CTLib.description.llm import AnswerCache, LlmDescriber, LlmSettings, build_prompt, default_cache_dir
from Sketch2CTLib.description.llm.cache import cache_key
from Sketch2CTLib.errors import ConfigError

PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==")
NUMBERS = {"volume_ml": 1500.0, "components": 1.0}
KEY = "sk-secret-of-the-test"


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    server = LlmServer()
    yield server
    server.close()


@pytest.fixture
def describe(server, tmp_path):
    def run(numbers=NUMBERS, png=PNG, structure="liver", **settings):
        given = {"base_url": server.url, "cache_dir": tmp_path / "cache"} | settings
        return LlmDescriber(LlmSettings(**given)).describe(structure, numbers, {"axial": png})

    return run


def entries(tmp_path):
    return sorted((tmp_path / "cache").glob("*.json"))


def test_the_second_time_nothing_is_sent_and_no_key_is_needed(server, describe, monkeypatch):
    first = describe()
    monkeypatch.delenv("OPENAI_API_KEY")
    second = describe()
    assert len(server.requests) == 1
    assert (first.cached, second.cached) == (False, True)
    assert (second.words, second.summary, second.model) == (first.words, first.summary, first.model)
    assert second.usage == {}


def test_anything_that_was_asked_otherwise_is_asked_anew(server, describe):
    describe()
    describe(numbers=NUMBERS | {"volume_ml": 1500.001})
    describe(png=PNG + b"\0")
    describe(structure="spleen")
    describe(model="other")
    describe(temperature=0.5)
    describe(seed=None)
    assert len(server.requests) == 7
    describe(timeout_s=33.0, retries=0)
    assert len(server.requests) == 7


def test_another_server_has_its_own_answers():
    prompt = build_prompt("liver", NUMBERS, {"axial": PNG})
    keys = {cache_key(LlmSettings(base_url=f"http://{host}/v1"), prompt) for host in ("a", "b", "a")}
    assert len(keys) == 2


def test_without_a_folder_nothing_is_kept(server, describe):
    describe(cache_dir=None)
    describe(cache_dir=None)
    assert len(server.requests) == 2


def test_neither_key_nor_picture_nor_numbers_are_kept(describe, tmp_path):
    describe()
    (entry,) = entries(tmp_path)
    text = entry.read_text()
    assert KEY not in text
    assert "1500" not in text
    assert base64.b64encode(PNG).decode() not in text
    assert set(json.loads(text)) == {"format", "key", "text", "model"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b"null",
        b'{"format": "other"}',
        b"x" * 1_500_000,
        "cut",
        {"text": 3},
        {"model": None},
        {"key": "another"},
        {"text": "prose"},
        {"text": json.dumps(GOOD | {"summary": "A cirrhotic wedge."})},
        {"text": json.dumps(GOOD | {"symmetry": "perfect"})},
    ],
    ids=lambda content: str(content)[:30],
)
def test_a_damaged_entry_is_passed_over_and_written_anew(server, describe, tmp_path, content):
    describe()
    (path,) = entries(tmp_path)
    whole = path.read_text()
    if isinstance(content, dict):
        path.write_text(json.dumps(json.loads(whole) | content))
    else:
        path.write_bytes(whole.encode()[: len(whole) // 2] if content == "cut" else content)
    assert describe().cached is False
    assert len(server.requests) == 2
    assert path.read_text() == whole


def test_errors_and_wrong_answers_are_not_kept(server, describe, tmp_path):
    server.answers(Answer(failure("no"), 401), completion("prose"), completion(GOOD))
    with pytest.raises(ConfigError):
        describe()
    assert entries(tmp_path) == []
    describe()
    (entry,) = entries(tmp_path)
    assert json.loads(json.loads(entry.read_text())["text"]) == GOOD


def test_a_folder_that_cannot_be_written_loses_no_answer(describe, tmp_path):
    (tmp_path / "file").write_text("")
    assert describe(cache_dir=tmp_path / "file" / "cache").words


def test_the_least_recently_used_leave(tmp_path):
    cache = AnswerCache(tmp_path, most_files=3)
    for count, key in enumerate("abc"):
        cache.put(key, {"text": "", "model": ""})
        os.utime(tmp_path / f"{key}.json", (count, count))
    assert cache.get("a") is not None
    cache.put("d", {"text": "", "model": ""})
    assert sorted(path.stem for path in tmp_path.iterdir()) == ["a", "c", "d"]


def test_the_size_is_bounded_but_the_newest_stays(tmp_path):
    cache = AnswerCache(tmp_path, most_bytes=2500)
    for count, key in enumerate("abcd"):
        cache.put(key, {"text": "x" * 1000, "model": ""})
        if (tmp_path / f"{key}.json").exists():
            os.utime(tmp_path / f"{key}.json", (count, count))
    assert sorted(path.stem for path in tmp_path.iterdir()) == ["c", "d"]
    AnswerCache(tmp_path, most_bytes=10).put("e", {"text": "x" * 1000, "model": ""})
    assert [path.stem for path in tmp_path.iterdir()] == ["e"]


def test_where_it_lies(tmp_path, monkeypatch):
    assert default_cache_dir({"XDG_CACHE_HOME": str(tmp_path)}) == tmp_path / "sketch2ct" / "llm"
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    for ignored in ({}, {"XDG_CACHE_HOME": ""}, {"XDG_CACHE_HOME": "relative"}):
        assert default_cache_dir(ignored) == tmp_path / ".cache" / "sketch2ct" / "llm"


def test_a_user_without_a_home_has_no_cache(monkeypatch):
    def homeless():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    assert default_cache_dir({}) is None
