from __future__ import annotations

import pytest

from vlm_notebook.chat import watch as watches
from vlm_notebook.chat.watch import IDLE_SILENCES, TOTAL_SILENCES, Watch
from vlm_notebook.errors import ConnectError, StreamError


class Clock:
    def __init__(self):
        self.now_s = 100.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def watch(clock):
    return Watch("h", 10, clock=clock)


def hears_until_it_gives_up(watch, clock, piece, step_s, *, says=False):
    """Return how many seconds pass."""
    for _ in range(10_000):
        clock.now_s += step_s
        watch.heard(piece)
        if says:
            watch.said(1)
    raise AssertionError("never given up")


@pytest.mark.parametrize("piece", [b": ping\n\n", b"\r", b" ", b"data: {}\n\n"])
def test_keep_alives_alone_are_waited_for_several_silences(watch, clock, piece):
    with pytest.raises(ConnectError, match=r"keep-alives.*timeout_s"):
        hears_until_it_gives_up(watch, clock, piece, 1)
    assert clock.now_s - 100 == pytest.approx(10 * IDLE_SILENCES, abs=1)


def test_bytes_without_a_line_are_silence(watch, clock):
    with pytest.raises(ConnectError, match="no whole line"):
        hears_until_it_gives_up(watch, clock, b"x", 1)
    assert clock.now_s - 100 == pytest.approx(10, abs=1)


def test_words_for_ever_end_with_the_whole_time(watch, clock):
    with pytest.raises(StreamError, match="come to an end"):
        hears_until_it_gives_up(watch, clock, b"data: x\n\n", 5, says=True)
    assert clock.now_s - 100 == pytest.approx(10 * TOTAL_SILENCES, abs=5)


def test_the_whole_time_can_be_given(clock):
    with pytest.raises(StreamError):
        hears_until_it_gives_up(Watch("h", 10, 20, clock=clock), clock, b"x\n", 1, says=True)
    assert clock.now_s - 100 == pytest.approx(20, abs=1)


def test_the_time_that_the_reader_takes_is_not_the_servers(watch, clock):
    watch.heard(b"data: x\n\n")
    clock.now_s += 60
    watch.said(1)
    watch.heard(b"data: x")


def test_once_text_has_come_the_error_is_of_the_stream(watch, clock):
    watch.heard(b"data: x\n\n")
    watch.said(1)
    with pytest.raises(StreamError, match=r"\.answer"):
        hears_until_it_gives_up(watch, clock, b"\n", 1)


@pytest.mark.parametrize(
    ("limit", "piece"),
    [("MAX_IDLE_BYTES", b"xx"), ("MAX_IDLE_LINES", b"\n\n"), ("MAX_IDLE_PIECES", b"x")],
)
def test_what_says_nothing_is_counted_until_text_comes(watch, clock, monkeypatch, limit, piece):
    monkeypatch.setattr(watches, limit, 50)
    for _ in range(5):
        for _ in range(20):
            watch.heard(piece)
        watch.said(1)
    with pytest.raises(StreamError, match="base URL"):
        hears_until_it_gives_up(watch, clock, piece, 0)


@pytest.mark.parametrize("limit", ["MAX_BYTES", "MAX_PIECES", "MAX_CHARS"])
def test_no_answer_is_longer_than_any(watch, clock, monkeypatch, limit):
    monkeypatch.setattr(watches, limit, 50)
    with pytest.raises(StreamError, match="any answer"):
        hears_until_it_gives_up(watch, clock, b"x", 0, says=True)


def test_a_model_may_write_much_in_minutes_and_not_in_seconds(watch, clock):
    for _ in range(130):
        clock.now_s += 5
        watch.worked(3_000)
    with pytest.raises(StreamError, match="so short a time"):
        watch.worked(watches.MAX_WORK + 650 * watches.WORK_PER_S)


def test_the_head_may_take_the_whole_time_and_is_not_counted_to_the_body(watch, clock):
    assert watch.opening_s == 10 * TOTAL_SILENCES
    assert Watch("h", 10, 20, clock=clock).opening_s == 20
    clock.now_s += 100
    watch.begins()
    watch.heard(b"d")
