"""What the page goes on showing when an answer has ended, and what the document holds instead."""

from __future__ import annotations

import pytest
from model_server import Reply, chunk, events
from playwright.sync_api import expect

ASK = """
import ipywidgets
import vlm_notebook as vlm
client = vlm.connect({url!r}, "key", model="m")
{before}client.ask("Count.", vlm.samples.path("cat"))
"""
CAPTURED = "out = ipywidgets.Output()\ndisplay(out)\nwith out: "
SHOWN = """() => {
  const { context } = window.jupyterapp.shell.currentWidget;
  return Object.keys(context.model.cells.get(0).outputs.get(0).data);
}"""
BROKEN = """() => [...document.querySelectorAll("*")]
  .map((node) => getComputedStyle(node, "::before"))
  .filter(({ content, display }) => content.includes("\uf127") && display !== "none").length"""
VIEW = "application/vnd.jupyter.widget-view+json"
CARD = ["text/html", "text/markdown", "text/plain"]
FORMULAS = ["So $x_{i}^{2} < 1$.\n\n", "And \\(a^*\\) too.\n\n"]


@pytest.fixture
def opened(notebook_page, lab, server):
    """A function that opens a notebook with one cell, and says how its question is answered."""

    def open_notebook(pieces, *, pause_s=0.1, before=""):
        parts = [events(chunk(piece), done=False) for piece in pieces]
        server.says(Reply(pieces=(*parts, events(chunk(finish="stop"))), pause_s=pause_s))
        source = ASK.format(url=server.base_url, before=before)
        notebook_page.open(lab.add("stays.ipynb", source))
        return notebook_page

    return open_notebook


@pytest.fixture
def saved(lab):
    """A function that saves a page's notebook and reads the first cell's outputs."""

    def read(page):
        page.save()
        return [output.data for output in lab.read("stays.ipynb").cells[0].outputs]

    return read


def numbers(count):
    return [f"n{number}\n\n" for number in range(count)]


@pytest.mark.parametrize("pause_s", [0.1, 0])
def test_the_view_stays_as_it_is_and_the_card_is_saved_in_its_place(opened, saved, pause_s):
    page = opened(numbers(25), pause_s=pause_s)
    page.run_all(wait=False)
    answer = page.cell(0).locator(".vlm-answer")
    if pause_s:
        expect(answer).to_contain_text("n3")
        page.page.evaluate("() => { window.first = document.querySelector('.vlm-blocks p'); }")
    page.wait_idle()
    expect(page.cell(0).locator(".vlm-facts")).to_contain_text("tokens")
    assert answer.locator("p").all_inner_texts() == [text.strip() for text in numbers(25)]
    expect(page.cell(0).locator(".vlm-tail, .vlm-wait")).to_have_count(0)
    if pause_s:
        assert page.page.evaluate("() => first.isConnected && first.innerText === 'n0'")
        assert VIEW in page.page.evaluate(SHOWN)
    assert [sorted(bundle) for bundle in saved(page)] == [CARD]
    assert page.errors == []


def test_what_stays_needs_no_kernel_and_is_shown_in_new_views_too(opened, saved):
    page = opened(numbers(5))
    page.run_all()
    expect(page.cell(0).locator(".vlm-facts")).to_contain_text("tokens")
    kept = saved(page)
    page.restart_kernel()
    expect(page.cell(0).locator(".vlm-answer")).to_contain_text("n4")
    page.command("notebook:create-output-view")
    expect(page.page.locator(".jp-LinkedOutputView .vlm-answer")).to_contain_text("n4")
    assert page.page.evaluate(BROKEN) == 0
    assert saved(page) == kept
    page.run_all()
    expect(page.cell(0).locator(".vlm-card")).to_have_count(1)
    expect(page.cell(0).locator(".vlm-facts")).to_contain_text("tokens")
    assert page.errors == []


def test_formulas_are_typeset_when_their_block_has_closed_and_the_end_leaves_them_alone(
    opened, saved
):
    page = opened([*FORMULAS, *numbers(40)], pause_s=0.25)
    page.run_all(wait=False)
    formulas = page.cell(0).locator(".vlm-math mjx-container")
    expect(formulas).to_have_count(2)
    expect(page.cell(0).locator(".vlm-tail")).to_have_count(1)
    page.page.evaluate("() => { window.first = document.querySelector('mjx-container'); }")
    page.wait_idle()
    expect(page.cell(0).locator(".vlm-facts")).to_contain_text("tokens")
    expect(formulas).to_have_count(2)
    assert page.page.evaluate("() => first.isConnected")
    (bundle,) = saved(page)
    assert "$x_{i}^{2} &lt; 1$" in bundle["text/html"]
    assert "<mjx" not in bundle["text/html"]
    assert page.errors == []


def test_what_had_arrived_is_saved_with_its_formulas_as_they_were_written(opened, saved):
    page = opened([*FORMULAS, *numbers(100)], pause_s=0.3)
    page.run_all(wait=False)
    expect(page.cell(0).locator(".vlm-math mjx-container")).to_have_count(2)
    page.restart_kernel()
    expect(page.cell(0).locator(".vlm-notice")).to_contain_text("The kernel is gone")
    (bundle,) = saved(page)
    assert "$x_{i}^{2} &lt; 1$" in bundle["text/html"]
    assert "<mjx" not in bundle["text/html"]
    assert "So $x_{i}^{2} < 1$." in bundle["text/plain"]


def test_in_an_output_widget_the_view_stays_as_well(opened, saved):
    page = opened(numbers(5), before=CAPTURED)
    page.run_all()
    expect(page.cell(0).locator(".vlm-facts")).to_contain_text("tokens")
    expect(page.cell(0).locator(".vlm-card")).to_have_count(1)
    expect(page.cell(0).locator(".vlm-answer")).to_contain_text("n4")
    assert [sorted(bundle) for bundle in saved(page)] == [sorted(["text/plain", VIEW])]
    assert page.errors == []
