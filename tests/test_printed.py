"""What a script prints: to a terminal as it comes, into a pipe whole, and once."""

import os
import re
import sys
from subprocess import run

import pexpect
import pytest
from model_server import Reply, answer, chunk, events, slow

SCRIPT = """
import vlm_notebook as vlm
client = vlm.connect({url!r}, "key", model="m")
answer = vlm.ask("What is it?", vlm.samples.path("cat"))
"""
SAID = "A cat · 一只猫."


@pytest.fixture
def server(server):
    server.says(Reply(answer(SAID)))
    return server


@pytest.fixture
def script(server, tmp_path):
    path = tmp_path / "script.py"
    path.write_text(SCRIPT.format(url=server.base_url))
    return [sys.executable, str(path)]


def test_into_a_pipe_goes_the_bare_answer_whole_and_nothing_else(script):
    done = run(script, capture_output=True, check=True)
    assert done.stdout.decode().replace(os.linesep, "\n") == f"{SAID}\n"
    assert done.stderr == b""


def test_a_pipe_of_another_encoding_gets_what_it_can_hold(script):
    variables = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = run(script, capture_output=True, check=True, env=variables)
    assert done.stdout.split() == b"A cat ? ???.".split()


def test_without_any_output_a_script_asks_all_the_same(script, server):
    code = f"import sys; sys.stdout = None; exec(open({script[1]!r}).read())"
    run([script[0], "-c", code], check=True)
    assert len(server.requests) == 1


def test_into_a_terminal_a_scripts_answer_streams_with_its_facts_below(script, server):
    server.says(slow(events(chunk("Hel"), chunk("lo"), done=False)))
    with pexpect.spawn(script[0], script[1:], timeout=60, encoding="utf-8") as child:
        child.expect_exact("[cat.jpg]\r\nHello")
        assert not server.closed_early.is_set()
        child.sendintr()
        child.expect_exact("Interrupted; this is what had arrived.")
        child.expect_exact("KeyboardInterrupt")
    assert server.closed_early.wait(10)


def test_a_scripts_terminal_gets_the_text_once_and_no_escape_sequence(script):
    with pexpect.spawn(script[0], script[1:], timeout=60, encoding="utf-8") as child:
        child.expect(pexpect.EOF)
        assert re.fullmatch(
            rf"\[cat\.jpg\]\r\n{re.escape(SAID)}\r\n\[m · detail auto · about .* s\]\r\n",
            child.before,
        )
