from __future__ import annotations

import io
import random
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from fault_server import KEY, serving
from faults.bodies import BODIES
from faults.cuts import CUT
from faults.statuses import STATUSES
from faults.streams import LEGAL
from faults.transport import HTTP, PACKED, SLOW
from PIL import Image

import vlm_notebook as vlm
from vlm_notebook.chat.hidden import RUN

FAULTS = (*LEGAL, *CUT, *BODIES, *STATUSES, *HTTP, *PACKED, *SLOW)
LATE_S = 1.0


@pytest.fixture(scope="module")
def server():
    with serving(FAULTS) as made:
        yield made


@pytest.fixture(scope="module")
def picture():
    file = io.BytesIO()
    Image.frombytes("RGB", (64, 64), random.Random(5).randbytes(64 * 64 * 3)).save(file, "PNG")
    return vlm.prepare(file.getvalue())


def client(server, name, **options):
    url = f"http://127.0.0.1:{server.port}/{name}/v1"
    return vlm.Client(url, KEY, model="some/model-vl", max_retries=0, **options)


def is_clean(message):
    assert len(message) <= 300
    assert message.isprintable()
    assert not re.search(r"</?[A-Za-z!]", message)
    assert not re.search(r"[A-Za-z0-9+/=]{40,}|base64,", message)
    pieces = {KEY[at : at + RUN] for at in range(len(KEY) - RUN + 1)}
    assert not [piece for piece in pieces if piece in message]
    assert re.search(r"127\.0\.0\.1|server|base_url", message)
    assert ": " in message


def test_every_fault_has_a_name_of_its_own():
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 150


@dataclass(frozen=True)
class Outcome:
    answer: object
    error: Exception | None
    took_s: float


def outcome(server, picture, fault):
    asked = client(server, fault.name, timeout_s=fault.timeout_s)
    began = time.monotonic()
    answer = error = None
    try:
        answer = asked.ask("What is it?", picture, show=False)
    except Exception as failed:  # noqa: BLE001 - which it may be is for the test to say
        error = failed
    return Outcome(answer, error, time.monotonic() - began)


@pytest.fixture(scope="module")
def outcomes(server, picture):
    """Every fault met, a few at once; the slow ones on their own, since they are timed."""
    outcome(server, picture, FAULTS[0])  # what a first call imports is not the servers' doing
    met = {}
    for faults in (SLOW, FAULTS[: -len(SLOW)]):
        with ThreadPoolExecutor(4) as pool:
            ended = pool.map(lambda fault: outcome(server, picture, fault), faults)
            met |= {fault.name: end for fault, end in zip(faults, ended, strict=True)}
    return met


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_ends_in_the_whole_answer_or_in_one_clear_line(outcomes, fault):
    met = outcomes[fault.name]
    if fault.fails is None:
        assert met.error is None
        assert (met.answer.text, met.answer.error) == (fault.whole, None)
    else:
        assert type(met.error) is fault.fails
        assert not [word for word in fault.words if word.lower() not in str(met.error).lower()]
        is_clean(str(met.error))
        assert (met.error.answer.text, met.error.answer.finish_reason) == (fault.text, "error")
    assert met.took_s < fault.within_s + LATE_S


def test_nothing_is_sent_where_a_redirect_leads(outcomes, server):
    assert len(server.requests) > len(FAULTS) - 5
    assert not [request for request in server.requests if b"elsewhere" in request[:200]]
