"""What a client's user is told when it goes wrong, and what is then not shown."""

from __future__ import annotations

import json
import pickle
import traceback

import pytest
from asking import HALF, KEY, RED, ask, keyed
from model_server import RESET, Reply, answer, chunk, events, refusal, running

from vlm_notebook.client import Client
from vlm_notebook.errors import (
    AuthError,
    ConnectError,
    EndpointError,
    StatusError,
    StreamError,
    VlmError,
)

pytestmark = pytest.mark.usefixtures("no_environment")


@pytest.fixture
def client(server):
    return keyed(server)


def test_a_partial_answer_is_on_the_error_and_in_last(client, server):
    server.says(Reply(pieces=(HALF, RESET), pause_s=0.05, chunked=True))
    with pytest.raises(StreamError) as caught:
        ask(client)
    assert caught.value.answer.text == "Half"
    assert client.last is caught.value.answer
    assert client.last.finish_reason == "error"


def test_after_an_error_the_client_works(client, server):
    server.says(Reply(HALF), Reply(answer("Again.")))
    with pytest.raises(StreamError):
        ask(client)
    assert ask(client).text == "Again."


def test_a_partial_answer_is_printed_before_the_error(client, server, capsys):
    server.says(Reply(HALF))
    with pytest.raises(StreamError):
        client.ask("Hello?")
    assert "Half" in capsys.readouterr().out


def test_a_refused_port_is_a_connect_error():
    with running() as gone:
        url = gone.base_url
    with pytest.raises(ConnectError, match="check the base URL"):
        ask(Client(url, model="m", max_retries=0))


def test_silence_is_given_up_after_the_timeout(server):
    server.says(Reply(pieces=(HALF,), held=True))
    with pytest.raises(StreamError, match="timeout_s") as caught:
        ask(Client(server.base_url, model="m", timeout_s=0.2))
    assert caught.value.answer.text == "Half"


def test_a_redirect_takes_neither_key_nor_picture_elsewhere(client, server):
    with running() as elsewhere:
        location = f"{elsewhere.base_url}/chat/completions"
        server.says(Reply(b"", 307, headers={"location": location}))
        with pytest.raises(StatusError, match="base_url"):
            ask(client, "What?", RED)
        assert elsewhere.requests == []


def test_max_retries_is_what_the_client_was_given(server):
    server.says(refusal(503, "busy", retry_after="0"))
    with pytest.raises(StatusError):
        ask(Client(server.base_url, model="m", max_retries=1))
    assert len(server.requests) == 2


def chain(error):
    """An error and all that hangs on it."""
    seen, stack = {}, [error]
    while stack:
        one = stack.pop()
        if one is not None and id(one) not in seen:
            seen[id(one)] = one
            stack += [one.__cause__, one.__context__]
    return seen.values()


TROUBLE = {
    "echo": refusal(401, f"Incorrect API key provided: {KEY}"),
    "echo in a stream": Reply(events(chunk("Half"), json.dumps({"error": f"key {KEY}"}))),
    "echoed request": refusal(400, "see data:image/png;base64," + "QUJD" * 200),
    "reset": Reply(pieces=(HALF, RESET), pause_s=0.05, chunked=True),
}


@pytest.mark.parametrize("name", TROUBLE)
def test_neither_key_nor_picture_is_shown_when_it_fails(client, server, name):
    server.says(TROUBLE[name])
    with pytest.raises(EndpointError) as caught:
        ask(client, "What?", RED)
    data = server.requests[0]["messages"][0]["content"][0]["image_url"]["url"].partition(",")[2]
    partial = caught.value.answer
    shown = [
        *(str(one) for one in chain(caught.value)),
        *(repr(one) for one in chain(caught.value)),
        *traceback.format_exception(caught.value),
        repr(partial),
        json.dumps(partial.messages),
        json.dumps(partial.to_dict()),
        partial.card().plain(),
        partial.card().markdown(),
    ]
    for secret in (KEY, data[:50], "QUJDQUJDQUJD"):
        assert not [text for text in shown if secret in text]
    assert KEY.encode() not in pickle.dumps(caught.value)
    assert KEY.encode() not in pickle.dumps(partial)
    assert KEY not in partial.card().html()


def test_a_client_shows_no_key_and_is_not_pickled(server):
    secret = Client(server.base_url.replace("http://", "http://me:hidden-word@"), KEY, model="m")
    ask(secret)
    assert KEY not in repr(secret)
    assert "hidden-word" not in repr(secret)
    assert repr(secret) == f"Client(model='m', '{server.base_url}')"
    with pytest.raises(VlmError, match="not pickled"):
        pickle.dumps(secret)


def test_a_key_with_its_newline_is_cleaned_and_an_odd_one_refused(server):
    ask(Client(server.base_url, f"{KEY}\n", model="m"))
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"
    with pytest.raises(AuthError) as caught:
        Client(server.base_url, f"{KEY}\nsecond line", model="m")
    assert KEY not in "".join(traceback.format_exception(caught.value))
