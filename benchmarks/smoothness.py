"""How long a page is busy with a growing answer; prints a table in Markdown.

    PYTHONPATH=tests/browser python benchmarks/smoothness.py

The widget's module runs alone in Chromium. Each message is delivered once the page has drawn the
one before, so that the times are those of one message: CPU time of the page's main thread, the
least of several runs. What takes more than 100 ms in one task blocks the page, as people notice.
"""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any, NamedTuple

import chromium  # of tests/browser
from esm_page import EsmPage
from playwright.sync_api import sync_playwright
from report import table

from vlm_notebook.markup import card as cards
from vlm_notebook.markup.card import Card
from vlm_notebook.view.growth import Growth
from vlm_notebook.view.live import GrowingAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import CDPSession, Page

TOKEN_CHARS = 4
EMPTY = {"head": "", "foot": "", "body": "", "ended": False, "stoppable": False, "language": "en"}
SENTENCE = "The **cat** sits on a `chair` beside the window and looks at the birds outside. "
ITEM = "- **Thing {n}** stands `there` and is red.\n"
ROW = "| {n} | a *red* chair | left of it | 0.{n} |\n"
HEADS = {"table": "| n | thing | place | share |\n|---|---|---|---|\n", "code": "```python\n"}
CODE = "x = f(x)\n"
FORMULA = r"\sum_i \frac{a_i}{\sqrt{b_i}}"
KINDS = {
    "prose": f"{SENTENCE * 6}\n\n",
    "paragraph": SENTENCE,
    "list": ITEM,
    "code": "    value_{n} = function(value_{n}, 'text')\n",
    "table": ROW,
    "math": f"With $x_{{n}}^2 < {FORMULA}$ too. {SENTENCE}\n\n",
    "mixed": f"## Part {{n}}\n\n{SENTENCE * 6}\n\n{ITEM * 12}\n{HEADS['table']}{ROW * 20}\n"
    f"```\n{CODE * 12}```\n\n",
}

DRAWN = "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"
WATCH = """() => {
  window.long = [];
  new PerformanceObserver((list) => long.push(...list.getEntries().map((e) => e.duration)))
    .observe({ type: "longtask" });
}"""
LONG = "() => new Promise((done) => setTimeout(() => done(Math.max(0, ...long)), 300))"
PUT = """(html) => {
  const el = document.body.appendChild(document.createElement("div"));
  el.append(document.createRange().createContextualFragment(html));
}"""
IN_A_TASK = "(value) => new Promise((done) => setTimeout(() => done(({})(value))))"


class Times(NamedTuple):
    """Milliseconds of the main thread: CPU of a message, of the end, in all; the longest task."""

    message: float
    end: float
    card: float
    total: float
    longest: float


def text_of(kind: str, tokens: int) -> str:
    """Return an answer of one kind, of so many tokens."""
    pieces, length = [HEADS.get(kind, "")], 0
    while length < tokens * TOKEN_CHARS:
        pieces.append(KINDS[kind].replace("{n}", str(len(pieces))))
        length += len(pieces[-1])
    return "".join(pieces)[: tokens * TOKEN_CHARS]


def messages(text: str, rate: int) -> Iterator[dict[str, Any]]:
    """Yield what is sent of a text that comes at a rate of tokens a second; 0: at once."""
    growing, at = Growth(), 0
    while at < len(text):
        step = int(growing.wait_s * rate * TOKEN_CHARS) if rate else len(text)
        growing.add(text[at : at + step])
        at += step
        yield growing.message()


class Meter:
    """Counts the CPU time of a page's main thread."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._session: CDPSession = page.context.new_cdp_session(page)
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def of(self, source: str, argument: Any) -> float:
        """Run a function in the page, have the page drawn, and return the milliseconds."""
        before = self._now()
        self._page.evaluate(IN_A_TASK.format(source), argument)
        self._page.evaluate(DRAWN)
        return self._now() - before

    def _now(self) -> float:
        metrics = self._session.send("Performance.getMetrics")["metrics"]
        return 1000 * next(m["value"] for m in metrics if m["name"] == "TaskDuration")


def run(page: Page, text: str, rate: int) -> Times:
    """Show one answer from its first message to its card."""
    shown = EsmPage(page)
    module = GrowingAnswer._esm  # noqa: SLF001 - so anywidget calls a widget's front end
    shown.load(module, css=cards.style(), **EMPTY)
    page.evaluate(WATCH)
    meter = Meter(page)
    deliver = "(message) => fake.deliver(JSON.parse(message), [])"
    spent = [meter.of(deliver, json.dumps(message)) for message in messages(text, rate)]
    card = Card(text=text)
    shown.set("body", cards.body_html(card))
    end = meter.of("() => fake.change('ended', true)", None)
    shown.remove()
    put = meter.of(PUT, card.html())
    return Times(max(spent), end, put, sum(spent), page.evaluate(LONG))


def main() -> None:
    """Measure every kind of answer at every rate."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--tokens", type=int, nargs="+", default=[8_000, 24_000, 50_000])
    parser.add_argument("--rates", type=int, nargs="+", default=[100, 500, 0])
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=[*KINDS])
    options = parser.parse_args()
    rows = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.find(), args=list(chromium.FLAGS)
        )
        for tokens in options.tokens:
            for kind in options.kinds:
                text = text_of(kind, tokens)
                for rate in options.rates:
                    runs = []
                    for _ in range(options.runs):
                        page = browser.new_page(viewport={"width": 1200, "height": 900})
                        runs.append(run(page, text, rate))
                        page.close()
                    least = [f"{min(values):.0f}" for values in zip(*runs, strict=True)]
                    rows.append((f"{tokens:,}", kind, str(rate or "at once"), *least))
                    print(*rows[-1], flush=True)
        browser.close()
    head = ("tokens", "kind", "tokens a second", *(f"{name}, ms" for name in Times._fields))
    table(head, rows)


if __name__ == "__main__":
    main()
