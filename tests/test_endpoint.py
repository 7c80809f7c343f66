from __future__ import annotations

import gc
import gzip
import json
import pickle
import time
import traceback
from contextlib import aclosing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from model_server import RESET, Reply, answer, chunk, events, refusal, running, slow

from vlm_notebook.chat import endpoint as endpoints
from vlm_notebook.chat import reading
from vlm_notebook.chat.delta import Delta, Usage
from vlm_notebook.chat.draft import fold
from vlm_notebook.chat.endpoint import Endpoint
from vlm_notebook.chat.engine import engine
from vlm_notebook.chat.message import Message, Request
from vlm_notebook.errors import (
    AuthError,
    ConnectError,
    EndpointError,
    RateLimitError,
    StatusError,
    StreamError,
    VlmError,
)

KEY = "sk-planted-0123456789abcdefghij"
REQUEST = Request("some/model", (Message.of_text("user", "Hello?"),))
USAGE = {"prompt_tokens": 9, "completion_tokens": 2}
ERROR = {"error": {"message": "overloaded", "code": 529}}
COMPLETION = {
    "object": "chat.completion",
    "choices": [{"index": 0, "message": {"content": "Whole."}, "finish_reason": "stop"}],
    "usage": USAGE,
}


@pytest.fixture
def server():
    with running() as made:
        yield made


async def collect(asked, request, kept):
    async with aclosing(asked.stream(request)) as deltas:
        async for delta in deltas:
            kept.append(delta)


def ask(server, *replies, kept=None, request=REQUEST, **options):
    """Return the deltas, which `kept` holds as well when the answer breaks off."""
    kept = [] if kept is None else kept
    server.says(*(Reply(r) if isinstance(r, bytes) else r for r in replies))
    asked = Endpoint(server.base_url, KEY, timeout_s=options.pop("timeout_s", 10.0), **options)
    engine().submit(collect(asked, request, kept)).result(20)
    return kept


def text_of(deltas):
    return "".join(delta.text for delta in deltas)


def fails(server, kind, *replies, **options):
    with pytest.raises(kind) as caught:
        ask(server, *replies, **options)
    assert type(caught.value) is kind
    assert "\n" not in str(caught.value)
    assert server.base_url.rpartition(":")[0].removeprefix("http://") in str(caught.value)
    return str(caught.value)


def test_a_stream_gives_text_finish_and_usage(server):
    deltas = ask(server, answer("A red bus.", usage=USAGE, finish="length"))
    said = fold(REQUEST, deltas)
    assert (said.text, said.finish_reason, said.usage) == ("A red bus.", "length", Usage(9, 2))


def test_the_request_is_what_the_wire_format_asks_for(server):
    ask(server, answer("x"), request=Request("m", REQUEST.messages, (("temperature", 0),)))
    assert server.requests == [
        {
            "model": "m",
            "messages": [{"role": "user", "content": "Hello?"}],
            "stream": True,
            "stream_options": {"include_usage": True},
            "temperature": 0,
        }
    ]
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"


def test_done_alone_makes_an_answer_complete(server):
    assert ask(server, events(chunk("Hi"))) == [Delta("Hi"), Delta(finish="stop")]


def test_a_finish_alone_makes_an_answer_complete(server):
    deltas = ask(server, events(chunk("Hi"), chunk(finish="stop"), done=False))
    assert deltas == [Delta("Hi"), Delta(finish="stop")]


def test_a_finish_is_said_once(server):
    assert [delta.finish for delta in ask(server, answer("Hi"))] == [None, "stop"]


ODD = [
    chunk("", role="assistant"),
    json.dumps({"choices": [], "prompt_filter_results": [{}]}),
    json.dumps({"choices": [{"delta": None}]}),
    json.dumps({"choices": [{"delta": {"content": None}}]}),
    chunk("Bär\u2028图😀"),
    json.dumps({"choices": [{"delta": {"content": "\ud83d"}}]}),
    json.dumps({"choices": [{"delta": {"content": "\ude00"}}]}),
    chunk(reasoning_content="hm"),
    chunk(finish="stop"),
    chunk(usage=USAGE),
]
LEGAL = ": ping\r\n\r\n" + "".join(f"event: x\r\ndata: {data}\r\n\r\n" for data in ODD)
WANTED = [
    Delta("Bär\u2028图😀"),
    Delta("😀"),
    Delta(reasoning="hm"),
    Delta(finish="stop"),
    Delta(usage=Usage(9, 2)),
]


