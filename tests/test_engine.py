from __future__ import annotations

import asyncio
import os
import threading
import time

import pytest

from vlm_notebook.chat import engine as engines
from vlm_notebook.chat.engine import CANCELLED, INTERRUPTED, Engine, engine
from vlm_notebook.errors import ModelError, StreamError


@pytest.fixture
def own():
    made = Engine()
    yield made
    pending = made.submit(_pending()).result(5)
    made.close()
    assert not pending


async def _pending():
    here = asyncio.current_task()
    return [task for task in asyncio.all_tasks() if task is not here]


async def until_cancelled(begun):
    begun.set()
    try:
        await asyncio.sleep(30)
    except asyncio.CancelledError as cancelled:
        return cancelled.args[0] if cancelled.args else "without a reason"


def test_work_runs_on_a_thread_of_its_own(own):
    async def where():
        return threading.current_thread().name

    assert own.submit(where()).result(5) == "vlm"


def test_an_error_of_the_work_is_raised_by_result(own):
    async def fail():
        raise ModelError("no such thing")

    submission = own.submit(fail())
    with pytest.raises(ModelError, match="no such thing"):
        submission.result(5)
    assert submission.kept() is None


@pytest.mark.parametrize("reason", [CANCELLED, INTERRUPTED])
def test_cancelled_work_learns_why_and_keeps_its_result(own, reason):
    begun = threading.Event()
    submission = own.submit(until_cancelled(begun))
    begun.wait(5)
    assert submission.cancel(reason)
    assert submission.result(5) == reason
    assert submission.kept() == reason


def test_the_first_reason_to_cancel_is_kept(own):
    begun = threading.Event()
    submission = own.submit(until_cancelled(begun))
    begun.wait(5)
    submission.cancel()
    submission.interrupt()
    assert submission.result(5) == CANCELLED


def test_cancelling_twice_does_not_disturb_the_ending(own):
    begun, ended = threading.Event(), threading.Event()

    async def work():
        reason = await until_cancelled(begun)
        await asyncio.sleep(0.2)
        ended.set()
        return reason

    submission = own.submit(work())
    begun.wait(5)
    assert submission.cancel()
    time.sleep(0.05)
    assert submission.cancel(INTERRUPTED)
    assert submission.result(5) == CANCELLED
    assert ended.is_set()


def test_leaving_a_block_ends_the_work_and_waits_for_it(own):
    begun = threading.Event()
    with own.submit(until_cancelled(begun)) as submission:
        begun.wait(5)
    assert submission.kept() == CANCELLED


def test_what_an_error_kept_is_kept(own):
    async def fail():
        error = StreamError("it broke")
        error.answer = "Half"
        raise error

    submission = own.submit(fail())
    submission.settle(5)
    assert submission.kept() == "Half"


def test_who_gives_up_an_await_goes_when_the_partial_result_is_kept(own):
    begun = threading.Event()

    async def give_up(submission):
        await asyncio.wait_for(submission, 0.05)

    submission = own.submit(until_cancelled(begun))
    begun.wait(5)
    with pytest.raises(TimeoutError):
        asyncio.run(give_up(submission))
    assert submission.kept() == CANCELLED


def test_an_await_lasts_as_long_as_the_work(own):
    async def wait():
        return await own.submit(asyncio.sleep(0.7, "done"))

    assert asyncio.run(wait()) == "done"


def test_work_that_is_cancelled_at_once_still_begins_and_ends(own):
    for _ in range(50):
        submission = own.submit(until_cancelled(threading.Event()))
        submission.cancel()
        assert submission.result(5) == CANCELLED


def test_ended_work_cannot_be_cancelled(own):
    submission = own.submit(asyncio.sleep(0, "done"))
    assert submission.result(5) == "done"
    assert not submission.cancel()
    assert submission.done()


def test_waiting_has_a_limit_and_the_work_goes_on(own):
    submission = own.submit(until_cancelled(threading.Event()))
    with pytest.raises(TimeoutError):
        submission.result(0.01)
    assert not submission.done()
    assert submission.kept() is None
    submission.cancel()
    assert submission.settle(5)


def test_a_submission_can_be_awaited_on_another_loop(own):
    async def wait():
        return await own.submit(asyncio.sleep(0.01, "done"))

    assert asyncio.run(wait()) == "done"


def test_giving_up_an_await_cancels_the_work(own):
    ended = threading.Event()

    async def work():
        try:
            await asyncio.sleep(30)
        finally:
            ended.set()

    async def give_up():
        await asyncio.wait_for(own.submit(work()), 0.05)

    with pytest.raises(TimeoutError):
        asyncio.run(give_up())
    assert ended.wait(5)


def test_a_callback_is_called_with_the_submission(own):
    called = threading.Event()
    seen = []
    submission = own.submit(asyncio.sleep(0.01, 1))
    submission.add_done_callback(lambda ended: (seen.append(ended), called.set()))
    assert called.wait(5)
    assert seen == [submission]


def test_an_engine_that_ends_cancels_what_runs_and_closes_what_is_open(monkeypatch):
    seen = []

    async def closer():
        seen.append("closed")

    monkeypatch.setattr(engines, "_closers", [closer])
    ending, begun = Engine(), threading.Event()
    submission = ending.submit(until_cancelled(begun))
    assert begun.wait(5)
    ending.close()
    assert submission.done()
    assert seen == ["closed"]
    assert not ending.is_alive
    ending.close()


def test_a_process_has_one_engine():
    assert engine() is engine()


def test_an_engine_whose_thread_has_gone_is_replaced(monkeypatch, own):
    gone = Engine()
    gone.close()
    monkeypatch.setattr(engines, "_engine", gone)
    fresh = engine()
    assert fresh.submit(asyncio.sleep(0, "alive")).result(5) == "alive"
    fresh.close()


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_child_gets_an_engine_of_its_own():
    engine().submit(asyncio.sleep(0)).result(5)
    child = os.fork()
    if not child:
        worked = engine().submit(asyncio.sleep(0, "yes")).result(5) == "yes"
        os._exit(0 if worked else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
