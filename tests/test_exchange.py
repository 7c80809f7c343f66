from __future__ import annotations

import time

import pytest
from model_server import RESET, Reply, answer, chunk, events, refusal, running, slow

from vlm_notebook.chat import retries
from vlm_notebook.chat.draft import Draft
from vlm_notebook.chat.endpoint import Endpoint
from vlm_notebook.chat.engine import INTERRUPTED, engine
from vlm_notebook.chat.exchange import exchange
from vlm_notebook.chat.message import Message, Request
from vlm_notebook.errors import AuthError, EndpointError, RateLimitError, StatusError, StreamError

REQUEST = Request("some/model", (Message.of_text("user", "Hello?"),))
HALF = events(chunk("Half"), done=False)


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(retries, "FIRST_WAIT_S", 0.01)
    with running() as made:
        yield made


class Asked:
    """One exchange, what was told of it meanwhile, and the submission to wait for."""

    def __init__(self, server, *replies, max_retries=2):
        server.says(*(Reply(r) if isinstance(r, bytes) else r for r in replies))
        self.deltas, self.ends, self.waits = [], [], []
        work = exchange(
            Endpoint(server.base_url, timeout_s=10),
            REQUEST,
            Draft(REQUEST, detail="auto"),
            on_delta=self.deltas.append,
            on_end=self.ends.append,
            on_wait=self.waits.append,
            max_retries=max_retries,
        )
        self.submission = engine().submit(work)

    def result(self):
        return self.submission.result(20)

    def begun(self):
        while not self.deltas:
            time.sleep(0.005)
        return self


def test_the_answer_is_returned_and_told(server):
    asked = Asked(server, answer("All is well."))
    said = asked.result()
    assert said.text == "All is well."
    assert "".join(delta.text for delta in asked.deltas) == said.text
    assert asked.ends == [said]


@pytest.mark.parametrize("reason", ["cancelled", INTERRUPTED])
def test_a_cancelled_exchange_keeps_what_had_arrived(server, reason):
    asked = Asked(server, slow(HALF)).begun()
    asked.submission.cancel(reason)
    said = asked.result()
    assert (said.text, said.finish_reason, said.error) == ("Half", reason, None)
    assert asked.ends == [said]
    assert server.closed_early.wait(5)


def test_an_exchange_can_be_cancelled_before_the_server_says_anything(server):
    asked = Asked(server, Reply(pieces=(b"",), held=True))
    while not server.requests:
        time.sleep(0.005)
    asked.submission.cancel()
    assert asked.result().finish_reason == "cancelled"
    assert server.closed_early.wait(5)


def test_an_exchange_can_be_cancelled_while_it_waits_to_ask_again(server):
    asked = Asked(server, refusal(503, "busy", retry_after="30"))
    while not server.requests:
        time.sleep(0.005)
    asked.submission.cancel()
    assert asked.result().finish_reason == "cancelled"
    assert len(server.requests) == 1


def test_an_answer_that_breaks_off_is_kept_on_the_error(server):
    asked = Asked(server, Reply(pieces=(HALF, RESET), pause_s=0.05, chunked=True))
    with pytest.raises(StreamError) as caught:
        asked.result()
    partial = caught.value.answer
    assert (partial.text, partial.finish_reason) == ("Half", "error")
    assert partial.error == str(caught.value)
    assert asked.ends == [partial]


def test_a_refusal_carries_an_empty_answer(server):
    asked = Asked(server, refusal(401, "no"))
    with pytest.raises(AuthError) as caught:
        asked.result()
    assert caught.value.answer.text == ""
    assert asked.ends == [caught.value.answer]


@pytest.mark.parametrize(
    "trouble",
    [
        refusal(503, "busy"),
        refusal(429, "slow down"),
        refusal(408, "too slow"),
        refusal(409, "in the way"),
        Reply(pieces=(RESET,)),
    ],
    ids=["server side", "too many", "too slow", "conflict", "reset"],
)
def test_what_may_pass_is_asked_again(server, trouble):
    assert Asked(server, trouble, trouble, Reply(answer("Now."))).result().text == "Now."
    assert len(server.requests) == 3
    assert server.requests[0] == server.requests[2]


@pytest.mark.parametrize(("max_retries", "requests"), [(0, 1), (1, 2), (2, 3)])
def test_it_is_asked_again_so_often_and_no_more(server, max_retries, requests):
    with pytest.raises(EndpointError):
        Asked(server, refusal(503, "busy"), max_retries=max_retries).result()
    assert len(server.requests) == requests


@pytest.mark.parametrize(
    "final",
    [
        refusal(400, "no"),
        refusal(401, "no"),
        refusal(402, "no"),
        refusal(404, "no"),
        refusal(422, "no"),
        refusal(429, "You exceeded your current quota", retry_after="0"),
        Reply(events(chunk("Half"), done=False)),
        Reply(pieces=(HALF, RESET), pause_s=0.05, chunked=True),
        Reply(b""),
    ],
    ids=range(9),
)
def test_what_waiting_does_not_mend_is_asked_once(server, final):
    with pytest.raises(EndpointError):
        Asked(server, final).result()
    assert len(server.requests) == 1


def test_it_waits_as_long_as_the_server_asks(server):
    asked = Asked(server, refusal(429, "slow down", retry_after="0.3"), Reply(answer("Now.")))
    said = asked.result()
    assert said.text == "Now."
    assert said.timing.total_s >= 0.3


def test_each_wait_is_told_before_and_ended_after(server):
    late = refusal(429, "slow down", retry_after="0.1")
    asked = Asked(server, late, refusal(503, "busy", retry_after="0.2"), Reply(answer("Now.")))
    asked.result()
    assert asked.waits == [
        "rate limited, waiting 0.1 s, attempt 2 of 3",
        "",
        "server trouble, waiting 0.2 s, attempt 3 of 3",
        "",
    ]


def test_a_cancelled_wait_ends_at_once(server):
    asked = Asked(server, refusal(429, "slow down", retry_after="30"))
    while not asked.waits:
        time.sleep(0.005)
    assert asked.waits == ["rate limited, waiting 30 s, attempt 2 of 3"]
    asked.submission.cancel()
    assert asked.submission.settle(5)


def test_nothing_is_waited_for_once_there_was_text(server):
    asked = Asked(server, Reply(pieces=(HALF, RESET), pause_s=0.05, chunked=True))
    with pytest.raises(StreamError):
        asked.result()
    assert asked.waits == []


def test_a_server_in_trouble_that_asks_for_a_long_wait_is_quoted(server):
    with pytest.raises(StatusError, match="ask again in 90 s"):
        Asked(server, refusal(503, "busy", retry_after="90")).result()
    assert len(server.requests) == 1


def test_whoever_would_wait_too_long_is_told_instead(server):
    with pytest.raises(RateLimitError, match="ask again in 90 s") as caught:
        Asked(server, refusal(429, "slow down", retry_after="90")).result()
    assert caught.value.retry_after_s == 90
    assert len(server.requests) == 1
