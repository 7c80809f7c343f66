"""A notebook that two pages work at, with JupyterLab's real-time collaboration."""

from __future__ import annotations

import lab as jupyterlab
import pytest
from model_server import ModelServer, Reply, chunk, events
from notebook_page import NotebookPage
from playwright.sync_api import expect

CONNECT = """
import vlm_notebook as vlm
client = vlm.connect({url!r}, "key", model="m")
"""
ASK = "vlm.ask('Count.', vlm.samples.path('cat'))"
PLAYGROUND = "vlm.playground(vlm.samples.path('cat'))"
GRID = "vlm.grid('Count.', models=['a', 'b'])"
NAME = "shared.ipynb"
CARD = ["text/html", "text/markdown", "text/plain"]
SYNCED = """count => window.jupyterapp.shell.currentWidget?.context.isReady
  && window.jupyterapp.shell.currentWidget.context.model.cells.length === count"""


@pytest.fixture(scope="module")
def shared_lab(browser, tmp_path_factory):
    with jupyterlab.running(tmp_path_factory.mktemp("shared"), shared=True) as running:
        yield running


@pytest.fixture
def server():
    server = ModelServer()
    numbers = [events(chunk(f"n{number}\n\n"), done=False) for number in range(20)]
    server.says(Reply(pieces=(*numbers, events(chunk(finish="stop"))), pause_s=0.2))
    yield server
    server.close()


@pytest.fixture
def pages(context, shared_lab, server):
    """A function that opens a notebook with these cells in two pages."""
    opened = []

    def open_pages(*sources):
        name = shared_lab.add(NAME, CONNECT.format(url=server.base_url), *sources)
        for _ in range(2):
            opened.append(NotebookPage(context.new_page(), shared_lab))
            opened[-1].open(name)
            opened[-1].page.wait_for_function(SYNCED, arg=1 + len(sources))
        return opened

    yield open_pages
    for one in opened:
        one.page.close()
    shared_lab.reset()
    (shared_lab.folder / NAME).unlink()


def test_whatever_is_shown_stands_there_once_and_works_where_it_was_run(pages, shared_lab, output):
    asking, watching = pages(ASK, PLAYGROUND, GRID)
    asking.run_all(wait=False)
    expect(asking.cell(1).locator(".vlm-blocks")).to_contain_text("n3")
    expect(asking.cell(1)).not_to_contain_text("n19")
    asking.wait_idle()
    asking.cell(2).get_by_role("textbox", name="Prompt", exact=True).fill("Count.")
    asking.cell(2).get_by_role("button", name="Ask", exact=True).click()
    for page in (asking, watching):
        expect(page.cell(1).locator(".vlm-facts")).to_contain_text("tokens")
        expect(page.cell(2).locator(".vlm-answer").last).to_contain_text("n19")
        expect(page.cell(3).locator(".vlm-wide tbody tr")).to_have_count(2)
    watching.page.wait_for_timeout(3_000)  # by then a page that did not run it would have written
    for page in (asking, watching):
        assert [page.cell_output(number).count() for number in (1, 2, 3)] == [1, 1, 1]
    expect(asking.cell(2).get_by_role("button", name="Ask", exact=True)).to_have_count(1)
    expect(watching.cell(2).get_by_role("button")).to_have_count(0)
    watching.screenshot(output / "shared-watching.png")
    asking.screenshot(output / "shared-asking.png")
    watching.save()
    for cell in shared_lab.read(NAME).cells[1:]:
        (shown,) = cell.outputs
        assert sorted(shown.data) == CARD
        assert "n19" in shown.data["text/html"]
    assert (asking.errors, watching.errors) == ([], [])


def test_when_the_kernel_dies_what_had_arrived_is_kept_once(pages, shared_lab):
    asking, watching = pages(ASK)
    asking.run_all(wait=False)
    expect(asking.cell(1).locator(".vlm-blocks")).to_contain_text("n3")
    shared_lab.kill_kernels()
    for page in (asking, watching):
        expect(page.cell(1).locator(".vlm-notice")).to_contain_text("The kernel is gone")
    watching.page.wait_for_timeout(3_000)
    for page in (asking, watching):
        expect(page.cell_output(1)).to_have_count(1)
    asking.save()
    (shown,) = shared_lab.read(NAME).cells[1].outputs
    assert "n3" in shown.data["text/html"]
