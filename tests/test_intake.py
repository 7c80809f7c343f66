from __future__ import annotations

import asyncio

import pytest

from vlm_notebook.chat.intake import MAX_HELD_BYTES, Intake


class Source:
    """Pieces, of which `None` stands for a wait until the reader's side has had its turn."""

    def __init__(self, *pieces):
        self.pieces, self.given, self.closed_by = pieces, 0, None

    async def stream(self):
        try:
            for piece in self.pieces:
                self.given += 1
                if piece is None:
                    await asyncio.sleep(0.01)
                elif isinstance(piece, bytes):
                    yield piece
                else:
                    raise piece
        finally:
            self.closed_by = asyncio.current_task()


def taken(source):
    """Return the pieces that come out, how many each is made of, and the error behind them."""

    async def collect():
        counts, out, failed = [], [], None
        try:
            async for piece in Intake(source.stream(), counts.append).pieces():
                out += [piece]
        except OSError as error:
            failed = error
        return out, [count + 1 for count in counts], failed

    return asyncio.run(asyncio.wait_for(collect(), 10))


def test_what_came_together_is_taken_together():
    assert taken(Source(b"a", b"b", None, b"c"))[:2] == ([b"ab", b"c"], [2, 1])


def test_nothing_comes_of_nothing():
    assert taken(Source())[0] == []


def test_an_error_comes_behind_what_came_before_it():
    broken = OSError("broken")
    assert taken(Source(b"a", b"b", broken)) == ([b"ab"], [2], broken)


@pytest.mark.parametrize("size", [1, 1000, MAX_HELD_BYTES, 3 * MAX_HELD_BYTES])
def test_a_source_that_never_waits_is_read_whole_and_little_ahead(size):
    pieces = [bytes([number % 256]) * size for number in range(-(-9 * MAX_HELD_BYTES // size))]
    out, counts, _ = taken(Source(*pieces))
    assert b"".join(out) == b"".join(pieces)
    assert sum(counts) == len(pieces)
    assert max(map(len, out)) <= MAX_HELD_BYTES + size


def test_a_reader_that_leaves_stops_the_source_and_closes_it_on_the_task_that_read_it():
    source = Source(b"a", None, *[b"b"] * 5)

    async def leave():
        pieces = Intake(source.stream(), lambda _: None).pieces()
        assert await anext(pieces) == b"a"
        await pieces.aclose()
        return asyncio.current_task(), len(asyncio.all_tasks())

    task, running = asyncio.run(leave())
    assert source.closed_by not in {None, task}
    assert (source.given, running) == (2, 1)


def test_a_reader_that_is_cancelled_closes_the_source():
    source = Source(b"a", *[None] * 1000)

    async def read():
        async for _ in Intake(source.stream(), lambda _: None).pieces():
            pass

    async def give_up():
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(read(), 0.1)
        return len(asyncio.all_tasks())

    assert asyncio.run(give_up()) == 1
    assert source.closed_by


def test_an_iterator_that_cannot_be_closed_will_do():
    class Plain:
        def __init__(self):
            self.left = [b"b", b"a"]

        def __aiter__(self):
            return self

        async def __anext__(self):
            if not self.left:
                raise StopAsyncIteration
            return self.left.pop()

    async def collect():
        return [piece async for piece in Intake(Plain(), lambda _: None).pieces()]

    assert asyncio.run(collect()) == [b"ab"]