def test_a_stream_that_is_odd_but_legal_is_read(server):
    assert ask(server, LEGAL.encode()) == WANTED


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None
)
@given(cuts=st.lists(st.integers(0, len(LEGAL.encode())), max_size=12))
def test_any_split_on_the_wire_gives_the_same_deltas(server, cuts):
    whole, cuts = LEGAL.encode(), sorted(cuts)
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    reply = Reply(pieces=tuple(filter(None, pieces)), chunked=False)
    assert ask(server, reply) == WANTED


def test_every_split_inside_a_character_gives_the_same_text(server):
    whole = events(chunk("图😀é"), chunk(finish="stop"))
    for cut in range(whole.index("图".encode()), whole.index(b'"', whole.index("图".encode()))):
        reply = Reply(pieces=(whole[:cut], whole[cut:]))
        assert text_of(ask(server, reply)) == "图😀é"


def test_bytes_that_are_no_utf_8_do_not_lose_the_answer(server):
    broken = events(chunk("a?b"), chunk(finish="stop")).replace(b"?", b"\xff")
    assert text_of(ask(server, broken)) == "a\ufffdb"


CUT = {
    "at an event's edge": events(chunk("Half"), done=False),
    "in a line": events(chunk("Half"), done=False) + b'data: {"choices": [{"del',
    "behind a line": events(chunk("Half"), done=False) + b"data: [DONE]\n",
}


@pytest.mark.parametrize("where", CUT)
def test_an_answer_cut_off_is_never_called_complete(server, where):
    kept = []
    message = fails(server, StreamError, CUT[where], kept=kept)
    assert text_of(kept) == "Half"
    assert "complete" in message


@pytest.mark.parametrize("chunked", [True, False])
def test_a_connection_reset_in_the_middle_is_a_stream_error(server, chunked):
    kept = []
    reply = Reply(pieces=(CUT["in a line"], RESET), pause_s=0.05, chunked=chunked)
    fails(server, StreamError, reply, kept=kept)
    assert text_of(kept) == "Half"


def test_a_chunked_body_without_its_end_is_a_stream_error(server):
    message = fails(server, StreamError, Reply(pieces=(CUT["in a line"],), chunked=True))
    assert "broke" in message


def test_a_connection_that_breaks_behind_the_finish_breaks_nothing(server):
    begun = events(chunk("All."), chunk(finish="stop"), done=False)
    reply = Reply(pieces=(begun, RESET), pause_s=0.05, chunked=True)
    assert text_of(ask(server, reply)) == "All."
    assert text_of(ask(server, begun + b"data: nonsense\n\n")) == "All."


@pytest.mark.parametrize("media_type", ["text/html", "text/event-stream", "application/json"])
def test_a_web_page_with_status_200_is_no_answer(server, media_type):
    page = b"\n <!DOCTYPE html><html><body>Log in, please</body></html>"
    message = fails(server, StreamError, Reply(page, media_type=media_type))
    assert "web page" in message
    assert "Log in" not in message


JSON_ERRORS = [
    (ERROR, "overloaded"),
    ({"object": "error", "message": "bad"}, "bad"),
    ({"detail": "no such thing"}, "no such thing"),
    ({"base_resp": {"status_code": 1004, "status_msg": "login fail"}}, "login fail"),
    ({"error": True}, "without a reason"),
]


@pytest.mark.parametrize("media_type", ["application/json", "text/event-stream", "text/plain"])
@pytest.mark.parametrize(("payload", "words"), JSON_ERRORS)
def test_a_json_error_with_status_200_is_no_answer(server, payload, words, media_type):
    body = json.dumps(payload, indent=1).encode()
    assert words in fails(server, StreamError, Reply(body, media_type=media_type))


