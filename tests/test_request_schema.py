"""Every request that is sent is one by OpenAI's own description of its API."""

from __future__ import annotations

from itertools import product

import pytest
from model_server import running
from openai.types.chat.completion_create_params import CompletionCreateParamsStreaming
from PIL import Image
from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

from vlm_notebook.client import Client


@with_config(ConfigDict(extra="forbid"))
class Described(CompletionCreateParamsStreaming):
    """The request's fields and no others."""


DESCRIPTION = TypeAdapter(Described)


def described(request):
    """Raise where a request breaks the description; lists are checked only as they are read."""
    pending = [DESCRIPTION.validate_python(request)]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            pending.extend(value.values())
        elif not isinstance(value, str | int | float | None):
            pending.extend(value)


RED = Image.new("RGB", (64, 48), "red")


@pytest.fixture(scope="module")
def server():
    with running() as made:
        yield made


@pytest.fixture
def sent(server):
    """Return the requests that asking sends, each of which the description allows."""
    server.requests.clear()

    def check():
        assert server.requests
        for request in server.requests:
            described(request)
        return server.requests

    return check


@pytest.fixture
def client(server):
    return Client(server.base_url, "key", model="some/model", timeout_s=10)


@pytest.mark.parametrize(
    ("pictures", "detail", "system"),
    [*product([0, 1, 3], ["low", "high", "auto"], [None, "Be brief"])],
)
def test_questions_are_described(client, sent, pictures, detail, system):
    client.ask("What?", *[RED] * pictures, detail=detail, system=system, show=False)
    (request,) = sent()
    assert request["stream"] is True


def test_conversations_are_described(client, sent):
    first = client.ask("What?", RED, show=False, system="Be brief.")
    first.ask("还有呢?", RED, show=False).ask("Sure?", show=False)
    assert len(sent()) == 3


@pytest.mark.parametrize(
    "options",
    [
        {"temperature": 0},
        {"max_tokens": 5, "top_p": 0.5, "seed": 1, "stop": ["x"]},
        {"response_format": {"type": "json_object"}},
        {"reasoning_effort": "low"},
    ],
)
def test_options_are_described(client, sent, options):
    client.ask("What?", RED, show=False, **options)
    assert options.items() <= sent()[0].items()


def test_probes_are_described(client, sent):
    client.probe(show=False)
    assert len(sent()) >= 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": "x"}]}]},
        {"messages": [{"role": "nobody", "content": "x"}]},
        {"stream": "yes"},
        {"temperature": "hot"},
        {"pace": 5},
    ],
)
def test_the_description_refuses_what_is_wrong(client, sent, wrong):
    client.ask("What?", show=False)
    with pytest.raises(ValidationError):
        described({**sent()[0], **wrong})
