"""The grid in JupyterLab: six answers stream at once, one is stopped, and a table stays."""

from __future__ import annotations

import threading

import hostile
import pytest
from model_server import Reply, chunk, events
from nbconvert import HTMLExporter
from playwright.sync_api import expect
from witness import harmless

OPEN = """
import vlm_notebook as vlm
from vlm_notebook.widgets.grid import grid
client = vlm.connect({url!r}, "key", model="m")
made = grid("What is it?", vlm.samples.path("cat"), models={models!r}, details=["low", "high"])
"""
STATIC = ["text/html", "text/markdown", "text/plain"]
WIDGETS = "application/vnd.jupyter.widget-state+json"
SAID = ["A **grey** cat", " lies", " on a", " red sofa", " and looks", " at the camera."]


@pytest.fixture
def going_on():
    """Set when the answers may come to their end."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def paused(going_on):
    """Replies whose first half comes at once, and the rest when it may."""

    def reply(request):
        color = {"org/one": "grey", "org/two": "brown", "org/three": "grey"}[request["model"]]
        said = [piece.replace("grey", color) for piece in SAID]

        def pieces():
            yield from (events(chunk(piece), done=False) for piece in said[:3])
            going_on.wait(30)
            yield from (events(chunk(piece), done=False) for piece in said[3:])
            usage = chunk(usage={"prompt_tokens": 1105, "completion_tokens": 12})
            yield events(chunk(finish="stop"), usage)

        return Reply(pieces=pieces())

    return reply


def test_six_answers_stream_at_once_one_is_stopped_and_the_table_stays(
    notebook_page, lab, server, paused, going_on, output
):
    server.says(paused)
    source = OPEN.format(url=server.base_url, models=["org/one", "org/two", "org/three"])
    notebook_page.open(lab.add("grid.ipynb", source, "'free'"))
    notebook_page.run_all()
    cell = notebook_page.cell(0)
    answers = cell.locator(".vlm-grid-cells .vlm-answer")
    expect(answers).to_have_count(6)
    for number in range(6):
        expect(answers.nth(number)).to_contain_text("on a")
    expect(notebook_page.cell_output(1)).to_have_text("'free'")
    expect(cell.get_by_text("0 of 6")).to_be_visible()
    expect(cell.locator(".vlm-grid img")).to_have_count(1)
    notebook_page.screenshot(output / "grid-live.png")
    cell.get_by_role("button", name="Stop", exact=True).nth(1).click()
    expect(cell.get_by_text("1 of 6")).to_be_visible()
    going_on.set()
    expect(cell.locator(".vlm-wide tbody tr")).to_have_count(6)
    expect(cell.locator(".vlm-notice")).to_have_text("Stopped; this is what had arrived.")
    expect(cell.locator(".vlm-cell ins").filter(has_text="brown")).to_have_count(2)
    expect(notebook_page.cell_output(0).locator("button, .vlm-grid-view")).to_have_count(0)
    notebook_page.screenshot(output / "grid-light.png")
    notebook_page.set_theme("dark")
    notebook_page.screenshot(output / "grid-dark.png")
    notebook_page.set_theme("light")
    notebook_page.set_width(390)
    notebook_page.screenshot(output / "grid-390.png", of=cell.locator(".vlm-grid"))
    notebook_page.set_width(1200)
    notebook_page.save()
    notebook = lab.read("grid.ipynb")
    (saved,) = notebook.cells[0].outputs
    assert sorted(saved.data) == STATIC
    assert notebook.metadata.get("widgets", {}).get(WIDGETS, {}).get("state", {}) == {}
    assert notebook_page.errors == []
    assert notebook_page.remote == []


def test_hostile_answers_names_and_errors_do_no_harm_live_static_or_exported(
    notebook_page, lab, server, witness, canary, served
):
    texts = [t for t in hostile.answers(canary.host, generated=False).values() if len(t) < 3_000]
    names = [f"{number} {text[:200]}" for number, text in enumerate(texts[:24])]
    said = dict(zip(names, texts, strict=False))
    server.says(lambda request: Reply(events(chunk(said[request["model"]]), chunk(finish="stop"))))
    source = OPEN.format(url=server.base_url, models=names).replace('["low", "high"]', '"low"')
    notebook_page.open(lab.add("hostile-grid.ipynb", source))
    notebook_page.run_all()
    cell = notebook_page.cell(0)
    expect(cell.locator(".vlm-wide tbody tr")).to_have_count(len(names))
    assert witness.look(".vlm-grid") == harmless(1)
    notebook_page.save()
    addresses = dict.fromkeys(["mathjax_url", "require_js_url", "mermaid_js_url"], "")
    exported, _ = HTMLExporter(**addresses).from_notebook_node(lab.read("hostile-grid.ipynb"))
    served(exported)
    expect(witness.page.locator(".vlm-grid")).to_have_count(1)
    assert witness.look(".vlm-grid") == harmless(1)


def test_when_the_kernel_goes_what_had_arrived_stays_as_one_static_table(
    notebook_page, lab, server, paused
):
    server.says(paused)
    source = OPEN.format(url=server.base_url, models=["org/one", "org/two"])
    notebook_page.open(lab.add("gone-grid.ipynb", source))
    notebook_page.run_all()
    output = notebook_page.cell_output(0)
    answers = output.locator(".vlm-answer")
    for number in range(4):
        expect(answers.nth(number)).to_contain_text("on a")
    notebook_page.restart_kernel()
    expect(output.locator(".vlm-notice")).to_contain_text("The kernel is gone")
    expect(output.locator(".vlm-cell")).to_have_count(4)
    for number in range(4):
        expect(answers.nth(number)).to_contain_text("on a")
    expect(output.locator("button")).to_have_count(0)
    notebook_page.save()
    (saved,) = lab.read("gone-grid.ipynb").cells[0].outputs
    assert sorted(saved.data) == ["text/html", "text/plain"]
    assert notebook_page.errors == []


def test_a_page_that_was_reloaded_meanwhile_ends_with_the_table_too(
    notebook_page, lab, server, paused, going_on
):
    server.says(paused)
    source = OPEN.format(url=server.base_url, models=["org/one", "org/two"])
    notebook_page.open(lab.add("reloaded-grid.ipynb", source))
    notebook_page.run_all()
    output = notebook_page.cell_output(0)
    expect(output.locator(".vlm-answer")).to_have_count(4)
    notebook_page.save()
    notebook_page.reload()
    for number in range(4):
        expect(output.locator(".vlm-answer").nth(number)).to_contain_text("on a")
    going_on.set()
    expect(output.locator(".vlm-wide tbody tr")).to_have_count(4)
    expect(output.locator("button, .vlm-grid-view")).to_have_count(0)
    notebook_page.save()
    (saved,) = lab.read("reloaded-grid.ipynb").cells[0].outputs
    assert sorted(saved.data) == STATIC
    assert notebook_page.errors == []
