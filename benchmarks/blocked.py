"""The longest task of a JupyterLab page while an answer streams in; prints a table in Markdown.

    PYTHONPATH=tests:tests/browser python benchmarks/blocked.py

A real kernel asks a server on loopback; Chromium traces the tasks of the page's main thread from
running the cell until a second after it has ended. Of each run the longest task is told, and the
most CPU time of any: what goes beyond that is waiting for a core, which the kernel, the servers and
Chromium's other processes use as well. `put` shows the same finished card once, as HTML that was
always there, `markdown` the text as JupyterLab's own Markdown: what no widget could do without.
"""

from __future__ import annotations

import argparse
import json
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
from smoothness import KINDS, TOKEN_CHARS, text_of

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


def longest(trace: bytes) -> tuple[float, float]:
    """Return the longest task of a page's main thread and the most CPU time of one, in ms."""
    told = json.loads(trace)["traceEvents"]
    mains = {
        (event["pid"], event["tid"])
        for event in told
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    tasks = [
        (event.get("dur", 0) / 1000, event.get("tdur", 0) / 1000)
        for event in told
        if event["name"].endswith("RunTask") and (event["pid"], event["tid"]) in mains
    ]
    return max(wall for wall, _ in tasks), max(cpu for _, cpu in tasks)


def run(browser: Browser, lab: Lab, server: ModelServer, way: str, text: str, rate: int) -> str:
    """Show a text in one way and return the longest task and the most CPU time of one."""
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.set_default_timeout(600_000)
    notebook = NotebookPage(page, lab)
    setup = CONNECT.format(url=server.base_url) + (KEPT if way != "ask" else "")
    server.says(reply(text, rate))
    notebook.open(lab.add("blocked.ipynb", setup, WAYS[way], "1"))
    run_cell(notebook, 0)
    time.sleep(SETTLE_S)
    browser.start_tracing(page=page, categories=["toplevel"])
    run_cell(notebook, 1)
    time.sleep(SETTLE_S)
    wall_ms, cpu_ms = longest(browser.stop_tracing())
    if len(notebook.cell_output(1).first.text_content() or "") < len(text) / 2:
        raise RuntimeError(notebook.cell_output(1).all_inner_texts())
    page.close()
    lab.reset()
    return f"{wall_ms:.0f} ({cpu_ms:.0f})"


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
                each = (run(browser, lab, server, way, text, rate) for _ in range(options.runs))
                rows.append((f"{tokens:,}", kind, way, str(rate), ", ".join(each)))
                print(*rows[-1], flush=True)
            server.close()
        browser.close()
    table(("tokens", "kind", "way", "tokens a second", "longest task, ms (CPU)"), rows)


if __name__ == "__main__":
    main()
