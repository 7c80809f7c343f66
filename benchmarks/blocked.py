"""The longest task of a JupyterLab page while an answer streams in; prints a table in Markdown.

    PYTHONPATH=tests:tests/browser python benchmarks/blocked.py

A real kernel asks a server on loopback; the page's own long tasks (50 ms and more, as Chromium
reports them) are taken from running the cell until a second after it has ended. `put` shows
the same finished card once, as HTML that was always there, `markdown` the text as JupyterLab's
own Markdown: what no widget could do without.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import chromium  # of tests/browser
import lab as jupyterlab
from model_server import ModelServer, Reply, chunk, events  # of tests
from notebook_page import NotebookPage
from playwright.sync_api import sync_playwright
from report import table
from smoothness import KINDS, LONG, TOKEN_CHARS, WATCH, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lab import Lab
    from playwright.sync_api import Browser

PIECE_S = 0.01
SETTLE_S = 1
CONNECT = 'import vlm_notebook as vlm\nclient = vlm.connect({url!r}, "key", model="m")'
WAYS = {
    "ask": 'answer = client.ask("Why?", vlm.samples.path("cat"))',
    "put": "from IPython.display import HTML\nHTML(kept)",
    "markdown": "from IPython.display import Markdown\nMarkdown(text)",
}
RUN_CELL = """(number) => {
  const { jupyterapp } = window;
  const { content } = jupyterapp.shell.currentWidget;
  content.activeCellIndex = number;
  window.runEnded = false;
  const ended = () => { window.runEnded = true; };
  jupyterapp.commands.execute("notebook:run-cell").then(ended, ended);
}"""
KEPT = """
answer = client.ask("Why?", vlm.samples.path("cat"), show=False)
text, kept = answer.text, answer._repr_mimebundle_()["text/html"]
"""


def reply(text: str, rate: int) -> Reply:
    """Return an answer that comes at a rate of tokens a second; 0: at once."""
    step = max(1, round(rate * PIECE_S)) * TOKEN_CHARS if rate else len(text)
    pieces = [text[at : at + step] for at in range(0, len(text), step)]
    parts = [events(chunk(piece), done=False) for piece in pieces]
    return Reply(pieces=(*parts, events(chunk(finish="stop"))), pause_s=PIECE_S if rate else 0)


def run_cell(notebook: NotebookPage, number: int) -> None:
    """Run one cell and wait for its end."""
    notebook.page.evaluate(RUN_CELL, number)
    notebook.wait_idle()


def longest(browser: Browser, lab: Lab, server: ModelServer, way: str, text: str, rate: int) -> str:
    """Return the page's longest task in milliseconds."""
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.set_default_timeout(600_000)
    notebook = NotebookPage(page, lab)
    setup = CONNECT.format(url=server.base_url) + (KEPT if way != "ask" else "")
    server.says(reply(text, rate))
    notebook.open(lab.add("blocked.ipynb", setup, WAYS[way], "1"))
    run_cell(notebook, 0)
    time.sleep(SETTLE_S)
    page.evaluate(WATCH)
    run_cell(notebook, 1)
    time.sleep(SETTLE_S)
    found = page.evaluate(LONG)
    if len(notebook.cell_output(1).first.text_content() or "") < len(text) / 2:
        raise RuntimeError(notebook.cell_output(1).all_inner_texts())
    page.close()
    lab.reset()
    return f"{found:.0f}"


def cases(options: argparse.Namespace) -> Iterator[tuple[int, str, str, int]]:
    """Yield tokens, kind, way and rate of what is measured; only `ask` has a rate."""
    for tokens, kind, way in product(options.tokens, options.kinds, options.ways):
        for rate in options.rates if way == "ask" else [0]:
            yield tokens, kind, way, rate


def main() -> None:
    """Measure every kind of answer at every rate."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--tokens", type=int, nargs="+", default=[8_000, 50_000])
    parser.add_argument("--rates", type=int, nargs="+", default=[500, 0])
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=["mixed", "prose", "table"])
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=[*WAYS])
    options = parser.parse_args()
    rows = []
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as home:
        browser = playwright.chromium.launch(
            executable_path=chromium.find(), args=list(chromium.FLAGS)
        )
        with jupyterlab.running(Path(home)) as lab:
            server = ModelServer()
            for tokens, kind, way, rate in cases(options):
                text = text_of(kind, tokens)
                each = (longest(browser, lab, server, way, text, rate) for _ in range(options.runs))
                rows.append((f"{tokens:,}", kind, way, str(rate), " ".join(each)))
                print(*rows[-1], flush=True)
            server.close()
        browser.close()
    table(("tokens", "kind", "way", "tokens a second", "longest task, ms"), rows)


if __name__ == "__main__":
    main()
