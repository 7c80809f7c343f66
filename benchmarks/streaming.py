"""What a streamed answer costs, beside other ways; prints tables in Markdown.

    python benchmarks/streaming.py

The traffic is counted in a real kernel; the cost of a delta is CPU time of this process, while the
server runs in another one. chatlas and llm take part where they are installed.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from typing import TYPE_CHECKING

import kernel
import provider
import readers
from report import table

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from kernel import Cost

SETUP = """
import sys, time
sys.path.insert(0, {folder!r})
import anywidget, ipywidgets, traitlets
from IPython.display import Markdown, display
import provider, vlm_notebook as vlm, vlm_notebook.view.live
client = vlm.connect({url!r}, "key", model="100", timeout_s=60)
client.ask("hi")

class Text(anywidget.AnyWidget):
    _esm = "export default {{}}"
    value = traitlets.Unicode().tag(sync=True)
"""

_GROW = """
text = ""
for word in provider.words({count}):
    time.sleep(0.001)
    text += word
    {step}
"""
"""Without a pause the kernel's socket drops messages, and once the one that says it is done."""

OURS = 'vlm.connect({url!r}, "key", model="{count}{rate}").ask("hi");'

WAYS = {
    "`print(token)`": ("", 'print(word, end="")'),
    "`print(token, flush=True)`": ("", 'print(word, end="", flush=True)'),
    "anywidget, synced `Unicode` trait": ("shown = Text(); display(shown)", "shown.value = text"),
    "`ipywidgets.HTML.value =`": (
        "shown = ipywidgets.HTML(); display(shown)",
        "shown.value = text",
    ),
    "`display(Markdown)` + `update`": (
        'shown = display(Markdown(""), display_id=True)',
        "shown.update(Markdown(text))",
    ),
    "`Output.append_stdout`": (
        "shown = ipywidgets.Output(); display(shown)",
        "shown.append_stdout(word)",
    ),
}

TOO_DEAR = {("`Output.append_stdout`", 8_000)}
"""Takes minutes, and two gigabytes."""


def traffic(url: str, counts: list[int]) -> None:
    """Count what reaches the browser for one answer."""
    folder = str(provider.FOLDER)
    for count in counts:
        rows = []
        with kernel.running() as running:
            running.run(SETUP.format(folder=folder, url=url))
            for rate in ("", "@500", "@100"):
                cost = running.run(OURS.format(url=url, count=count, rate=rate))
                pace = f"{rate[1:]} tokens a second" if rate else "all at once"
                rows.append(row(f"ours, {pace}", count, cost))
            for name, (start, step) in WAYS.items():
                if (name, count) not in TOO_DEAR:
                    code = f"{start}\n{_GROW.format(count=count, step=step)}"
                    rows.append(row(name, count, running.run(code)))
        nbytes = sum(map(len, provider.words(count)))
        print(f"### From the kernel to the browser: {count:,} tokens, {nbytes / 1000:.0f} kB\n")
        table(("way", "messages", "kB", "bytes a token", "kernel CPU, s", "us a token"), rows)


def row(name: str, count: int, cost: Cost) -> tuple[str, ...]:
    """Return the figures of one answer."""
    return (
        name,
        f"{cost.messages:,}",
        f"{cost.nbytes / 1000:,.0f}",
        f"{cost.nbytes / count:,.0f}",
        f"{cost.cpu_s:.2f}",
        f"{cost.cpu_s * 1e6 / count:,.0f}",
    )


async def medians(
    ways: dict[str, Callable[[str], Awaitable[None]]], model: str, count: int, rounds: int
) -> dict[str, float]:
    """Return each way's median CPU time, in microseconds a delta; the first round is to warm up."""
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, way in ways.items():
            start = time.process_time()
            await way(model)
            if number:
                spent[name].append(1e6 * (time.process_time() - start) / count)
    return {name: statistics.median(times) for name, times in spent.items()}


async def deltas(url: str, rounds: int, count: int = 4_000) -> None:
    """Compare what reading one delta costs."""
    ways = readers.ways(url)
    alone = await medians(ways, f"{count}", count, rounds)
    packed = await medians(ways, f"{count}*64", count, rounds)
    typed = readers.TYPED
    rows = [
        (
            name,
            f"{alone[name]:.0f}",
            f"{alone[name] / alone[typed]:.2f}",
            f"{packed[name]:.1f}",
            f"{packed[name] / packed[typed]:.3f}",
        )
        for name in sorted(ways, key=alone.__getitem__)
    ]
    print(f"### Reading one delta, of {count:,}, in microseconds of CPU\n")
    head = ("way", "each in an HTTP chunk", "x the SDK", "64 in an HTTP chunk", "x the SDK")
    table(head, rows)


def main() -> None:
    """Run both parts, or the one that is named."""
    parts = ("traffic", "deltas")
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("parts", nargs="*", choices=[[], *parts])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--tokens", type=int, nargs="+", default=[2_000, 8_000])
    options = parser.parse_args()
    chosen = options.parts or parts
    with provider.running() as url:
        if "deltas" in chosen:
            asyncio.run(deltas(url, options.rounds))
        if "traffic" in chosen:
            traffic(url, options.tokens)


if __name__ == "__main__":
    main()