@pytest.mark.parametrize(("payload", "words"), JSON_ERRORS)
def test_an_error_event_breaks_the_answer_and_says_why(server, payload, words):
    kept = []
    body = events(chunk("Half"), json.dumps(payload))
    assert words in fails(server, StreamError, body, kept=kept)
    assert text_of(kept) == "Half"


@pytest.mark.parametrize("finish", ["error", "abort"])
def test_a_server_that_finishes_with_an_error_has_not_finished(server, finish):
    assert "gave up" in fails(server, StreamError, answer("Half", finish=finish))


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "text/event-stream", ""])
def test_a_plain_completion_where_a_stream_was_asked_for_is_read(server, media_type):
    body = json.dumps(COMPLETION, indent=2).encode()
    deltas = ask(server, Reply(body, media_type=media_type))
    assert deltas == [Delta("Whole.", usage=Usage(9, 2), finish="stop")]


def test_a_plain_completion_without_a_finish_keeps_its_text(server):
    kept = []
    whole = {"choices": [{"message": {"content": "Half"}, "finish_reason": None}]}
    fails(server, StreamError, json.dumps(whole).encode(), kept=kept)
    assert text_of(kept) == "Half"


@pytest.mark.parametrize("body", [b"", b"\n\n", b": ping\n\n", b"hello", b"data: {}\n\n"])
def test_a_body_without_an_answer_is_not_complete(server, body):
    fails(server, StreamError, body)


@pytest.mark.parametrize("body", [b"data: 5\n\n", b"data: x\n\n", b"[1]", b'{"choices": ['])
def test_what_is_no_part_of_an_answer_is_said_to_be_none(server, body):
    assert "no part of an answer" in fails(server, StreamError, body)


def test_nesting_beyond_measure_is_refused(server):
    fails(server, StreamError, b"data: " + b"[" * 200_000 + b"\n\n")


def test_empty_data_lines_are_passed_over(server):
    assert text_of(ask(server, b"data:\n\ndata: \n\n" + answer("Hi"))) == "Hi"


def test_a_body_beyond_measure_is_given_up(server, monkeypatch):
    monkeypatch.setattr(reading, "MAX_BODY_BYTES", 1000)
    with pytest.raises(StreamError, match="base URL"):
        ask(server, b"{" + b" " * 2000)


