"""The commands of the tutorials are run as they stand there, and what a page says that is seen, is seen.

`own_data.md`, which trains, has a test of its own with two steps a stage. The page of the server names a port: here a
free one takes its place.
"""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from Sketch2CTLib.cli.main import main
from Testing.tutorial_pages import FOLDER, TutorialPage

ROOT = FOLDER.parents[1]
PAGES = ("one_organ.md", "contour.md", "organs.md", "nnunet.md", "server.md")
PORT = "8000"
START_S, RUN_S = 300.0, 900.0  # at the longest, on a machine that does other things too
PROGRAM = f'"{sys.executable}" -m Sketch2CTLib'


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """An empty folder in which the shipped files lie as in a checkout."""
    (tmp_path / "Resources").symlink_to(ROOT / "Resources", target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "400")
    return tmp_path


@pytest.fixture
def server():
    """Starts the server of a command, which may be stopped by nobody else, and waits until it takes jobs."""
    started = []

    def start(command: str) -> None:
        process = in_a_shell(f"exec {command}", stdout=subprocess.DEVNULL)
        started.append(process)
        port = int(shlex.split(command)[-1])
        end = time.monotonic() + START_S
        while process.poll() is None and time.monotonic() < end:
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.1)
        pytest.fail(f"'{command}' does not serve (exit status {process.poll()}).")

    yield start
    for process in started:
        process.terminate()
        process.wait(60)


def in_a_shell(line: str, **streams) -> subprocess.Popen:
    """A line of a page in bash: `sketch2ct` and `python` are those of this environment."""
    line = re.sub(r"(?<![\w/.-])sketch2ct(?= )", lambda _match: PROGRAM, line)
    line = re.sub(r"^python(?= )", lambda _match: f'"{sys.executable}"', line)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(["bash", "-c", line], env=environment, text=True, **streams)


def output_of(line: str, capsys) -> str:
    """What a line of a page prints; it must succeed. The program's own run in this process, where torch is loaded."""
    words = shlex.split(line)
    if words[0] == "sketch2ct" and words[1] != "synthesize":
        capsys.readouterr()
        status = main(words[1:])
        printed = capsys.readouterr()
        told = printed.out + printed.err
    else:
        process = in_a_shell(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        told, _nothing = process.communicate(timeout=RUN_S)
        status = process.returncode
    assert status == 0, f"{line}\n{told}"
    return told


def squeezed(text: str) -> str:
    """Every run of blanks as one: columns are as wide as their entries, lines as a terminal."""
    return " ".join(text.split())


@pytest.mark.parametrize("name", PAGES)
def test_the_commands_of_the_page_do_what_it_says(name, checkout, server, capsys):
    page, told = TutorialPage(name), []
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    for line in page.commands:
        line = re.sub(rf"\b{PORT}\b", port, line)
        if line.startswith("sketch2ct serve "):
            server(line)
        else:
            told.append(output_of(line, capsys))
    printed = squeezed("\n".join(told))
    assert page.seen, "the self-check says what is seen"
    missing = [line for line in page.seen if squeezed(line) not in printed]
    assert not missing, f"{missing} is not in\n" + "\n".join(told)


def test_every_page_is_in_the_table_and_ends_with_a_self_check():
    table = TutorialPage("README.md").text
    for name in (*PAGES, "own_data.md", "panel.md"):
        assert f"({name})" in table, name
    for name in PAGES:
        page = TutorialPage(name)
        assert "self-check" in page.anchors and "not for diagnosis" in page.text, name
    pages = {path.name for path in Path(FOLDER).glob("*.md")} - {"README.md"}
    assert pages == {*PAGES, "own_data.md", "panel.md"}
