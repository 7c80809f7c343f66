from __future__ import annotations

from decimal import Decimal

import pytest
from markdown_it import MarkdownIt
from model_server import Reply, answer, refusal, running
from PIL import Image

from vlm_notebook.client import Client

KEY = "sk-0123456789abcdef"
RED = Image.new("RGB", (64, 48), "red")
USAGE = {"prompt_tokens": 100, "completion_tokens": 10}
PRICED = {"data": [{"id": "m-vl", "pricing": {"prompt": "0.000002", "completion": "0.00001"}}]}


@pytest.fixture
def server():
    with running() as made:
        made.models = PRICED
        yield made


def rows(status):
    return dict(line.split(maxsplit=1) for line in repr(status).splitlines())


def test_it_says_whom_with_what_and_for_how_much(server):
    server.says(Reply(answer("Red.", usage=USAGE)))
    client = Client(server.base_url, KEY, model="m-vl", detail="low", budget=0.5)
    client.models()
    client.ask("What is it?", RED, show=False)
    assert client.status().spent == Decimal("0.0003")
    assert rows(client.status()) == {
        "model": "m-vl",
        "endpoint": server.base_url,
        "key": "sk-...cdef",
        "detail": "low",
        "spent": "$0.00030 of $0.50",
        "learned": "nothing yet",
        "probed": "not yet: client.probe()",
    }


def test_it_says_what_was_learned_of_this_model_and_no_other(server):
    client = Client(server.base_url, KEY, model="m-vl")
    server.says(refusal(400, "unknown field: stream_options"), Reply(answer("Red.")))
    client.ask("What?", RED, show=False)
    assert rows(client.status())["learned"] == "takes no stream_options"
    client.model = "other"
    assert rows(client.status())["learned"] == "nothing yet"


def test_it_says_what_a_probe_found(server):
    server.says(refusal(422, "detail is not permitted"), Reply(answer("Four, green")))
    client = Client(server.base_url, KEY, model="m-vl")
    client.probe(show=False)
    told = rows(client.status())
    assert told["probed"] == "vision: yes, detail: no, usage: no"
    assert told["learned"] == "takes no detail"


def test_what_is_known_of_a_provider_beforehand_stands_there():
    client = Client("https://oai.endpoints.kepler.ai.cloud.ovh.net/v1", KEY, model="m")
    assert client.status().learned == ("takes no detail",)


def test_the_embedded_model_needs_neither_key_nor_network():
    told = rows(Client(model="embedded").status())
    assert (told["endpoint"], told["key"]) == ("the embedded model, offline", "none")
    assert told["spent"] == "$0, no budget"


def test_the_address_is_shown_without_what_may_be_secret():
    client = Client("http://user:hidden@127.0.0.1:1/v1?token=hidden", KEY, model="m")
    assert "hidden" not in repr(client.status()) + client.status()._repr_markdown_()


def test_a_hostile_model_is_shown_as_text():
    client = Client("http://127.0.0.1:1/v1", KEY, model="<img src=x>|\n![a](http://x.y)")
    rendered = MarkdownIt("commonmark", {"html": True}).enable("table")
    page = rendered.render(client.status()._repr_markdown_())
    assert "<img" not in page
    assert page.count("<tr>") == 8
