from __future__ import annotations

import signal
import threading

import pytest

from vlm_notebook.chat.hold import Hold


@pytest.fixture
def handler():
    """Set a handler for the interrupt; the usual one is back at the end."""
    yield lambda wanted: signal.signal(signal.SIGINT, wanted)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def interrupt():
    signal.raise_signal(signal.SIGINT)


def test_without_an_interrupt_nothing_happens_and_the_handler_is_back():
    with Hold() as hold:
        pass
    assert not hold.came
    assert hold.since_s == 0
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def interrupted(work, on_interrupt=None):
    """Run `work(hold)` within a hold, and return the KeyboardInterrupt at its end."""

    def held():
        with Hold(on_interrupt) as hold:
            work(hold)

    with pytest.raises(KeyboardInterrupt) as caught:
        held()
    return caught.value


def test_an_interrupt_is_raised_at_the_end_and_once_however_often_it_came():
    done = []

    def work(hold):
        interrupt()
        done.append(hold.came)
        interrupt()
        done.append(hold.since_s >= 0)

    assert interrupted(work).__context__ is None
    assert done == [True, True]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_who_wants_to_know_is_told_once_at_once():
    told = []

    def work(hold):
        interrupt()
        interrupt()
        told.append("after")

    interrupted(work, lambda: told.append("told"))
    assert told == ["told", "after"]


def test_who_asks_later_is_told_then():
    told = []

    def work(hold):
        interrupt()
        hold.tell(lambda: told.append("told"))

    interrupted(work)
    assert told == ["told"]


def test_an_inner_hold_leaves_the_raising_to_the_outer():
    done = []

    def work(hold):
        with Hold(lambda: done.append("inner")):
            interrupt()
        done.append("between")
        with Hold(lambda: done.append("told of the earlier one")) as second:
            done.append(second.came)

    interrupted(work, lambda: done.append("outer"))
    assert done == ["inner", "outer", "between", "told of the earlier one", True]


def test_an_interrupt_takes_the_place_of_an_error_and_keeps_it_as_its_context():
    def work(hold):
        interrupt()
        raise ValueError("first")

    assert isinstance(interrupted(work).__context__, ValueError)


def test_a_handler_of_the_users_own_decides_for_itself(handler):
    heard = []
    handler(lambda *_: heard.append("mine"))
    with Hold() as hold:
        interrupt()
    assert heard == ["mine"]
    assert not hold.came


def test_other_threads_are_left_alone():
    came = []

    def work():
        with Hold() as hold:
            came.append(hold.came)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(5)
    assert came == [False]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
