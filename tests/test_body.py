from __future__ import annotations

import asyncio

import pytest

from vlm_notebook.chat import body
from vlm_notebook.errors import StreamError


async def arriving(*pieces):
    for piece in pieces:
        yield piece


async def listed(pieces):
    return [piece async for piece in pieces]


@pytest.mark.parametrize(
    ("pieces", "head"),
    [((b"a", b"b"), b"a"), ((b"", b" \r\n", b"\t a ", b"b"), b"a "), ((b" ",), b""), ((), b"")],
)
def test_the_first_piece_is_the_first_that_says_something(pieces, head):
    assert asyncio.run(body.first(arriving(*pieces))) == head


def test_the_rest_follows_the_first():
    async def both():
        pieces = arriving(b"\n", b" a", b" b", b"")
        return await listed(body.chained(await body.first(pieces), pieces))

    assert asyncio.run(both()) == [b"a", b" b", b""]


def test_pieces_are_joined_up_to_a_limit():
    assert asyncio.run(body.joined(arriving(b"ab", b"c"), 3)) == b"abc"
    with pytest.raises(StreamError, match="base URL"):
        asyncio.run(body.joined(arriving(b"ab", b"cd"), 3))


def test_a_body_without_end_is_given_up():
    async def endless():
        while True:
            yield b"x" * 100

    with pytest.raises(StreamError):
        asyncio.run(body.joined(endless(), 1000))
