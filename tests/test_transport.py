from __future__ import annotations

import asyncio
import base64
import io
import json
import threading

import httpx2
import pytest
from PIL import Image

from vlm_notebook.chat.engine import engine
from vlm_notebook.errors import ModelError
from vlm_notebook.offline import transport
from vlm_notebook.offline.transport import BASE_URL, http_client, tokens


def data_url(color="red"):
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), color).save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def body(prompt="What size is it?", *urls, **fields):
    pictures = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    content = [*pictures, {"type": "text", "text": prompt}] if urls else prompt
    return {"model": "embedded", "messages": [{"role": "user", "content": content}], **fields}


async def _asked(method, path, content):
    async with http_client() as client:
        response = await client.request(method, BASE_URL + path, content=content)
        return response.status_code, response.headers["content-type"], response.content


def asked(method, path, payload=None, *, content=None):
    content = json.dumps(payload).encode() if content is None else content
    return engine().submit(_asked(method, path, content)).result(30)


def post(payload):
    status, kind, content = asked("POST", "/chat/completions", payload)
    assert kind == "application/json"
    return status, json.loads(content)


def chunks(payload):
    """The chunks of a streamed answer, without its end."""
    status, kind, content = asked("POST", "/chat/completions", {**payload, "stream": True})
    assert (status, kind.partition(";")[0]) == (200, "text/event-stream")
    *events, end, rest = content.decode().split("\n\n")
    assert (end, rest) == ("data: [DONE]", "")
    return [json.loads(event.removeprefix("data: ")) for event in events]


def text_of(received):
    choices = [choice for chunk in received for choice in chunk["choices"]]
    return "".join(choice["delta"].get("content", "") for choice in choices)


def test_its_models_are_one_that_takes_pictures():
    status, _, content = asked("GET", "/models")
    assert status == 200
    (entry,) = json.loads(content)["data"]
    assert (entry["id"], entry["features"]) == ("embedded", ["vision"])


def test_a_stream_has_the_shape_of_the_wire_format():
    received = chunks(body("What size is it?", data_url()))
    assert received[0]["choices"][0]["delta"]["role"] == "assistant"
    assert received[-2]["choices"][0]["finish_reason"] == "stop"
    assert received[-1]["choices"] == []
    usage = received[-1]["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert all(chunk["object"] == "chat.completion.chunk" for chunk in received)
    assert "64" in text_of(received)


def test_a_whole_completion_says_what_the_stream_says():
    status, whole = post(body("What size is it?", data_url()))
    received = chunks(body("What size is it?", data_url()))
    assert status == 200
    assert whole["choices"][0]["message"]["content"] == text_of(received)
    assert whole["choices"][0]["finish_reason"] == "stop"
    assert whole["usage"] == received[-1]["usage"]


def test_the_same_request_gives_the_same_bytes():
    payload = body("Which colours?", data_url("blue"), stream=True)
    first, second = (asked("POST", "/chat/completions", payload) for _ in range(2))
    assert first == second


def test_with_a_pace_it_speaks_token_by_token():
    quick = chunks(body("What size is it?", data_url()))
    paced = chunks(body("What size is it?", data_url(), pace=1000))
    assert text_of(paced) == text_of(quick)
    assert len(paced) - 3 == quick[-1]["usage"]["completion_tokens"]
    assert len(quick) < len(paced)


@pytest.mark.parametrize("pace", [None, 0, -5, "0"])
def test_a_pace_of_nothing_is_none(pace):
    assert text_of(chunks(body("Hi", pace=pace)))


def test_another_model_is_not_found_and_the_remedy_is_named():
    status, refused = post({**body(), "model": "gpt-4o"})
    assert status == 404
    assert "vlm.connect(base_url, api_key)" in refused["error"]["message"]


def test_another_path_is_not_found():
    status, _, content = asked("POST", "/embeddings", {})
    assert status == 404
    assert "/embeddings" in json.loads(content)["error"]["message"]


PART = {"type": "text"}
BAD = [
    {},
    [],
    None,
    "text",
    {"model": "embedded"},
    {"model": "embedded", "messages": None},
    {"model": "embedded", "messages": [5]},
    {"model": "embedded", "messages": [{"role": "user"}]},
    {"model": "embedded", "messages": [{"content": "x"}]},
    {"model": "embedded", "messages": [{"role": "user", "content": None}]},
    {"model": "embedded", "messages": [{"role": "user", "content": [PART]}]},
    {"model": "embedded", "messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
    body("x", "https://example.org/a.png"),
    body("x", "data:image/png;base64,AAAA"),
    body("x", "data:,"),
    body("x", 5),
    {**body(), "pace": "fast", "stream": True},
]


@pytest.mark.parametrize("streamed", [True, False])
@pytest.mark.parametrize("payload", BAD, ids=range(len(BAD)))
def test_a_bad_body_is_a_400_with_one_line(payload, streamed):
    if isinstance(payload, dict) and payload and "pace" not in payload:
        payload = {**payload, "stream": streamed}
    status, refused = post(payload)
    assert status == 400
    assert refused["error"]["message"]
    assert "\n" not in refused["error"]["message"]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_a_body_that_is_no_json_is_a_400(content):
    status, _, answered = asked("POST", "/chat/completions", content=content)
    assert status == 400
    assert "not a chat completion" in json.loads(answered)["error"]["message"]


def test_a_picture_that_travels_as_a_url_is_refused_with_the_remedy():
    _, refused = post(body("x", "https://example.org/a.png", stream=True))
    assert "inline" in refused["error"]["message"]


@pytest.mark.parametrize(
    ("error", "words"),
    [(ModelError("the weights are damaged"), "the weights are damaged"), (MemoryError(), "Memory")],
)
def test_what_fails_behind_the_first_words_is_an_error_in_the_stream(monkeypatch, error, words):
    def break_off(_):
        yield "So far"
        raise error

    monkeypatch.setattr(transport, "respond", break_off)
    _, _, content = asked("POST", "/chat/completions", body(stream=True))
    *_, said, failed, rest = content.decode().split("\n\n")
    assert "So far" in said
    assert words in json.loads(failed.removeprefix("data: "))["error"]["message"]
    assert rest == ""


def test_what_fails_before_the_first_words_is_a_refusal(monkeypatch):
    def fail(_):
        raise MemoryError("too much")
        yield

    monkeypatch.setattr(transport, "respond", fail)
    for streamed in (True, False):
        status, refused = post(body(stream=streamed))
        assert (status, refused["error"]["message"]) == (422, "MemoryError: too much")


def test_looking_does_not_hold_up_the_loop(monkeypatch):
    looking, may_end = threading.Event(), threading.Event()

    def look(_):
        looking.set()
        may_end.wait(10)
        yield "Seen."

    monkeypatch.setattr(transport, "respond", look)

    async def both():
        slow = asyncio.ensure_future(
            _asked("POST", "/chat/completions", json.dumps(body()).encode())
        )
        await asyncio.to_thread(looking.wait, 10)
        listed = await _asked("GET", "/models", b"")
        may_end.set()
        return listed[0], (await slow)[0]

    assert engine().submit(both()).result(20) == (200, 200)


def test_it_opens_no_connection():
    client = http_client()
    assert isinstance(client, httpx2.AsyncClient)
    assert BASE_URL.split("/")[2].endswith(".invalid")
    engine().submit(client.aclose()).result(5)


@pytest.mark.parametrize(
    "text", ["It is red. 红色", "  two  spaces ", "one\n\ntwo", "カタカナ", "x_y-z 3.5 %", ""]
)
def test_tokens_join_to_the_text(text):
    assert "".join(tokens(text)) == text
