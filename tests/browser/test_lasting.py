"""What is left of an answer after reloads, new kernels and restarts, in the page and the file."""

from __future__ import annotations

import pytest
from model_server import Reply, chunk, events
from playwright.sync_api import expect

ASK = """
import vlm_notebook as vlm
client = vlm.connect({url!r}, "key", model="m")
answer = vlm.ask("Count.", vlm.samples.path("cat"))
"""
PLAYGROUND = """
import vlm_notebook as vlm
vlm.playground(client=vlm.connect({url!r}, "key", model="m"))
"""
CARD = ["text/html", "text/markdown", "text/plain"]
WIDGETS = "application/vnd.jupyter.widget-state+json"


@pytest.fixture
def opened(notebook_page, lab, server):
    """A function that opens a notebook with one cell, whose question is answered slowly."""

    def open_notebook(source, *, count=200, pause_s=0.1):
        numbers = [events(chunk(f"n{number}\n\n"), done=False) for number in range(count)]
        server.says(Reply(pieces=(*numbers, events(chunk(finish="stop"))), pause_s=pause_s))
        notebook_page.open(lab.add("lasting.ipynb", source.format(url=server.base_url)))
        return notebook_page

    return open_notebook


@pytest.fixture
def saved(lab):
    """A function that reads what is saved of the one cell's output, and of widgets' state."""

    def read():
        notebook = lab.read("lasting.ipynb")
        (output,) = notebook.cells[0].outputs
        widgets = notebook.metadata.get("widgets", {}).get(WIDGETS, {}).get("state", {})
        return output.data, [model["state"] for model in widgets.values()]

    return read


@pytest.mark.parametrize("keeps_state", [False, True])
def test_a_page_reloaded_meanwhile_shows_the_card_in_the_end_and_saves_it(
    opened, saved, keeps_state
):
    page = opened(ASK, count=60)
    if keeps_state:
        page.command("@jupyter-widgets/jupyterlab-manager:saveWidgetState")
    page.run_all(wait=False)
    answer = page.cell(0).locator(".vlm-answer")
    expect(answer).to_contain_text("n3")
    page.save()
    page.page.reload()
    expect(page.cell(0)).to_contain_text("Loading widget...")
    expect(answer).to_contain_text("n59")
    expect(page.cell(0).locator(".vlm-facts")).to_contain_text("tokens")
    page.save()
    bundle, states = saved()
    assert sorted(bundle) == CARD
    assert states == []
    assert page.errors == []


def test_a_playgrounds_answer_goes_on_after_a_reload_and_can_be_stopped(opened, server):
    page = opened(PLAYGROUND)
    page.run_all()
    page.cell(0).get_by_role("button", name="Ask", exact=True).click()
    blocks = page.cell(0).locator(".vlm-blocks p")
    expect(blocks.nth(3)).to_be_visible()
    page.save()
    page.page.reload()
    expect(blocks.nth(12)).to_be_visible()
    shown = blocks.all_inner_texts()
    assert shown == [f"n{number}" for number in range(len(shown))]
    expect(blocks.nth(len(shown) + 5)).to_be_visible()
    page.cell(0).get_by_role("button", name="Stop").first.click()
    expect(page.cell(0).locator(".vlm-notice")).to_contain_text("Stopped")
    assert server.closed_early.wait(10)
    assert page.errors == []


def test_a_second_view_of_the_notebook_shows_the_same_answer_growing(opened):
    page = opened(ASK, count=25)
    page.command("docmanager:clone")
    page.run_all(wait=False)
    answers = page.page.locator(".vlm-answer")
    expect(answers).to_have_count(2)
    for number in range(2):
        expect(answers.nth(number)).to_contain_text("n5")
        expect(answers.nth(number)).not_to_contain_text("n24")
    page.wait_idle()
    for number in range(2):
        expect(answers.nth(number)).to_contain_text("n24")
    expect(page.page.locator(".vlm-facts")).to_have_count(2)
    assert page.errors == []


def test_with_widgets_state_saved_an_answer_is_a_card_once_in_a_fresh_kernel(opened, saved, lab):
    page = opened(ASK, count=5)
    page.command("@jupyter-widgets/jupyterlab-manager:saveWidgetState")
    page.run_all()
    expect(page.cell(0).locator(".vlm-facts")).to_contain_text("tokens")
    page.save()
    bundle, states = saved()
    assert sorted(bundle) == CARD
    assert states == []
    page.reload()
    for _ in range(20):  # what the kernel kept for other pages comes and goes
        page.save()
        if saved() == (bundle, []):
            break
        page.page.wait_for_timeout(250)
    assert saved() == (bundle, [])
    lab.reset()
    page.open("lasting.ipynb")
    expect(page.cell(0).locator(".vlm-card img")).to_be_visible()
    expect(page.cell(0).locator(".vlm-answer")).to_contain_text("n4")
    expect(page.cell(0)).not_to_contain_text("rror")
    assert page.errors == []


def test_clearing_the_outputs_meanwhile_loses_the_view_and_nothing_else(opened):
    page = opened(ASK + "answer.text.split()[-1]", count=20)
    page.run_all(wait=False)
    expect(page.cell(0).locator(".vlm-answer")).to_contain_text("n3")
    page.command("notebook:clear-all-cell-outputs")
    page.wait_idle()
    expect(page.cell_output(0)).to_have_count(1)
    expect(page.cell_output(0)).to_contain_text("n19")
    assert page.errors == []


@pytest.mark.parametrize("end", ["restarted", "killed"])
def test_what_had_arrived_stays_in_the_notebook_when_the_kernel_is_gone(opened, saved, lab, end):
    page = opened(ASK)
    page.run_all(wait=False)
    answer = page.cell(0).locator(".vlm-answer")
    expect(answer).to_contain_text("n3")
    if end == "restarted":
        page.restart_kernel()
    else:
        lab.kill_kernels()
    expect(page.cell(0).locator(".vlm-notice")).to_contain_text("The kernel is gone")
    expect(answer).to_contain_text("n3")
    page.save()
    bundle, _ = saved()
    assert sorted(bundle) == ["text/html", "text/plain"]
    assert "n0\n\nn1" in bundle["text/plain"]
    assert "<button" not in bundle["text/html"]
    assert page.errors == []
