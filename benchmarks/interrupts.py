"""Interrupt one kernel again and again, at random moments.

    python benchmarks/interrupts.py [COUNT]

The interpreter that runs this is the kernel's too, so that its ipykernel is the one measured.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import ipykernel

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from interruption import Outcome, Storm, Teller, kernel_of, spread

if TYPE_CHECKING:
    from collections.abc import Iterator

COUNT = 200
SEED = 1


def main(count: int) -> None:
    """Print every fault, and one line of a table."""
    server = Teller()
    try:
        with kernel_of(server) as running:
            storm = Storm(running, server, SEED)
            before = storm.left()
            outcomes = list(struck(storm, count))
            leaked = storm.leaked(before) if len(outcomes) == count else "unknown"
    finally:
        server.close()
    free = row([outcome.free_s for outcome in outcomes])
    closed = row([outcome.closed_s for outcome in outcomes if outcome.closed_s])
    hit = sum(outcome.interrupted for outcome in outcomes)
    faulty = sum(bool(outcome.faults) for outcome in outcomes)
    print("| ipykernel | interrupts | in time | free s | server closed s | faults | leaks |")
    done = f"{ipykernel.__version__} | {len(outcomes)} | {hit}"
    print(f"| {done} | {free} | {closed} | {faulty} | {leaked} |")


def struck(storm: Storm, count: int) -> Iterator[Outcome]:
    """Interrupt so often, and print what went wrong; end where the kernel itself hangs."""
    for number in range(count):
        try:
            outcome = storm.strike()
        except TimeoutError:
            print(f"the kernel hangs after {number} interrupts")
            return
        if outcome.faults:
            print(outcome, flush=True)
        yield outcome


def row(seconds: list[float]) -> str:
    """Return median, 99th percentile and maximum."""
    return " / ".join(f"{value:.2f}" for value in spread(seconds))


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else COUNT)
