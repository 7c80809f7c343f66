from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from vlm_notebook.chat import refusal
from vlm_notebook.chat.breakage import of_exception
from vlm_notebook.errors import (
    AuthError,
    ConnectError,
    RateLimitError,
    StatusError,
    StreamError,
)

WHO = {"host": "api.example.org", "secrets": ()}


def of_status(status, payload="because", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return refusal.of_status(status, payload, named, **WHO)


@pytest.mark.parametrize(
    "payload",
    [
        {"error": {"message": "because"}},
        {"error": "because"},
        {"message": "because", "code": 7},
        {"detail": [{"loc": ["body"], "msg": "because"}]},
        {"errors": [{"reason": "because"}]},
        {"base_resp": {"status_msg": "because"}},
        [{"error": {"message": "because"}}],
        '{"error": {"message": "because"}}',
        {"error": {"message": '{"message": "because"}'}},
        b"because",
        " because\n",
    ],
)
def test_the_reason_is_found_in_every_dialect(payload):
    assert refusal.reason_of(payload) == "because"


@pytest.mark.parametrize("payload", [None, {}, [], "", 5, {"error": {}}, {"error": None}, "{"])
def test_a_body_without_words_gives_no_reason(payload):
    assert refusal.reason_of(payload) == ""
    assert "()" not in str(of_status(400, payload))


@pytest.mark.parametrize("page", ["<!DOCTYPE html><p>x", " <HTML><p>x", "<?xml version='1.0'?>"])
def test_a_web_page_is_named_and_not_quoted(page):
    assert refusal.reason_of(page) == "a web page"


def test_a_body_nested_beyond_measure_has_no_reason():
    nested = "because"
    for _ in range(100_000):
        nested = [nested]
    assert refusal.worded(nested, ()) == ""


def test_a_long_reason_is_cut_so_that_the_remedy_stands():
    message = str(of_status(404, "x " * 500))
    assert len(message) <= 300
    assert message.endswith("(client.models() lists them)")


QUOTA = [
    "You exceeded your current quota, please check your plan and billing details.",
    {"message": "no", "code": "insufficient_quota"},
    {"message": "no", "type": "insufficient_quota"},
    "x " * 200 + "balance is empty",
]


@pytest.mark.parametrize("payload", QUOTA, ids=range(len(QUOTA)))
def test_a_quota_that_is_used_up_is_not_worth_waiting_for(payload):
    failed = of_status(429, payload, retry_after="1")
    assert isinstance(failed, RateLimitError)
    assert failed.retry_after_s is None
    assert "quota is used up" in str(failed)


def test_too_many_requests_tells_how_long_to_wait():
    failed = of_status(429, retry_after="7")
    assert failed.retry_after_s == 7
    assert "ask again in 7 s" in str(failed)


@pytest.mark.parametrize(("asked", "wait_s"), [("0", 0), ("1.5", 1.5), (" 3 ", 3), ("120", 120)])
def test_seconds_to_wait_are_read(asked, wait_s):
    assert refusal.retry_after_s({"retry-after": asked}) == wait_s


@pytest.mark.parametrize("asked", ["", "soon", "-1", "\u00b2", "1e3", "nan", "9" * 400, "0x1"])
def test_nonsense_in_the_place_of_seconds_is_passed_over(asked):
    assert refusal.retry_after_s({"retry-after": asked}) is None
    assert of_status(429, retry_after=asked).retry_after_s == 0


def test_a_date_to_wait_for_is_read():
    then = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    assert 90 < refusal.retry_after_s({"retry-after": then}) <= 100
    past = format_datetime(datetime.now(UTC) - timedelta(seconds=100), usegmt=True)
    assert refusal.retry_after_s({"retry-after": past}) == 0


def test_only_what_may_pass_is_worth_asking_again():
    worth = {s: of_status(s).retry_after_s is not None for s in (400, 401, 404, 429, 500, 529)}
    assert worth == {400: False, 401: False, 404: False, 429: True, 500: True, 529: True}


def test_a_status_error_carries_its_status():
    assert of_status(422).status == 422
    assert isinstance(of_status(401), AuthError)


@pytest.mark.parametrize(
    "payload",
    [
        {"choices": []},
        {"choices": [], "error": None},
        {"usage": {}},
        {"type": "ping"},
        {"choices": [], "message": "not an error"},
    ],
)
def test_an_event_that_is_no_error_passes(payload):
    assert refusal.in_stream(payload, **WHO) is None


def test_an_event_that_is_an_error_breaks_the_answer():
    failed = refusal.in_stream({"choices": [], "error": {"message": "overloaded"}}, **WHO)
    assert isinstance(failed, StreamError)
    assert "overloaded" in str(failed)


class FakeTimeout(Exception):  # noqa: N818 - named as HTTP libraries name theirs
    pass


@pytest.mark.parametrize(
    ("error", "started", "kind"),
    [
        (FakeTimeout(), False, ConnectError),
        (FakeTimeout(), True, StreamError),
        (OSError("no route"), False, ConnectError),
        (OSError("no route"), True, StreamError),
        (ValueError("nan"), False, StatusError),
        (ValueError("bad gzip"), True, StreamError),
    ],
)
def test_a_foreign_error_becomes_ours_by_when_it_came(error, started, kind):
    assert type(of_exception(error, started=started, **WHO)) is kind


def test_the_innermost_cause_is_the_reason():
    outer = RuntimeError("Connection error.")
    outer.__cause__ = OSError("name not known")
    assert "(name not known)" in str(of_exception(outer, started=False, **WHO))


def test_a_secret_does_not_stand_in_a_reason():
    ours = refusal.of_status(401, "bad hidden-word", {}, host="h", secrets=("hidden-word",))
    assert "hidden-word" not in str(ours)
