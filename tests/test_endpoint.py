from __future__ import annotations

import gc
import time
from contextlib import aclosing

import pytest
from collecting import KEY, REQUEST, USAGE, ask, collect, text_of
from model_server import Reply, answer, chunk, events, slow

from vlm_notebook.chat.delta import Delta, Usage
from vlm_notebook.chat.draft import fold
from vlm_notebook.chat.endpoint import Endpoint
from vlm_notebook.chat.engine import engine
from vlm_notebook.chat.message import Request
from vlm_notebook.errors import StatusError


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
