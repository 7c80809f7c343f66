"""`vlm-notebook app` run for real: Voila serves the playground alone."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from http.client import HTTPConnection

import lab as jupyterlab
import pytest
from playground_page import counting
from playwright.sync_api import expect

START_S = 60


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def wait_for(port, process, log):
    """Wait until somebody answers at the port."""
    deadline = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < deadline:
        connection = HTTPConnection("127.0.0.1", port, timeout=START_S)
        try:
            connection.request("GET", "/static/none")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.05)
        else:
            return
        finally:
            connection.close()
    raise AssertionError(log.read_text("utf-8")[-3000:])


@pytest.fixture
def app(browser, tmp_path, server):
    """The address of a playground that asks the server."""
    port, log = free_port(), tmp_path / "app.log"
    own = ["--no-browser", f"--port={port}", "--Voila.ip=127.0.0.1"]
    endpoint = ["--base-url", server.base_url, "--model", "m"]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "vlm_notebook.cli", "app", *endpoint, *own],
            env=jupyterlab.environment(tmp_path / "home"),
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            wait_for(port, process, log)
            yield f"http://127.0.0.1:{port}/"
        finally:
            jupyterlab.stop(process)


def test_a_class_sees_the_playground_alone_asks_and_stops(app, page, server, samples, output):
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(app)
    ask = page.get_by_role("button", name="Ask", exact=True)
    expect(ask).to_be_enabled()
    expect(page.get_by_text("vlm.playground")).to_have_count(0)
    expect(page.get_by_role("textbox", name="Prompt")).to_have_value("What do you see?")
    with page.expect_file_chooser() as choosing:
        page.get_by_role("button", name="Choose files").click()
    choosing.value.set_files(samples / "cat.jpg")
    expect(page.get_by_role("list", name="Pictures").get_by_role("listitem")).to_have_count(1)
    ask.click()
    expect(page.locator(".vlm-answer")).to_contain_text("Hello there.")
    expect(ask).to_be_enabled()
    server.says(counting())
    ask.click()
    expect(page.locator(".vlm-answer").first).to_contain_text("n3")
    page.screenshot(path=output / "app.png")
    page.locator(".vlm-prompt-buttons").get_by_role("button", name="Stop").click()
    expect(page.locator(".vlm-notice")).to_be_visible()
    assert server.closed_early.wait(10)
    assert errors == []
