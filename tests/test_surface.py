import os
import re
import subprocess
import sys

import kernel
import pexpect
import pytest
from model_server import ModelServer, Reply, chunk, events

from vlm_notebook.view.surface import cell_id, surface

ASK_SURFACE = "from vlm_notebook.view.surface import surface; surface()"
THREADED = """
from concurrent.futures import ThreadPoolExecutor
from vlm_notebook.view.surface import surface
ThreadPoolExecutor().submit(surface).result()
"""
SAID = "Hello\x1b]0;title\x07 there."


@pytest.fixture(scope="module")
def ipykernel():
    with kernel.running() as running:
        yield running


@pytest.fixture
def server():
    server = ModelServer()
    pieces = [events(chunk(word), done=False) for word in ("Hello", SAID[5:-6], "there.")]
    server.says(Reply(pieces=(*pieces, events(chunk(finish="stop"))), pause_s=0.02))
    yield server
    server.close()


@pytest.fixture
def terminal(tmp_path, server):
    """A real IPython in a terminal, connected to the server."""
    command = ["-m", "IPython", "--simple-prompt", "--no-banner", "--no-confirm-exit"]
    variables = {**os.environ, "IPYTHONDIR": str(tmp_path), "TERM": "dumb"}
    options = {"env": variables, "timeout": 60, "encoding": "utf-8", "echo": False}
    child = pexpect.spawn(sys.executable, command, **options)
    child.expect_exact("In [1]: ")

    def run(line):
        child.sendline(line)
        child.expect(r"In \[\d+\]: ")
        return child.before.replace("\r\n", "\n")

    run("import vlm_notebook as vlm")
    run(f"client = vlm.connect({server.base_url!r}, 'key', model='m')")
    yield run
    child.close(force=True)


@pytest.mark.parametrize(("live", "expected"), [(True, "'live'"), (False, "'static'")])
def test_a_browser_gets_the_live_widget_and_jupyter_client_the_card(ipykernel, live, expected):
    assert ipykernel.value(ASK_SURFACE, live=live) == expected


def test_a_thread_sees_what_its_cell_sees(ipykernel):
    assert ipykernel.value(THREADED, live=True) == "'live'"
    assert ipykernel.value(THREADED, live=False) == "'static'"


def test_an_environment_variable_chooses_the_static_card():
    with kernel.running(VLM_RENDER="static") as running:
        assert running.value(ASK_SURFACE, live=True) == "'static'"


def test_outside_ipython_output_is_a_scripts():
    assert surface() == "script"
    assert cell_id() is None


def test_each_run_of_a_cell_has_its_own_id(ipykernel):
    code = "from vlm_notebook.view.surface import cell_id; cell_id()"
    assert ipykernel.value(code) != ipykernel.value(code)


def test_in_a_terminal_the_text_streams_and_is_printed_once(terminal):
    assert terminal("answer = vlm.ask('hi')").count("there.") == 1
    assert terminal("vlm.ask('hi')").count("there.") == 1
    assert "Hello" in terminal("answer")
    assert terminal("vlm.ask('hi', show=False)").count("there.") == 1


def test_in_a_terminal_out_points_at_the_answer_and_keeps_it(terminal):
    shown = terminal("vlm.ask('hi')")
    assert re.search(r"s\]\nOut\[\d+\]: the answer above, from m\n\n$", shown)
    assert "'stop'" in terminal("_.finish_reason")
    assert "Out" not in terminal("answer = vlm.ask('hi')")


def test_in_a_terminal_the_facts_stand_under_the_text(terminal):
    assert re.search(
        r"there\.\n\[m · about \d+ \+ \d+ tokens · \d+\.\d s\]", terminal("vlm.ask('a')")
    )


def test_a_models_text_cannot_drive_the_terminal(terminal):
    for line in ("answer = vlm.ask('hi')", "answer"):
        out = terminal(line)
        assert "title" in out
        assert "\x1b" not in out
        assert "\x07" not in out


def test_a_models_name_cannot_drive_the_terminal(terminal):
    out = terminal(r"a = vlm.ask('hi', model='m\x1b[2J\x9b\u202e')")
    assert "[m[2J · about" in out


@pytest.mark.parametrize(("options", "times"), [("", 1), (", show=False", 0)])
def test_a_script_prints_the_answer_once_or_not_at_all(server, options, times):
    code = f"import vlm_notebook as vlm; c = vlm.Client({server.base_url!r}, 'key', model='m')"
    code += f"; answer = c.ask('hi'{options})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.count("there.") == times
    assert "\x1b" not in done.stdout
    assert done.stderr == ""


def test_a_script_that_goes_on_asking_keeps_no_old_answers(server):
    code = f"""
import gc, vlm_notebook as vlm
from vlm_notebook import Answer
client = vlm.Client({server.base_url!r}, 'key', model='m')
for _ in range(5):
    client.ask('hi')
gc.collect()
print("kept", sum(isinstance(o, Answer) for o in gc.get_objects()))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "kept 1" in done.stdout