def test_a_truncated_gzip_body_is_not_complete(server):
    squeezed = gzip.compress(answer("word " * 200))
    reply = Reply(squeezed[: len(squeezed) // 2], headers={"content-encoding": "gzip"})
    with pytest.raises(StreamError):
        ask(server, reply)


def test_a_gzip_body_is_read(server):
    reply = Reply(gzip.compress(answer("Hi there.")), headers={"content-encoding": "gzip"})
    assert text_of(ask(server, reply)) == "Hi there."


STATUSES = [
    (401, AuthError, None, "VLM_API_KEY"),
    (403, AuthError, None, "VLM_API_KEY"),
    (402, RateLimitError, None, "quota is used up"),
    (429, RateLimitError, 0.0, "wait a moment"),
    (400, StatusError, None, "change what it names"),
    (404, StatusError, None, "client.models()"),
    (413, StatusError, None, "detail='low'"),
    (500, StatusError, 0.0, "later"),
    (503, StatusError, 0.0, "later"),
]


@pytest.mark.parametrize(("status", "kind", "retry_after_s", "remedy"), STATUSES)
def test_each_refusal_has_its_error_and_remedy(server, status, kind, retry_after_s, remedy):
    with pytest.raises(kind) as caught:
        ask(server, refusal(status, "because of this"))
    assert caught.value.retry_after_s == retry_after_s
    assert remedy in str(caught.value)
    assert f"({status}: because of this)" in str(caught.value)


def test_a_refusal_that_is_a_web_page_is_not_quoted(server):
    page = Reply(b"<html><body>502 Bad Gateway nginx</body></html>", 502, "text/html")
    message = fails(server, StatusError, page)
    assert "web page" in message
    assert "nginx" not in message


def test_a_redirect_is_not_followed_and_says_where_it_leads(server):
    with running() as elsewhere:
        location = f"{elsewhere.base_url}/chat/completions?token=secret"
        for status in (301, 302, 307, 308):
            moved = Reply(b"", status, headers={"location": location})
            message = fails(server, StatusError, moved)
            assert elsewhere.base_url in message
            assert "secret" not in message
        assert elsewhere.requests == elsewhere.headers == []


def test_a_refused_port_is_a_connect_error():
    with running() as gone:
        url = gone.base_url
    with pytest.raises(ConnectError, match="base URL and the network"):
        engine().submit(collect(Endpoint(url, KEY), REQUEST, [])).result(20)


@pytest.mark.parametrize("url", ["http://no-such-host.invalid/v1", "https://127.0.0.1:1/v1"])
def test_a_host_that_is_not_there_is_a_connect_error(url):
    with pytest.raises(ConnectError):
        engine().submit(collect(Endpoint(url, KEY, timeout_s=5), REQUEST, [])).result(20)


def test_a_reset_before_the_answer_is_a_connect_error(server):
    fails(server, ConnectError, Reply(pieces=(RESET,)))


def test_silence_before_the_answer_is_a_connect_error(server):
    silent = Reply(pieces=(b"", b": late\n\n"), held=True)
    message = fails(server, ConnectError, silent, timeout_s=0.2)
    assert "timeout_s" in message
    assert server.closed_early.wait(5)


def test_silence_within_the_answer_is_a_stream_error(server):
    kept = []
    silent = Reply(pieces=(events(chunk("Half"), done=False),), held=True)
    assert "timeout_s" in fails(server, StreamError, silent, kept=kept, timeout_s=0.2)
    assert text_of(kept) == "Half"
    assert server.closed_early.wait(5)


@pytest.mark.parametrize("value", [float("nan"), object(), {1, 2}, "\ud800"])
def test_an_option_that_is_no_json_is_no_fault_of_the_network(server, value):
    odd = Request("m", REQUEST.messages, (("odd", value),))
    with pytest.raises(StatusError, match="options") as caught:
        ask(server, answer("x"), request=odd)
    assert caught.value.retry_after_s is None
    assert server.requests == []


def test_leaving_the_iterator_closes_the_connection(server):
    server.says(slow(events(chunk("one"), done=False)))

    async def first():
        async with aclosing(Endpoint(server.base_url).stream(REQUEST)) as deltas:
            return await anext(deltas)

    assert engine().submit(first()).result(10) == Delta("one")
    assert server.closed_early.wait(5)


def test_two_streams_on_one_endpoint_do_not_mix(server):
    server.says(Reply(answer("a a a a")), Reply(answer("b b b b")))
    asked = Endpoint(server.base_url)

    async def both():
        one, two = asked.stream(REQUEST), asked.stream(REQUEST)
        said = {one: [], two: []}
        open_streams = [one, two]
        while open_streams:
            for stream in list(open_streams):
                delta = await anext(stream, None)
                if delta is None:
                    open_streams.remove(stream)
                else:
                    said[stream].append(delta.text)
        return ["".join(words) for words in said.values()]

    assert engine().submit(both()).result(10) == ["a a a a", "b b b b"]


# --------------------------------------------------------------------------- keys


def leaks(error, *secrets):
    """Every place where an error may show a secret: itself and its chain, however printed."""
    seen, stack = set(), [error]
    while stack:
        one = stack.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        stack += [one.__cause__, one.__context__]
        shown = [str(one), repr(one), repr(vars(one)), *traceback.format_exception(one)]
        if any(secret in line for secret in secrets for line in shown):
            yield one


ECHOES = [
    refusal(401, f"Incorrect API key provided: {KEY}."),
    refusal(400, f"header 'Authorization: Bearer {KEY}' is odd"),
    Reply(f"bad token {KEY}".encode(), 403, "text/plain"),
    Reply(json.dumps({"error": {"message": f"key {KEY}"}}).encode()),
    Reply(events(chunk("Half"), json.dumps({"error": f"key {KEY}"}))),
    Reply(b"", 307, headers={"location": f"http://127.0.0.1:1/?key={KEY}"}),
]


@pytest.mark.parametrize("reply", ECHOES, ids=range(len(ECHOES)))
def test_a_key_that_the_server_echoes_is_not_shown(server, reply):
    with pytest.raises(EndpointError) as caught:
        ask(server, reply)
    assert not [*leaks(caught.value, KEY)]
    assert KEY.encode() not in pickle.dumps(caught.value)


@pytest.mark.parametrize("key", ["oddkey-1234\nnext", "schlüssel-1234", "two words-1234"])
def test_a_key_that_no_header_can_hold_is_not_shown(key):
    asked = Endpoint("http://127.0.0.1:1/v1", key)
    with pytest.raises(EndpointError) as caught:
        engine().submit(collect(asked, REQUEST, [])).result(20)
    assert not [*leaks(caught.value, key, key.encode("unicode_escape").decode())]


@pytest.mark.parametrize("meant", [True, False])
def test_what_the_environment_holds_for_openai_goes_to_no_other_host(server, monkeypatch, meant):
    monkeypatch.setenv("OPENAI_ORG_ID", "org-hidden")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-hidden")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Own: own-hidden")
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url if meant else "https://api.example.org")
    ask(server, answer("Hi"))
    hidden = [value for value in server.headers[0].values() if "hidden" in value]
    assert sorted(hidden) == (["org-hidden", "own-hidden", "proj-hidden"] if meant else [])


