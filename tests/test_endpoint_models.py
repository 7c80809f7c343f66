"""The list of models, as an endpoint passes it on."""

from __future__ import annotations

import pytest
from collecting import ERROR, KEY, leaks
from model_server import Reply, refusal

from vlm_notebook.chat import endpoint as endpoints
from vlm_notebook.chat.endpoint import Endpoint
from vlm_notebook.chat.engine import engine
from vlm_notebook.errors import AuthError, ConnectError, StreamError


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
