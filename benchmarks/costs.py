"""What preparing takes beside CPU time: memory at the peak, and lateness of an event loop."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import photographs
from photographs import LARGE, PHONE
from report import table

from vlm_notebook import samples
from vlm_notebook.images import prepare

_MEASURED = """
import re, resource, sys
sys.path.insert(0, sys.argv[3])
import rivals
from vlm_notebook.images.prepare import prepare

def peak():
    # ru_maxrss of a fresh process begins at its parent's; Linux says its own here
    try:
        status = open("/proc/self/status").read()
        return int(re.search(r"VmHWM:\\s+(\\d+)", status)[1]) / 1024
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

naive = sys.argv[4] == "naive"
way = (lambda d: rivals.naive(d, (512, 384))) if naive else (lambda d: prepare(d, detail="low"))
data = open(sys.argv[1], "rb").read()
way(open(sys.argv[2], "rb").read())  # what libraries take when they are first used
before = peak()
way(data)
print(peak() - before)
"""


def memory() -> None:
    """Measure what the peak of a fresh process grows by."""
    with tempfile.TemporaryDirectory() as folder:
        names = {"small": (1008, 756), "12 MP": PHONE, "48 MP": LARGE}
        paths = {name: Path(folder, f"{number}.jpg") for number, name in enumerate(names)}
        for name, path in paths.items():
            path.write_bytes(photographs.photograph("coffee", names[name]))
        rows = [
            (
                name,
                *(f"{_grown(paths[name], paths['small'], way):.1f}" for way in ("ours", "naive")),
            )
            for name in ("12 MP", "48 MP")
        ]
    print("### Memory added at the peak, in MB, without the file itself\n")
    table(("photograph", "ours", "naive"), rows)


def _grown(path: Path, small: Path, way: str) -> float:
    arguments = [str(path), str(small), str(Path(__file__).parent), way]
    command = [sys.executable, "-c", _MEASURED, *arguments]
    return float(subprocess.run(command, check=True, capture_output=True).stdout)


async def _lags(data: bytes, count: int) -> list[float]:
    """Prepare in threads while a timer on the loop measures how late it is."""
    late: list[float] = []

    async def tick() -> None:
        while True:
            start = time.perf_counter()
            await asyncio.sleep(0.002)
            late.append(1000 * (time.perf_counter() - start - 0.002))

    timer = asyncio.create_task(tick())
    for number in range(count):
        budget = 1_000_000 - number  # another one each time, so that nothing is remembered
        work = partial(prepare.prepare, data, detail="high", max_bytes=budget)
        await asyncio.gather(asyncio.to_thread(work), asyncio.to_thread(work))
    timer.cancel()
    return late


def event_loop(rounds: int) -> None:
    """Measure how late the loop is while pictures are prepared in threads."""
    rows = []
    cases = {
        "12 MP photograph": photographs.photograph("coffee", PHONE),
        "page, PNG": samples.path("page").read_bytes(),
    }
    for name, data in cases.items():
        late = sorted(asyncio.run(_lags(data, 4 * rounds)))
        rows.append((name, f"{late[len(late) // 2]:.1f}", f"{late[int(len(late) * 0.99)]:.1f}"))
    print("### How late the event loop is while two threads prepare, in ms\n")
    table(("picture", "median", "99 of 100"), rows)
