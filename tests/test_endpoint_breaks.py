"""Connections that are refused, fall silent or break."""

from __future__ import annotations

import pytest
from collecting import KEY, REQUEST, collect, fails, text_of
from model_server import RESET, Reply, chunk, events, running

from vlm_notebook.chat.endpoint import Endpoint
from vlm_notebook.chat.engine import engine
from vlm_notebook.errors import ConnectError, StreamError

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
