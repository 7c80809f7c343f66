"""Every request that is sent is one by OpenAI's own description of its API."""

from __future__ import annotations

import asyncio

import pytest
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.chat.completion_create_params import CompletionCreateParamsStreaming
from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config
from request_shapes import MODEL, RED, SHAPES, WRONG

from vlm_notebook.client import Client
from vlm_notebook.images.prepare import prepare
from vlm_notebook.offline import transport


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


@pytest.fixture
def client(server):
    return Client(server.base_url, "key", model=MODEL, timeout_s=10, max_retries=0)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_every_shape_of_request_is_described(client, server, shape):
    shape(client, server)
    assert server.requests
    for request in server.requests:
        described(request)
        assert request["stream"] is True


def test_what_is_left_out_is_left_out(client, server):
    for name in ("stream_options", "detail", "seed"):
        SHAPES[f"without {name}"](client, server)
        assert f"'{name}'" not in str(server.requests[-1])


def test_pictures_by_their_address_are_sent_as_such(client, server):
    SHAPES["URLs"](client, server)
    assert str(server.requests[0]).count("https://pictures.example.org/") == 2


def test_the_ladder_is_climbed_to_its_end(client, server):
    SHAPES["the whole ladder"](client, server)
    assert len(server.requests) == 5


async def posted(**fields):
    content = [
        {"type": "image_url", "image_url": {"url": prepare(RED).data_url}},
        {"type": "text", "text": "What is it?"},
    ]
    asked = {"model": "embedded", "messages": [{"role": "user", "content": content}], **fields}
    async with transport.http_client() as http:
        return (await http.post(f"{transport.BASE_URL}/chat/completions", json=asked)).content


def test_the_embedded_models_reply_is_described():
    reply = asyncio.run(posted())
    told = ChatCompletion.model_validate_json(reply, strict=True)
    assert told.choices[0].message.content
    with pytest.raises(ValidationError):
        ChatCompletion.model_validate_json(reply.replace(b'"stop"', b'"end"'), strict=True)


def test_the_embedded_models_stream_is_described():
    lines = asyncio.run(posted(stream=True)).split(b"\n\n")
    events = [line.removeprefix(b"data: ") for line in lines if line.startswith(b"data: {")]
    told = [ChatCompletionChunk.model_validate_json(event, strict=True) for event in events]
    assert "".join(one.choices[0].delta.content or "" for one in told if one.choices)
    assert told[-1].usage.total_tokens > 0


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_the_description_refuses_what_is_wrong(client, server, wrong):
    client.ask("What?", show=False)
    with pytest.raises(ValidationError):
        described({**server.requests[0], **wrong})
