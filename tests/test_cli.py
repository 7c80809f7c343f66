from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

import pytest
from model_server import RESET, Reply, answer, chunk, events, refusal, slow
from PIL import Image

from vlm_notebook import __version__, cli

KEY = "sk-planted-0123456789abcdefghij"
ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("VLM_", "OPENAI_", "PYTHON"))
}
HALF = events(chunk("Half"), done=False)
CLONE = Path(cli.__file__).parents[1]


def command(*arguments):
    return [sys.executable, "-W", "error", "-m", "vlm_notebook.cli", *map(str, arguments)]


def run(*arguments, encoding="utf-8", **env):
    """Run the command in this process, which is quicker; return exit code, output and errors."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding=encoding) for _ in range(2))
    with (
        patch.dict(os.environ, ENVIRONMENT | env, clear=True),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            code = cli.main([*map(str, arguments)])
        except SystemExit as ended:
            code = ended.code
    out.flush(), err.flush()
    return code, *(stream.buffer.getvalue().decode() for stream in (out, err))


def run_apart(*arguments, **env):
    """Run the command as a user does, with every warning an error."""
    env = ENVIRONMENT | env
    done = subprocess.run(
        command(*arguments), capture_output=True, text=True, env=env, timeout=60, check=False
    )
    return done.returncode, done.stdout, done.stderr


def at(server, *arguments):
    return (*arguments, "--base-url", server.base_url, "-m", "some/model")


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "my photo.png"
    Image.new("RGB", (64, 48), "red").save(path)
    return path


# --------------------------------------------------------------------------- ask


def test_an_answer_streams_to_stdout(server):
    assert run_apart(*at(server, "ask", "Hello?")) == (0, "Hello there.\n", "")


def test_text_is_written_as_it_arrives(server):
    server.says(slow(HALF))
    with subprocess.Popen(
        command(*at(server, "ask", "Hello?")), stdout=subprocess.PIPE, env=ENVIRONMENT
    ) as process:
        assert process.stdout.read(4) == b"Half"
        process.terminate()


def test_pictures_and_detail_are_sent(server, photo):
    other = photo.with_name("other.png")
    Image.new("RGB", (32, 16), "navy").save(other)
    code, _, _ = run(*at(server, "ask", "What?", photo, "-d", "low", other))
    assert code == 0
    content = server.requests[0]["messages"][0]["content"]
    pictures = [part["image_url"] for part in content if part["type"] == "image_url"]
    assert [picture["detail"] for picture in pictures] == ["low", "low"]


def test_the_embedded_model_answers_without_configuration(photo):
    code, out, err = run("ask", "What size is it?", photo)
    assert (code, err) == (0, "")
    assert "64" in out


def test_a_detail_that_the_model_has_not_is_one_line(server, photo):
    asked = at(server, "ask", "What?", photo, "-d", "original")
    code, out, err = run(*asked, "-m", "gpt-4o")
    assert (code, out) == (1, "")
    assert err == "vlm-notebook: gpt-4o has no detail 'original': use one of low, high, auto\n"
    assert run(*asked, "-m", "gpt-5.5")[0] == 0
    (part,) = (one for one in server.requests[0]["messages"][0]["content"] if "image_url" in one)
    assert part["image_url"]["detail"] == "original"


def test_json_is_one_object(server, photo):
    code, out, err = run(*at(server, "ask", "What?", photo, "--json"))
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert (told["text"], told["finish_reason"]) == ("Hello there.", "stop")
    assert told["images"][0]["origin"] == "my photo.png"


def test_the_key_comes_from_the_environment(server):
    run(*at(server, "ask", "Hello?"), VLM_API_KEY=KEY)
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"


def test_the_endpoint_comes_from_the_environment(server):
    env = {"VLM_BASE_URL": server.base_url, "VLM_MODEL": "from/environment"}
    assert run("ask", "Hello?", **env)[0] == 0
    assert server.requests[0]["model"] == "from/environment"


def fails(*arguments, **env):
    """Run a command that fails; return its one line on stderr."""
    code, out, err = run(*arguments, **env)
    assert code == 1
    (line,) = err.splitlines()
    assert line.startswith("vlm-notebook: ")
    return out, line


def test_a_picture_that_is_not_there_is_a_failure_in_one_line(server):
    out, line = fails(*at(server, "ask", "What?", "nowhere.png"))
    assert out == ""
    assert "nowhere.png" in line
    assert server.requests == []


def test_a_failing_command_leaves_nothing_open(server):
    server.says(refusal(401, "no"))
    code, out, err = run_apart(*at(server, "ask", "What?"))
    assert (code, out) == (1, "")
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_refusal_is_a_failure_in_one_line_without_the_key(server, options):
    server.says(refusal(401, f"Incorrect API key provided: {KEY}"))
    out, line = fails(*at(server, "ask", "What?", *options), VLM_API_KEY=KEY)
    assert out == ""
    assert "VLM_API_KEY" in line
    assert KEY not in line


def test_an_answer_that_breaks_off_leaves_what_had_arrived(server):
    server.says(Reply(pieces=(HALF, RESET), pause_s=0.05, chunked=True))
    out, line = fails(*at(server, "ask", "What?"))
    assert out == "Half\n"
    assert "broke" in line


def test_a_model_that_the_embedded_endpoint_has_not_is_a_failure():
    _, line = fails("ask", "What?", "-m", "gpt-4o")
    assert "only 'embedded'" in line


def test_a_base_url_that_is_none_is_a_failure():
    assert "no address" in fails("ask", "What?", "--base-url", "localhost:1")[1]


def test_an_answer_cut_at_its_limit_is_said_to_be(server):
    server.says(Reply(answer("Long", finish="length")))
    code, out, err = run(*at(server, "ask", "What?"))
    assert (code, out) == (0, "Long\n")
    assert "length limit" in err


def test_a_models_text_cannot_drive_the_terminal(server):
    server.says(Reply(answer("a\x1b]0;owned\x07b\x9b31mc\td\r\ne")))
    _, out, _ = run(*at(server, "ask", "What?"))
    assert out == "a]0;ownedb31mc\td\ne\n"


def test_text_that_the_terminal_cannot_show_is_escaped(server):
    server.says(Reply(answer("红色")))
    code, out, err = run(*at(server, "ask", "What?"), encoding="ascii")
    assert (code, out, err) == (0, "\\u7ea2\\u8272\n", "")


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_reader_that_has_enough_is_no_reason_for_a_traceback(server, options):
    server.says(Reply(answer(f"{'word' * 50} " * 1000)))
    with subprocess.Popen(
        command(*at(server, "ask", "What?", *options)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=ENVIRONMENT,
    ) as process:
        process.stdout.read(1)
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


def test_an_interrupt_ends_with_130_and_one_line(server):
    server.says(slow(HALF))
    with subprocess.Popen(
        command(*at(server, "ask", "What?")),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=ENVIRONMENT,
        text=True,
    ) as process:
        assert process.stdout.read(4) == "Half"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err.strip()) == (130, "\n", "vlm-notebook: interrupted")
    assert server.closed_early.wait(5)


# --------------------------------------------------------------------------- models, usage


def test_models_are_listed_one_a_line(server):
    server.models = {"data": [{"id": "a-vl"}, {"id": "b", "features": []}]}
    assert run("models", "--base-url", server.base_url) == (0, "a-vl\n", "")
    assert run("models", "--all", "--base-url", server.base_url) == (0, "a-vl\nb\n", "")


def test_a_models_name_cannot_drive_the_terminal(server):
    names = ["a\x1b[2J\n-vl", "b\x9b31m\u202e"]
    server.models = {"data": [{"id": name} for name in names]}
    at = ("models", "--all", "--base-url", server.base_url)
    assert run(*at)[1] == "a[2J -vl\nb31m\n"
    _, out, _ = run(*at, "--json")
    assert not set("\x1b\x9b\u202e") & set(out)
    assert [json.loads(line)["id"] for line in out.splitlines()] == names


def test_models_as_json_are_one_object_a_line(server):
    _, out, _ = run("models", "--json", "--base-url", server.base_url)
    assert [json.loads(line) for line in out.splitlines()] == [
        {"id": "some/model-vl", "vision": True, "context": None}
    ]


def test_the_embedded_model_is_listed():
    assert run("models") == (0, "embedded\n", "")


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("nonsense",),
        ("ask",),
        ("ask", "What?", "-d", "medium"),
        ("ask", "What?", "--nonsense"),
        ("models", "extra"),
        ("models", "--nonsense"),
    ],
)
def test_wrong_usage_ends_with_2_and_tells_the_right_one(arguments):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert "usage: vlm-notebook" in err


@pytest.mark.parametrize("arguments", [("--help",), ("ask", "--help"), ("lab", "--help")])
def test_help_is_help(arguments):
    code, out, err = run_apart(*arguments)
    assert (code, err) == (0, "")
    assert "usage: vlm-notebook" in out


def test_the_version_is_told():
    assert run("--version") == (0, f"vlm-notebook {__version__}\n", "")


def test_the_console_script_is_the_same_command():
    script = shutil.which("vlm-notebook", path=Path(sys.executable).parent)
    assert script
    out = subprocess.run([script, "--version"], capture_output=True, text=True, check=True).stdout
    assert out == f"vlm-notebook {__version__}\n"
