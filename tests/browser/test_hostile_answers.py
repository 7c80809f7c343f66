"""What hostile answers do in JupyterLab, live and saved, trusted or not, and in exports of it."""

from __future__ import annotations

import hostile
import nbformat
import pytest
from markdown_it import MarkdownIt
from model_server import ModelServer, Reply, chunk, events
from nbconvert import HTMLExporter, MarkdownExporter
from nbformat.sign import NotebookNotary
from notebook_page import NotebookPage
from playwright.sync_api import expect
from witness import KINDS, Witness, harmless

from vlm_notebook.markup.card import Card

NOTEBOOK = "hostile.ipynb"
BATCH = 40
"""JupyterLab shows the first 50 outputs of a cell."""

START = """
import vlm_notebook as vlm
from vlm_notebook.view.cell import LiveCell
client = vlm.connect({url!r}, "key", model="m")
asked = []
def stream(count):
    for _ in range(count):
        question = client.question("What do you see?")
        cell = LiveCell(question.card())
        asked.append((cell, client.start(question, cell.feed).result()))
"""
CLOSE = "for cell, answer in asked: cell.close(answer)"
INNOCENT = r'from IPython.display import HTML; HTML(r"An innocent $\frac{1}{2}$")'
CARDS = ".vlm-card"
MARKED = ".jp-OutputArea-output.jp-RenderedMarkdown"
TRUSTED = """() => [...window.jupyterapp.shell.currentWidget.content.model.cells]
  .filter((cell) => cell.outputs.length).map((cell) => cell.trusted)"""
STRAYS = """() => [...document.querySelectorAll(".jp-OutputArea-output.jp-RenderedHTML > *")]
  .filter((node) => !node.matches(".vlm-card, style, mjx-container")).length"""
HARM = """
<div class="root" style="width: 300px; overflow: visible">
  <img src="http://{}/control"><input><a href="javascript:a">x</a>
  <p id="a" onclick="a" data-commandlinker-args="">x
  <p tabindex="0" style="position: fixed; left: 500px; background: linear-gradient(red, red)"
     class="jp-Dialog">x</p><div><template shadowrootmode="open">x</template></div>
</div><script>alert("dialog"); throw "thrown";</script>
"""


@pytest.fixture(scope="module")
def texts(canary):
    return hostile.pieces(canary.host)


@pytest.fixture(scope="module")
def server(texts):
    server = ModelServer()
    server.says(*(Reply(events(*map(chunk, p), chunk(finish="stop"))) for p in texts.values()))
    yield server
    server.close()


@pytest.fixture(scope="module")
def told(context, lab, canary, server, texts):
    """What a witness tells of a notebook where every answer streams, and then has ended."""
    page = context.new_page()
    witness, notebook = Witness(page, canary), NotebookPage(page, lab)
    counts = [min(BATCH, len(texts) - start) for start in range(0, len(texts), BATCH)]
    stream = [f"stream({count})" for count in counts]
    notebook.open(lab.add(NOTEBOOK, START.format(url=server.base_url), *stream, CLOSE, INNOCENT))
    run(notebook, 1 + len(stream))
    expect(page.locator(CARDS)).to_have_count(len(texts))
    expect(page.locator(".vlm-wait")).to_have_count(0)
    live = witness.look(CARDS)
    run(notebook, 2)
    expect(page.locator(".vlm-tail")).to_have_count(0)
    expect(page.get_by_text("An innocent").locator("mjx-mfrac")).to_have_count(1)
    ended = {**witness.look(CARDS), "strays": page.evaluate(STRAYS)}
    notebook.save()
    page.close()
    lab.reset()
    return {"live": live, "ended": ended, "remote": notebook.remote}


def run(notebook, count):
    """Run the next cells."""
    for _ in range(count):
        notebook.command("notebook:run-cell-and-select-next")
    notebook.wait_idle()


def test_every_hostile_answer_streams_without_harm(told, texts):
    assert told["live"] == harmless(len(texts))


def test_every_hostile_answer_ends_without_harm(told, texts):
    assert told["ended"] == {**harmless(len(texts)), "strays": 0}
    assert told["remote"] == []


@pytest.mark.parametrize("trusted", [True, False])
def test_the_saved_notebook_is_opened_again_without_harm(
    told, texts, trusted, witness, notebook_page, lab
):
    name = NOTEBOOK
    if not trusted:  # what Jupyter has not signed: the same outputs from somebody else
        notebook = lab.read(NOTEBOOK)
        notebook.metadata["from"] = "somebody else"
        nbformat.write(notebook, lab.folder / (name := "foreign.ipynb"))
    notebook_page.open(name)
    expect(witness.page.locator(CARDS)).to_have_count(len(texts))
    assert set(witness.page.evaluate(TRUSTED)) == {trusted}
    expect(witness.page.get_by_text("An innocent").locator("mjx-mfrac")).to_have_count(1)
    assert witness.look(CARDS) == harmless(len(texts))
    assert notebook_page.remote == []


def test_where_only_the_markdown_is_rendered_it_does_no_harm(witness, notebook_page, lab, canary):
    texts = hostile.answers(canary.host, generated=False)
    cards = [Card(text=text, error=text) for text in texts.values()]
    outputs = [
        nbformat.v4.new_output("display_data", {"text/markdown": c.markdown()}) for c in cards
    ]
    starts = range(0, len(outputs), BATCH)
    cells = [nbformat.v4.new_code_cell(outputs=outputs[at : at + BATCH]) for at in starts]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=kernel)
    NotebookNotary(data_dir=str(lab.folder.parent / "data")).sign(notebook)
    nbformat.write(notebook, lab.folder / "marked.ipynb")
    notebook_page.open("marked.ipynb")
    expect(witness.page.locator(MARKED)).to_have_count(len(texts))
    assert set(witness.page.evaluate(TRUSTED)) == {True}
    assert witness.look(MARKED) == harmless(len(texts))


def test_the_exported_page_does_no_harm(told, texts, witness, lab, served):
    addresses = dict.fromkeys(["mathjax_url", "require_js_url", "mermaid_js_url"], "")
    exported, _ = HTMLExporter(**addresses).from_notebook_node(lab.read(NOTEBOOK))
    served(exported)
    assert witness.look(CARDS) == harmless(len(texts))


def test_the_exported_markdown_does_no_harm_where_raw_html_runs(told, texts, witness, lab, served):
    exported, _ = MarkdownExporter().from_notebook_node(lab.read(NOTEBOOK))
    careless = MarkdownIt("commonmark", {"html": True}).enable("table")
    careless.validateLink = lambda _url: True
    served(careless.render(exported))
    assert witness.page.locator("img").count() == 0
    assert witness.look(CARDS) == harmless(len(texts))


def test_the_witness_would_see_and_hear_harm(canary, witness, served):
    served(HARM.format(canary.host))
    witness.page.wait_for_function("() => document.querySelector('img').complete")
    witness.page.evaluate("() => __pwn('called')")
    found = witness.look(".root")
    assert [kind for kind in KINDS if not found[kind]] == []
    assert found["executed"] == ["called"]
    assert (found["dialogs"], found["errors"]) == (["dialog"], ["thrown"])
    assert found["asked"] == ["GET /control"]
    canary.asked.clear()
