"""Where a client's endpoint, key and model come from."""

from __future__ import annotations

import json

import pytest
from asking import KEY, ask

import vlm_notebook as vlm
from vlm_notebook.chat.engine import engine
from vlm_notebook.client import Client

pytestmark = pytest.mark.usefixtures("no_environment")


def test_without_configuration_the_embedded_model_is_asked():
    client = Client()
    assert client.is_embedded
    assert client.model == "embedded"
    assert repr(client) == "Client(model='embedded', offline)"


def test_the_environment_configures(server, monkeypatch):
    monkeypatch.setenv("VLM_BASE_URL", server.base_url)
    monkeypatch.setenv("VLM_API_KEY", KEY)
    monkeypatch.setenv("VLM_MODEL", "from/environment")
    assert vlm.ask("Hello?", show=False).model == "from/environment"
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"
    assert server.requests[0]["model"] == "from/environment"


def test_arguments_come_before_the_environment(server, monkeypatch):
    monkeypatch.setenv("VLM_BASE_URL", "http://127.0.0.1:1/v1")
    monkeypatch.setenv("VLM_MODEL", "from/environment")
    assert ask(Client(server.base_url, KEY, model="argument")).model == "argument"


def test_a_server_without_a_key_gets_none_of_anybody(server, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    ask(Client(server.base_url, model="m"))
    assert KEY not in json.dumps(server.headers)


def test_connect_replaces_the_client_of_the_functions(server):
    connected = vlm.connect(server.base_url, model="m")
    assert vlm.default_client() is connected
    assert vlm.ask("Hello?", show=False).text == "Hello there."
    assert connected.last.text == "Hello there."


def test_a_client_of_ones_own_for_proxies_is_used(server):
    import httpx2

    seen = []

    async def note(request):
        seen.append(str(request.url))

    own = httpx2.AsyncClient(event_hooks={"request": [note]})
    asked = Client(server.base_url, model="m", http_client=own)
    assert ask(asked).text == "Hello there."
    assert seen == [f"{server.base_url}/chat/completions"]
    engine().submit(own.aclose()).result(5)
