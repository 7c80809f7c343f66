"""A run: questions that are asked at the same time, so many at once, each of which can be stopped.

All of its state is touched on the engine's thread alone.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from vlm_notebook.chat.draft import Draft
from vlm_notebook.chat.engine import CANCELLED, Submission, engine
from vlm_notebook.runs.cell import GridCell

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vlm_notebook.chat.answer import Answer
    from vlm_notebook.chat.delta import Delta
    from vlm_notebook.chat.question import Question
    from vlm_notebook.runs.plan import Place


class Asker(Protocol):
    """What sends a question; `Client` is one."""

    def start(
        self,
        question: Question,
        on_delta: Callable[[Delta], None] = ...,
        on_wait: Callable[[str], None] = ...,
    ) -> Submission[Answer]:
        """Send a question."""


@dataclass(frozen=True, slots=True)
class Task:
    """A combination, its question, and who is to be asked."""

    place: Place
    question: Question
    asker: Asker


class Watch:
    """Sees what happens in a run, on the engine's thread; this one looks away.

    Cells are named by their number from 0.
    """

    def begin(self, number: int) -> None:
        """Take note that a cell is no longer waiting for its turn."""

    def feed(self, number: int, delta: Delta) -> None:
        """Take a piece of an answer."""

    def note(self, number: int, line: str) -> None:
        """Say what a cell waits for; an empty line ends that."""

    def end(self, number: int, cell: GridCell) -> None:
        """Take what became of a cell."""

    def over(self, cells: tuple[GridCell, ...]) -> None:
        """Take what became of all."""


class Run:
    """Asks questions, `workers` at a time.

    Args:
        tasks: in order.
        workers: how many answers stream at once, from 1.
        watch: told of everything that happens.

    Attributes:
        cells: what became of all questions; None until they have ended.
    """

    def __init__(self, tasks: Sequence[Task], *, workers: int, watch: Watch | None = None) -> None:
        self.tasks = tuple(tasks)
        self._workers = workers
        self.watch = watch or Watch()
        self._waiting = deque(range(len(tasks)))
        self._running: dict[int, Submission[Answer]] = {}
        self._cells: dict[int, GridCell] = {}
        self._all_ended = asyncio.Event()
        self.cells: tuple[GridCell, ...] | None = None
        self._submission: Submission[tuple[GridCell, ...]] | None = None

    @property
    def submission(self) -> Submission[tuple[GridCell, ...]]:
        """The run as a whole; started on first use."""
        if self._submission is None:
            self._submission = engine().submit(self._whole())
        return self._submission

    def stop(self, number: int | None = None) -> None:
        """Stop a cell, or with None all of them, from any thread; what has arrived stays."""
        if number is None:
            self.submission.cancel()
        elif not self.submission.done():
            engine().submit(self._stop_one(number, CANCELLED))

    async def _whole(self) -> tuple[GridCell, ...]:
        """Ask everything; being cancelled stops what is left, and what has arrived stays."""
        try:
            self._fill()
            await self._all_ended.wait()
        except asyncio.CancelledError as cancelled:
            reason = cancelled.args[0] if cancelled.args else CANCELLED
            for number in (*self._waiting, *self._running):
                await self._stop_one(number, reason)
            await self._all_ended.wait()
        self.cells = cells = tuple(self._cells[number] for number in range(len(self.tasks)))
        with suppress(Exception):  # a screen that fails loses no answer
            self.watch.over(cells)
        return cells

    def _fill(self) -> None:
        """Ask the next questions, as long as there is room."""
        while self._waiting and len(self._running) < self._workers:
            self._ask(self._waiting.popleft())

    def _ask(self, number: int) -> None:
        task, watch = self.tasks[number], self.watch
        try:
            watch.begin(number)
            feed, note = partial(watch.feed, number), partial(watch.note, number)
            submission = task.asker.start(task.question, feed, note)
        except Exception as error:  # noqa: BLE001 - one cell's failure is not the others'
            self._end(number, GridCell.ended(task.place, None, error))
            return
        self._running[number] = submission
        submission.add_done_callback(partial(self._ended, number))

    def _ended(self, number: int, submission: Submission[Answer]) -> None:
        del self._running[number]
        error: BaseException | None = None
        try:
            submission.result()
        except BaseException as ended:  # noqa: BLE001 - a cell that nobody ends is waited for
            error = ended
        place = self.tasks[number].place
        self._end(number, GridCell.ended(place, submission.kept(), error))
        self._fill()

    async def _stop_one(self, number: int, reason: str) -> None:
        if number in self._running:
            self._running[number].cancel(reason)
        elif number in self._waiting:
            self._waiting.remove(number)
            task = self.tasks[number]
            draft = Draft(task.question.request, detail=task.question.detail)
            answer = draft.answer(finish_reason=reason)
            self._end(number, GridCell.ended(task.place, answer, None))

    def _end(self, number: int, cell: GridCell) -> None:
        self._cells[number] = cell
        with suppress(Exception):  # as above
            self.watch.end(number, cell)
        if len(self._cells) == len(self.tasks):
            self._all_ended.set()
