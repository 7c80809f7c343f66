from __future__ import annotations

from email.utils import formatdate
from time import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from model_server import Reply, answer, running
from model_server import refusal as refused_reply

from vlm_notebook.chat import refusal, retries
from vlm_notebook.chat.retries import wait_for
from vlm_notebook.client import Client
from vlm_notebook.errors import ConnectError, EndpointError, RateLimitError, StatusError


def failed(kind=RateLimitError, asked_s=0.0):
    error = kind("no")
    error.retry_after_s = asked_s
    return error


def refused(status, headers):
    return refusal.of_status(status, {}, headers, host="example.org", secrets=())


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        (RateLimitError, "rate limited"),
        (StatusError, "server trouble"),
        (ConnectError, "no connection"),
    ],
)
def test_a_wait_says_why_how_long_and_which_attempt(kind, why):
    assert str(wait_for(failed(kind, 12), 1, 3)) == f"{why}, waiting 12 s, attempt 2 of 3"


@given(st.floats(0, retries.MAX_WAIT_S), st.integers(1, 50))
def test_a_wait_is_never_shorter_than_asked_nor_longer_than_the_most(asked_s, attempt):
    wait = wait_for(failed(asked_s=asked_s), attempt, attempt + 1)
    assert asked_s <= wait.wait_s <= retries.MAX_WAIT_S


@given(st.integers(1, 6))
def test_without_a_wish_of_the_server_waits_double_and_are_shortened_by_chance(attempt):
    longest = retries.FIRST_WAIT_S * 2 ** (attempt - 1)
    waits = {wait_for(failed(), attempt, 9).wait_s for _ in range(20)}
    assert longest / 2 <= min(waits) < max(waits) <= longest


@pytest.mark.parametrize(
    ("error", "attempt"),
    [
        (failed(), 3),
        (failed(asked_s=None), 1),
        (failed(asked_s=retries.MAX_WAIT_S + 1), 1),
        (EndpointError("no"), 1),
    ],
    ids=["no attempt left", "no use", "too long", "no use either"],
)
def test_where_asking_again_is_no_use_there_is_no_wait(error, attempt):
    assert wait_for(error, attempt, 3) is None


def test_a_wait_until_a_date_is_honoured():
    headers = {"retry-after": formatdate(time() + 30, usegmt=True)}
    assert wait_for(refused(429, headers), 1, 2).wait_s == pytest.approx(30, abs=2)


@pytest.mark.parametrize(
    ("headers", "asked_s"),
    [
        ({"retry-after-ms": "2500"}, 2.5),
        ({"retry-after-ms": "1500", "retry-after": "30"}, 1.5),
        ({"retry-after-ms": "0", "retry-after": "30"}, 0),
        ({"retry-after-ms": "soon", "retry-after": "3"}, 3),
        ({"retry-after-ms": "-5", "retry-after": "3"}, 3),
        ({"retry-after-ms": "nan"}, None),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
        ({"retry-after": "tomorrow"}, None),
    ],
)
def test_milliseconds_come_before_seconds_and_nonsense_counts_for_nothing(headers, asked_s):
    assert refusal.retry_after_s(headers) == asked_s


def test_a_server_on_loopback_is_asked_again_after_its_milliseconds():
    told = []
    with running() as server:
        busy = refused_reply(429, "busy", retry_after_ms="40", retry_after="50")
        server.says(busy, Reply(answer("Hello.")))
        client = Client(server.base_url, model="m")
        answered = client.start(client.question("What?"), on_wait=told.append).result(10)
    assert answered.text == "Hello."
    assert told[0].startswith("rate limited, waiting 0.")


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 529])
def test_refusals_that_may_pass_are_waited_for(status):
    assert wait_for(refused(status, {}), 1, 2)


@pytest.mark.parametrize("status", [301, 400, 401, 402, 403, 404, 413, 422])
def test_refusals_that_stay_are_not(status):
    assert wait_for(refused(status, {"retry-after": "1"}), 1, 2) is None
