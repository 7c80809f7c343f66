"""`total_s` ends every answer, whatever the server goes on doing."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from fault_server import KEY, serving
from faults.transport import SLOW
from faults.wire import HALF
from model_server import refusal, running, slow

from vlm_notebook.client import Client
from vlm_notebook.errors import EndpointError, StreamError, VlmError

TOTAL_S, LATE_S = 1.2, 1.0
ENDLESS = {fault.name: fault for fault in SLOW}


@pytest.fixture(scope="module", autouse=True)
def warm():
    """Ask once: what a first call imports is not the server's doing."""
    with running() as server:
        Client(server.base_url, model="m").ask("What?", show=False)


@pytest.fixture(scope="module")
def server():
    with serving(SLOW) as made:
        yield made


def client(server, name, **options):
    url = f"http://127.0.0.1:{server.port}/{name}/v1"
    return Client(url, KEY, model="m", timeout_s=30, total_s=TOTAL_S, **options)


@pytest.fixture(scope="module")
def met(server):
    """What each slow fault came to with a patient client that has a deadline, a few at once.

    What was late then is asked again alone: the machine may have been busy, the client not.
    """

    def ask(name):
        began = time.monotonic()
        try:
            ended = client(server, name, max_retries=2).ask("What is it?", show=False)
        except EndpointError as error:
            ended = error
        return ended, time.monotonic() - began

    with ThreadPoolExecutor(3) as pool:
        ended = dict(zip(ENDLESS, pool.map(ask, ENDLESS), strict=True))
    late = [name for name, (_, took_s) in ended.items() if took_s >= TOTAL_S + LATE_S]
    return ended | {name: ask(name) for name in late}


@pytest.mark.parametrize("name", ENDLESS)
def test_no_fault_outlives_the_deadline_though_retries_are_allowed(met, name):
    ended, took_s = met[name]
    assert took_s < TOTAL_S + LATE_S
    if isinstance(ended, StreamError):
        assert "within 1.2 s" in str(ended)
        assert "raise total_s" in str(ended)
        assert (ENDLESS[name].whole or ENDLESS[name].text).startswith(ended.answer.text)
        assert ended.answer.error == str(ended)


def test_the_slow_faults_do_meet_the_deadline(met):
    late = [name for name, (ended, _) in met.items() if isinstance(ended, StreamError)]
    assert {"line-drips", "silent", "head-drips", "comments-drip-in-text"} <= set(late)


def test_what_had_arrived_at_the_deadline_is_kept(met):
    ended, _ = met["line-drips"]
    assert type(ended) is StreamError
    assert (ended.answer.text, ended.answer.finish_reason) == ("Half", "error")


def test_a_text_that_was_whole_at_the_deadline_is_an_answer(met):
    for name in ("silent-behind-finish", "silent-behind-done"):
        ended, _ = met[name]
        assert (ended.text, ended.error) == ("Hello there.", None)


def test_waits_between_attempts_count():
    with running() as server:
        server.says(refusal(429, "busy", retry_after="20"))
        asked = Client(server.base_url, model="m", total_s=0.3)
        began = time.monotonic()
        with pytest.raises(StreamError, match="total_s"):
            asked.ask("What?", show=False)
    assert time.monotonic() - began < 0.3 + LATE_S


def test_a_stop_before_the_deadline_is_a_stop():
    with running() as server:
        server.says(slow(HALF))
        submission = Client(server.base_url, model="m", total_s=30).submit("What?")
        while not server.requests:
            time.sleep(0.01)
        submission.cancel()
        assert submission.result(5).finish_reason == "cancelled"
        assert server.closed_early.wait(5)


def test_the_connection_is_closed_at_the_deadline():
    with running() as server:
        server.says(slow(HALF))
        with pytest.raises(StreamError, match="total_s"):
            Client(server.base_url, model="m", total_s=0.3).ask("What?", show=False)
        assert server.closed_early.wait(5)


def test_a_stream_ends_at_the_deadline_with_what_had_arrived():
    with running() as server:
        server.says(slow(HALF))
        pieces = []
        with pytest.raises(StreamError, match="total_s"):
            pieces.extend(Client(server.base_url, model="m", total_s=1.0).stream("What?"))
    assert [piece.text for piece in pieces] == ["Half"]


@pytest.mark.parametrize("total_s", [0, -1, "5", float("nan"), float("inf"), True])
def test_a_deadline_is_seconds_above_0(total_s):
    with pytest.raises(VlmError, match=r"total_s is .* give seconds above 0"):
        Client("http://127.0.0.1:1/v1", model="m", total_s=total_s)


def test_without_one_an_answer_may_take_its_time():
    faults = [fault for fault in SLOW if fault.name == "slow-words"]
    with serving(faults) as server:
        url = f"http://127.0.0.1:{server.port}/slow-words/v1"
        assert Client(url, KEY, model="m").ask("What?", show=False).text == "Hello there."
