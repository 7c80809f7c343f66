from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from fault_server import serving, whole
from faults.floods import FLOODS
from faults.wire import BODY, plain

MOST_CPU_S = 2.0
MOST_MB = 150
PROGRAM = Path(__file__).with_name("flood_cost.py")


@pytest.fixture(scope="module")
def costs():
    """What each flood takes in a process that has done nothing else but one usual answer."""
    with serving([whole("usual", plain(BODY)), *FLOODS]) as server:
        names = ["usual", *(flood.name for flood in FLOODS)]
        command = [sys.executable, PROGRAM, str(server.port), *names]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    return json.loads(done.stdout)


@pytest.mark.parametrize("flood", FLOODS, ids=lambda flood: flood.name)
def test_a_flood_is_given_up_before_it_costs_much(costs, flood):
    said, cpu_s, _, _ = costs[flood.name]
    assert said.startswith(f"{flood.fails.__name__}: ")
    assert "\n" not in said
    assert cpu_s < MOST_CPU_S


def test_no_flood_fills_the_memory(costs):
    peaks = [peak_mb for *_, peak_mb in costs.values()]
    assert max(peaks) - peaks[0] < MOST_MB
