"""The place of one answer on the screen: opened before the question, closed with the answer."""

from __future__ import annotations

import queue
import sys
from typing import TYPE_CHECKING, Any, Protocol

from vlm_notebook.chat.hold import Hold
from vlm_notebook.chat.message import language_of
from vlm_notebook.markup.card import Card, printable
from vlm_notebook.markup.words import texts
from vlm_notebook.view.surface import Surface, cell_id, surface

if TYPE_CHECKING:
    from vlm_notebook.chat.answer import Answer
    from vlm_notebook.chat.delta import Delta
    from vlm_notebook.chat.engine import Submission


class Cell(Protocol):
    """What an asking method needs of the screen."""

    def feed(self, delta: Delta) -> None:
        """Take a piece, on the engine's thread."""

    def note(self, line: str) -> None:
        """Say what is waited for, on the engine's thread; an empty line ends that."""

    def wait(self, submission: Submission[Answer]) -> Answer:
        """Wait for the answer on the caller's thread, showing it meanwhile."""

    def close(self, answer: Answer) -> None:
        """Leave the answer, whole or partial, where it stays."""


def open_cell(card: Card, *, show: bool) -> Cell:
    """Open a place for an answer to a question whose card so far is `card`."""
    if not show:
        return HiddenCell()
    kinds: dict[Surface, Any] = {"live": LiveCell, "static": StaticCell, "terminal": PrintedCell}
    kind = kinds.get(surface()) or (PrintedCell if _is_watched() else ScriptCell)
    return kind(card)


def point_at(answer: Answer) -> None:
    """Say, where IPython has written `Out[1]: ` already, that the answer stands above."""
    if surface() == "terminal":
        said = texts(language_of(answer.prompt))["printed"]
        say(f"{said.format(model=printable(answer.model))}\n")


def _is_watched() -> bool:
    """Tell whether a script's output goes to a terminal, where somebody waits for it."""
    return sys.stdout is not None and sys.stdout.isatty()


def say(text: str) -> None:
    """Print; what the output's encoding cannot hold becomes "?", as in a Windows pipe."""
    if sys.stdout is None:  # as in pythonw
        return
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
    sys.stdout.flush()


class HiddenCell:
    """Shows nothing."""

    def __init__(self, card: Card | None = None) -> None:
        pass

    def feed(self, delta: Delta) -> None:
        """Do nothing."""

    def note(self, line: str) -> None:
        """Do nothing."""

    def wait(self, submission: Submission[Answer]) -> Answer:
        """Wait in silence."""
        return submission.result()

    def close(self, answer: Answer) -> None:
        """Do nothing."""


class StaticCell(HiddenCell):
    """Shows the finished card, once."""

    def close(self, answer: Answer) -> None:
        """Display the card."""
        from IPython.display import display

        display(answer._repr_mimebundle_(), raw=True)


class ScriptCell(HiddenCell):
    """Prints the finished answer, once, where no person watches: in a pipe or a file."""

    def note(self, line: str) -> None:
        """Say it on stderr: a script that waits should not look as if it hung."""
        if line and sys.stderr is not None:
            sys.stderr.write(f"{line}\n")

    def close(self, answer: Answer) -> None:
        """Print the answer as text."""
        say(answer.card().plain() + "\n")


class LiveCell:
    """Shows a live widget that becomes the static card in the same place."""

    def __init__(self, card: Card) -> None:
        from IPython.display import display

        from vlm_notebook.view.live import LiveAnswer

        self._widget = LiveAnswer(card)
        self._handle = display(self._widget, display_id=self._widget.name)

    def feed(self, delta: Delta) -> None:
        """Pass the piece on to the widget."""
        self._widget.feed(delta)

    def note(self, line: str) -> None:
        """Show the line beside the seconds that pass."""
        self._widget.tell(line)

    def wait(self, submission: Submission[Answer]) -> Answer:
        """Wait; the widget grows by itself."""
        return submission.result()

    def close(self, answer: Answer) -> None:
        """Put the card in the widget's place, then let the widget go."""
        from vlm_notebook.view.remains import leave

        bundle = answer._repr_mimebundle_()
        self._handle.update(bundle, raw=True)
        leave(self._widget, bundle)


class PrintedCell:
    """Prints the text as it arrives, on the thread that waits for it."""

    def __init__(self, card: Card) -> None:
        names = ", ".join(picture.name for picture in card.pictures)
        self._head = printable(f"[{names}]\n") if names else ""
        self._pieces: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def feed(self, delta: Delta) -> None:
        """Hand the text, as a card would print it, over to the waiting thread."""
        self._pieces.put(printable(delta.text))

    def note(self, line: str) -> None:
        """Hand a line of its own over; nothing of the answer has been printed yet."""
        if line:
            self._pieces.put(printable(f"[{line}]\n"))

    def wait(self, submission: Submission[Answer]) -> Answer:
        """Print until the answer has ended."""
        submission.add_done_callback(lambda _: self._pieces.put(None))

        def interrupt() -> None:
            submission.interrupt()
            self._pieces.put(None)

        with Hold(interrupt):
            say(self._head)
            while (piece := self._pieces.get()) is not None:
                say(piece)
            return submission.result()

    def close(self, answer: Answer) -> None:
        """Print what has to be said behind the text."""
        card = answer.card()
        facts = f"[{' · '.join(card.facts)}]"
        lines = ["", *card.notices, *filter(None, [card.error]), facts, ""]
        say(printable("\n".join(lines)))


class Shown:
    """Remembers which answers the running cell shows already, so that none is shown twice."""

    def __init__(self) -> None:
        self._cell: str | None = None
        self._answers: list[Answer] = []

    def add(self, answer: Answer) -> None:
        """Note that the running cell shows the answer."""
        if self._cell != cell_id():
            self._cell, self._answers = cell_id(), []
        if self._cell is not None:
            self._answers.append(answer)

    def __contains__(self, answer: Answer) -> bool:
        return self._cell == cell_id() and any(answer is shown for shown in self._answers)