def test_an_endpoint_shows_no_secret_and_is_not_pickled():
    asked = Endpoint("https://user:hidden-word@api.example.org:8443/v1?key=AIzaSecret", KEY)
    assert repr(asked) == "Endpoint('https://api.example.org:8443/v1')"
    with pytest.raises(VlmError, match="not pickled"):
        pickle.dumps(asked)


# --------------------------------------------------------------------------- the list of models


def listed(server, reply, **options):
    server.models = reply
    asked = Endpoint(server.base_url, KEY, timeout_s=5, **options)
    return engine().submit(asked.models()).result(20)


@pytest.mark.parametrize("payload", [{"data": []}, [{"id": "x"}], {"models": [{"name": "y"}]}, {}])
def test_the_list_of_models_is_passed_on_as_it_is(server, payload):
    assert listed(server, payload) == payload


@pytest.mark.parametrize("body", [b"<html></html>", b"", b"5", b"null", b'"x"', b"[" * 100_000])
def test_what_is_no_list_of_models_is_a_connect_error(server, body):
    with pytest.raises(ConnectError, match="no list of models"):
        listed(server, Reply(body))


def test_an_error_in_the_place_of_the_list_is_said(server):
    with pytest.raises(ConnectError, match="overloaded"):
        listed(server, ERROR)


def test_a_refused_list_of_models_has_the_refusals_error(server):
    with pytest.raises(AuthError) as caught:
        listed(server, refusal(401, f"bad key {KEY}"))
    assert not [*leaks(caught.value, KEY)]


def test_a_list_of_models_beyond_measure_is_given_up(server, monkeypatch):
    monkeypatch.setattr(endpoints, "MAX_LIST_BYTES", 1000)
    with pytest.raises(StreamError, match="base URL"):
        listed(server, Reply(b"[" + b" " * 2000))


# --------------------------------------------------------------------------- connections


def test_a_closed_endpoint_can_be_asked_again(server):
    asked = Endpoint(server.base_url)
    for _ in range(2):
        kept = []
        engine().submit(collect(asked, REQUEST, kept)).result(10)
        assert text_of(kept) == "Hello there."
        engine().submit(asked.close()).result(10)


def test_an_endpoint_that_nobody_holds_closes_its_connections(server):
    asked = Endpoint(server.base_url)
    engine().submit(collect(asked, REQUEST, [])).result(10)
    sdk = asked._sdk
    assert not sdk.is_closed()
    del asked
    gc.collect()

    for _ in range(500):
        if sdk.is_closed():
            break
        time.sleep(0.01)
    assert sdk.is_closed()
