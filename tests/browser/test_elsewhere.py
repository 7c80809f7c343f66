"""Where a notebook is shown outside JupyterLab: Notebook 7, Voila, and an exported page."""

from __future__ import annotations

import subprocess
import sys

import pytest
from model_server import ModelServer, Reply, chunk, events
from playwright.sync_api import expect

ASK = """
import vlm_notebook as vlm
client = vlm.connect({url!r}, "key", model="m")
vlm.ask("Count.", vlm.samples.path("cat"))
"""
PLAYGROUND = "vlm.playground(vlm.samples.path('cat'))"


@pytest.fixture
def server():
    server = ModelServer()
    numbers = [events(chunk(f"n{number}\n\n"), done=False) for number in range(30)]
    server.says(Reply(pieces=(*numbers, events(chunk(finish="stop"))), pause_s=0.1))
    yield server
    server.close()


@pytest.fixture
def named(lab, server):
    """The name of a notebook that asks, and then shows a playground."""
    return lab.add("elsewhere.ipynb", ASK.format(url=server.base_url), PLAYGROUND)


def test_in_notebook_7_the_answer_streams_and_its_card_is_saved(notebook_page, lab, named, output):
    notebook_page.page.goto(lab.url(named, place="notebooks"))
    notebook_page.wait_idle()
    own = list(notebook_page.errors)  # of Notebook, before anything of ours is there
    notebook_page.run_all(wait=False)
    answer = notebook_page.cell(0).locator(".vlm-answer")
    expect(answer.locator(".vlm-blocks")).to_contain_text("n3")
    expect(answer).not_to_contain_text("n29")
    notebook_page.wait_idle()
    expect(notebook_page.cell(0).locator(".vlm-facts")).to_contain_text("tokens")
    expect(notebook_page.cell(1).get_by_role("button", name="Ask", exact=True)).to_be_visible()
    notebook_page.screenshot(output / "notebook7.png")
    notebook_page.save()
    for cell in lab.read(named).cells:
        kinds = [sorted(shown.data) for shown in cell.outputs]
        assert kinds == [["text/html", "text/markdown", "text/plain"]]
    assert notebook_page.errors == own


def test_in_voila_the_card_is_there_and_the_playground_answers(notebook_page, lab, named, output):
    page = notebook_page.page
    page.goto(lab.url(named, place="voila/render"))
    card = page.locator(".vlm-card").first
    expect(card.locator(".vlm-facts")).to_contain_text("tokens")
    expect(card.locator(".vlm-answer")).to_contain_text("n29")
    expect(card.locator("img")).to_be_visible()
    ask = page.get_by_role("button", name="Ask", exact=True)
    ask.click()
    answer = page.locator(".vlm-answer").nth(1)
    expect(answer).to_contain_text("n3")
    expect(answer).not_to_contain_text("n29")
    expect(answer).to_contain_text("n29")
    expect(ask).to_be_enabled()
    notebook_page.screenshot(output / "voila.png")
    assert notebook_page.errors == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_an_executed_and_exported_page_shows_the_card(page, lab, named, server, output, theme):
    server.says(Reply(b"".join(server.replies[0].pieces)))
    command = ["-m", "nbconvert", "--execute", "--to", "html", "--theme", theme]
    subprocess.run([sys.executable, *command, lab.folder / named], check=True, capture_output=True)
    page.route("http*://**", lambda route: route.abort())  # the template wants a CDN
    page.goto((lab.folder / named).with_suffix(".html").as_uri())
    card = page.locator(".vlm-card")
    expect(card).to_have_count(1)
    expect(card.locator("img")).to_be_visible()
    expect(card.locator(".vlm-answer")).to_contain_text("n29")
    page.screenshot(path=output / f"exported-{theme}.png")
