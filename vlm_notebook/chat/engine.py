"""The engine: one asyncio loop on a thread of its own, where everything that is asked runs."""

from __future__ import annotations

import asyncio
import atexit
import threading
import time
from math import inf
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from vlm_notebook.chat.hold import Hold

if TYPE_CHECKING:
    import concurrent.futures
    from collections.abc import Callable, Coroutine, Generator

T = TypeVar("T")

CANCELLED = "cancelled"
INTERRUPTED = "interrupted"

SETTLE_S = 1.0
"""What has been cancelled is waited for so long: closing a connection takes a few milliseconds."""

_LOOK_S = 0.25
"""No wait lasts longer: Windows interrupts none, and ipykernel's handler does not wake its loop."""


class Submission(Generic[T]):
    """Something under way on the engine: wait for it, await it, or cancel it.

    Cancelling asks the work to end; work that can keep a partial result still returns it.
    """

    def __init__(self, work: Coroutine[Any, Any, T], loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._task: asyncio.Task[T] | None = None
        self._reason: str | None = None
        self._told = False
        self._future = asyncio.run_coroutine_threadsafe(self._run(work), loop)

    async def _run(self, work: Coroutine[Any, Any, T]) -> T:
        self._task = asyncio.current_task()
        if self._reason:
            self._cancel_task()
        return await work

    def cancel(self, reason: str = CANCELLED) -> bool:
        """Ask the work to stop, from any thread; return False when it had ended already.

        Once is enough: asked again, it goes on ending, undisturbed and for the first reason.

        Args:
            reason: what a partial answer gives as its `finish_reason`.
        """
        if self._future.done():
            return False
        self._reason = self._reason or reason
        self._loop.call_soon_threadsafe(self._cancel_task)
        return True

    def _cancel_task(self) -> None:
        if self._task and not self._told:
            self._told = True
            self._task.cancel(self._reason)

    def done(self) -> bool:
        """Tell whether there is a result, or an error, by now."""
        return self._future.done()

    def result(self, timeout_s: float | None = None) -> T:
        """Wait for the result; a KeyboardInterrupt meanwhile cancels the work and goes on up.

        Raises:
            TimeoutError: there is none after `timeout_s` seconds; the work goes on.
            VlmError: whatever the work raised.
        """
        with self.hold() as hold:
            try:
                self._wait(hold, timeout_s)
                return self._future.result(0)
            except KeyboardInterrupt:
                if not hold.came:  # somebody's own handler raised it
                    self.interrupt()
                    self.settle()
                raise

    def hold(self) -> Hold:
        """Return what turns interrupts into a cancelling of the work, to be waited out."""
        return Hold(self.interrupt)

    def _wait(self, hold: Hold, timeout_s: float | None) -> None:
        """Wait for the end; from an interrupt on, for `SETTLE_S` at most."""
        until = inf if timeout_s is None else time.monotonic() + timeout_s
        while not self.settle(max(0.0, min(_LOOK_S, until - time.monotonic()))):
            if hold.since_s > SETTLE_S:
                raise KeyboardInterrupt
            if time.monotonic() >= until:
                raise TimeoutError

    def interrupt(self) -> None:
        """Cancel as the keyboard would."""
        self.cancel(INTERRUPTED)

    def settle(self, timeout_s: float = SETTLE_S) -> bool:
        """Wait until the work has ended, whatever became of it; return whether it has."""
        done, _ = _wait([self._future], timeout_s)
        return bool(done)

    def kept(self) -> T | None:
        """Return the result, or the partial one of an error, where there is one by now."""
        if not self._future.done() or self._future.cancelled():
            return None
        error = self._future.exception()
        return getattr(error, "answer", None) if error else self._future.result()

    def add_done_callback(self, callback: Any) -> None:
        """Call `callback(submission)` on the engine's thread once there is a result or an error."""
        self._future.add_done_callback(lambda _: callback(self))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Cancel what still runs, and wait until what had arrived is kept."""
        self.cancel(INTERRUPTED if kind is KeyboardInterrupt else CANCELLED)
        self.settle()

    def __await__(self) -> Generator[Any, None, T]:
        """Wait on the caller's loop; who gives up cancels the work, and goes when it has ended."""
        waiting = asyncio.wrap_future(self._future)
        try:
            while not waiting.done():
                yield from asyncio.wait({waiting}, timeout=_LOOK_S).__await__()
            return waiting.result()
        except asyncio.CancelledError:
            self.cancel()
            yield from asyncio.wait({waiting}, timeout=SETTLE_S).__await__()
            raise


def _wait(
    futures: list[concurrent.futures.Future[Any]], timeout_s: float
) -> tuple[set[Any], set[Any]]:
    from concurrent.futures import wait

    return wait(futures, timeout_s)


class Engine:
    """A loop that runs for ever on a daemon thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="vlm", daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether its thread runs; after a fork the child has the engine, but not the thread."""
        return self._thread.is_alive()

    def submit(self, work: Coroutine[Any, Any, T]) -> Submission[T]:
        """Start a coroutine on the engine's loop; return at once."""
        with Hold() as hold:
            submission = Submission(work, self._loop)
            hold.tell(submission.interrupt)
        return submission

    def close(self, timeout_s: float = 2.0) -> None:
        """Cancel what runs, close what is open, and stop the loop; for the end of the process."""
        if not self.is_alive:  # in a forked child, or closed before
            return
        ending = asyncio.run_coroutine_threadsafe(_end(), self._loop)
        _wait([ending], timeout_s)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout_s)
        if not self.is_alive:
            self._loop.close()


_closers: list[Callable[[], Coroutine[Any, Any, None]]] = []


def before_end(closer: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Have `closer()` awaited on the loop of every engine that ends, when its work has."""
    _closers.append(closer)


async def _end() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for closer in _closers:
        await closer()


_engine: Engine | None = None
_engine_lock = threading.Lock()


def engine() -> Engine:
    """Return the engine that this process shares, started on first use."""
    global _engine  # noqa: PLW0603 - one engine a process is the design
    with Hold(), _engine_lock:
        if _engine is None or not _engine.is_alive:
            _engine = Engine()
            atexit.register(_engine.close)
        return _engine
