"""Keys and other secrets that an endpoint does not show."""

from __future__ import annotations

import json
import pickle

import pytest
from collecting import KEY, REQUEST, ask, collect, leaks
from model_server import Reply, answer, chunk, events, refusal

from vlm_notebook.chat.endpoint import Endpoint
from vlm_notebook.chat.engine import engine
from vlm_notebook.errors import EndpointError, VlmError

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
