"""What is left of a playground: in the file, after reloads and restarts, in page and kernel."""

from __future__ import annotations

import pytest
from model_server import ModelServer, Reply, answer
from playground_page import NOTEBOOK
from playwright.sync_api import expect

KEY = "sk-planted-0123456789abcdefghijkl"
CARD = ["text/html", "text/markdown", "text/plain"]
STORED = "() => JSON.stringify([{...localStorage}, {...sessionStorage}])"
PROBE = """
import anywidget, comm, ipywidgets
class Probe(anywidget.AnyWidget):
    _esm = "export default { render({ model }) { window.manager = model.widget_manager; } }"
probe = Probe()
probe
"""
MANY = """
import time
before = len(comm.get_comm_manager().comms)
for _ in range(25):
    one = vlm.playground(vlm.samples.path("cat"), client=client)
    time.sleep(0.15)  # the server drops messages beyond 1 MB a second
    one.close()
print(len(comm.get_comm_manager().comms) - before)
"""
WATCH = """() => {
  window.count = () => Object.keys(window.manager._models).length;
  window.most = window.before = window.count();
  setInterval(() => { window.most = Math.max(window.most, window.count()); }, 10);
}"""


def outputs(lab):
    """Return the kinds and the data of the playground's cell, as they are saved."""
    (shown,) = lab.read(NOTEBOOK).cells[0].outputs
    return sorted(shown.data), shown.data


@pytest.fixture
def answered(playground, server):
    """A playground that has answered twice."""
    server.says(Reply(answer("First.")), Reply(answer("Second.")))
    playground.open(server.base_url, "cat")
    playground.ask_for("First.", 1)
    playground.ask_for("Second.", 2)
    return playground


def test_the_file_holds_cards_a_live_kernel_the_controls_and_a_gone_one_leaves_the_answers(
    answered, lab
):
    notebook, ask = answered.notebook, answered.ask
    notebook.save()
    kinds, data = outputs(lab)
    assert kinds == CARD
    assert "First." in data["text/plain"]
    assert "Second." in data["text/plain"]
    assert lab.read(NOTEBOOK).metadata.get("widgets") is None
    assert (lab.folder / NOTEBOOK).stat().st_size < 60_000
    notebook.reload()
    expect(ask).to_be_enabled()
    expect(answered.answers).to_have_text(["Second.", "First."])
    notebook.restart_kernel()
    expect(ask).to_have_count(0)
    expect(answered.cell.locator(".vlm-answer")).to_have_text(["First.", "Second."])
    notebook.save()
    assert outputs(lab) == (CARD, data)
    notebook.run_all()
    expect(ask).to_be_enabled()
    expect(answered.answers).to_have_count(0)
    assert notebook.errors == []


def test_the_answers_are_there_where_the_notebook_is_opened_with_a_new_kernel(answered, lab):
    answered.notebook.save()
    answered.notebook.page.goto("about:blank")
    lab.reset()
    answered.notebook.open(NOTEBOOK)
    expect(answered.cell.locator(".vlm-answer")).to_have_text(["First.", "Second."])
    expect(answered.cell.locator(".vlm-card img").first).to_be_visible()
    expect(answered.ask).to_have_count(0)
    expect(answered.cell).not_to_contain_text("rror")
    assert answered.notebook.errors == []


@pytest.fixture
def other():
    server = ModelServer()
    server.says(Reply(answer("From elsewhere.")))
    yield server
    server.close()


def test_another_endpoint_is_asked_and_its_key_is_nowhere(playground, server, other):
    playground.open(server.base_url, "cat")
    cell, page = playground.cell, playground.page
    playground.button("Connect…").click()
    dialog = cell.get_by_role("dialog", name="Connect to an endpoint")
    dialog.get_by_label("Address (base URL)").fill(other.base_url)
    dialog.get_by_label("API key").fill(KEY)
    dialog.get_by_label("Model (may stay empty)").fill("m2")
    dialog.get_by_role("button", name="Connect").click()
    expect(cell.get_by_text(other.base_url)).to_be_visible()
    playground.ask_for("From elsewhere.", 1)
    playground.button("Show code").click()
    expect(cell.locator(".vlm-code")).to_contain_text(other.base_url)
    assert other.requests[0]["model"] == "m2"
    assert other.headers[-1]["authorization"] == f"Bearer {KEY}"
    assert server.requests == []
    fields = cell.locator("input").evaluate_all("nodes => nodes.map((node) => node.value)")
    places = (playground.save_with_widgets(), page.content(), page.evaluate(STORED), *fields)
    assert [place for place in places if KEY[3:] in place] == []
    assert playground.notebook.errors == []


def test_playgrounds_opened_and_closed_leave_nothing_in_kernel_and_page(playground, server):
    playground.open(server.base_url, "cat", more=(PROBE, "1"))
    notebook, page = playground.notebook, playground.page
    page.wait_for_function("() => window.manager")
    page.evaluate(WATCH)
    notebook.cell(2).locator(".cm-content").fill(MANY)
    page.keyboard.press("Control+Enter")
    expect(notebook.cell_output(2)).to_have_text("0")
    page.wait_for_function("() => window.count() === window.before")
    assert page.evaluate("() => window.most > window.before")
    # anywidget's own complaint about a model that was closed before its module had run
    assert [one for one in notebook.errors if "Failed to initialize" not in one] == []
