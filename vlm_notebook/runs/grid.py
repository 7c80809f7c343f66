"""Grid: the answers of every combination, side by side; shows itself in a cell."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Protocol

from vlm_notebook.chat.answer import model_name
from vlm_notebook.errors import VlmError
from vlm_notebook.markup.card import Picture
from vlm_notebook.markup.file import save
from vlm_notebook.markup.report import page
from vlm_notebook.markup.table import Said, Table, style
from vlm_notebook.runs import sheet
from vlm_notebook.runs.cell import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pandas as pd

    from vlm_notebook.chat.answer import Answer
    from vlm_notebook.runs.cell import GridCell
    from vlm_notebook.runs.run import Run

_MAX_ACROSS = 4


class Screen(Protocol):
    """What a grid asks for its place on the screen."""

    def has(self, grid: Grid) -> bool:
        """Show the grid where it is still live; tell whether the cell needs nothing more."""


class Grid:
    """Answers to one prompt by model, level of detail and repetition, in that order.

    It may still be under way: whatever needs the answers waits for them, and an interrupt there
    stops those that are, keeps what has arrived, and goes on up.

    Args:
        run: the questions; started by `start`, or by the first who waits.
        words: the table's own texts, by the names of `COLUMNS`, and those of `Table`; their
            "language" is that of what stands around the answers.
        against: the number of the cell that the others are compared with, or None.
    """

    def __init__(self, run: Run, *, words: Mapping[str, str], against: int | None = 0) -> None:
        self.run = run
        self.places = tuple(task.place for task in run.tasks)
        self.words = words
        self.chosen = None if against is None else self._checked(against)
        self.screen: Screen | None = None

    def __repr__(self) -> str:
        models = len({place.model for place in self.places})
        return f"Grid({len(self)} cells, {models} models)"

    def __len__(self) -> int:
        return len(self.places)

    def __iter__(self) -> Iterator[GridCell]:
        return iter(self.cells)

    def __getitem__(self, number: int) -> GridCell:
        return self.cells[number]

    def start(self) -> Grid:
        """Ask, and return at once."""
        _ = self.run.submission
        return self

    def wait(self) -> Grid:
        """Wait until every cell has ended."""
        self.run.submission.result()
        return self

    def stop(self, number: int | None = None) -> None:
        """Stop one cell, counted from 0, or all; what has arrived of it stays."""
        self.run.stop(number)

    @property
    def done(self) -> bool:
        """Whether every cell has ended."""
        return self.run.submission.done()

    @property
    def cells(self) -> tuple[GridCell, ...]:
        """What became of each combination."""
        return self.run.cells or self.run.submission.result()

    @property
    def answers(self) -> tuple[Answer | None, ...]:
        """Each cell's answer; None where nothing came but an error."""
        return tuple(cell.answer for cell in self.cells)

    @property
    def prompt(self) -> str:
        """What was asked."""
        return self.run.tasks[0].question.request.messages[-1].prompt

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """A thumbnail of each picture, with its size before it was prepared."""
        images = self.run.tasks[0].question.request.messages[-1].images
        sizes = ("x".join(map(str, image.original_size)) for image in images)
        return tuple(
            Picture(image.thumbnail(), image.origin, size)
            for image, size in zip(images, sizes, strict=True)
        )

    def against(
        self,
        cell: int | None = None,
        *,
        model: str | None = None,
        detail: str | None = None,
        number: int | None = None,
    ) -> Grid:
        """Return the same grid, compared with another cell; with nothing given, with none.

        Args:
            cell: its number from 0; negative ones count from the end.
            model: or else its model's id,
            detail: its level,
            number: and which repetition it is, from 1; the first that fits is taken.

        Raises:
            VlmError: there is no such cell.
        """
        other = copy.copy(self)
        wanted = {"model": model, "detail": detail, "number": number}
        given = {name: value for name, value in wanted.items() if value is not None}
        if cell is not None:
            other.chosen = self._checked(cell)
        else:
            other.chosen = self._found(given) if given else None
        return other

    def rows(self) -> list[dict[str, Any]]:
        """Return what each cell took as plain data: see `GridCell.row`."""
        return [cell.row() for cell in self.cells]

    def frame(self) -> pd.DataFrame:
        """Return the rows as a DataFrame.

        Raises:
            VlmError: pandas is not installed.
        """
        return sheet.frame(self.rows())

    def to_csv(self, path: str | Path | None = None, *, overwrite: bool = False) -> str:
        """Return the rows as CSV, and write it to `path` if given, in UTF-8 with a mark.

        What a spreadsheet would run as a formula begins with an apostrophe.

        Raises:
            VlmError: the file is there already and `overwrite` is False, or cannot be written.
        """
        text = sheet.to_csv(self.rows())
        if path is not None:
            save(text, path, overwrite=overwrite, encoding="utf-8-sig")
        return text

    def to_html(self, path: str | Path | None = None, *, overwrite: bool = False) -> str:
        """Return the grid as a page of its own, and write it to `path` if given.

        The page holds no script and asks for nothing over the network; formulas are their source.

        Raises:
            VlmError: the file is there already and `overwrite` is False, or cannot be written.
        """
        framed, language = self.table().framed(), self.words["language"]
        text = page(self.prompt, [framed], style=style(), language=language)
        if path is not None:
            save(text, path, overwrite=overwrite)
        return text

    def to_markdown(self) -> str:
        """Return the prompt, the answers and the table of facts as Markdown."""
        return self.table().markdown()

    def table(self) -> Table:
        """Return what the grid shows."""
        return Table(
            cells=tuple(map(self._said, self.cells)),
            pictures=self.pictures,
            prompt=self.prompt,
            columns=tuple(self.words[name] for name in COLUMNS),
            against=self.chosen,
            across=self.across,
            words=self.words,
        )

    @property
    def across(self) -> int:
        """How many cells stand in a row: those of one model, or else all models."""
        models = len({place.model for place in self.places})
        count = len(self) // models
        count = models if count == 1 else count
        return count if count <= _MAX_ACROSS else 3 + (count % _MAX_ACROSS == 0)

    def level(self, number: int) -> str:
        """Return what stands behind the model in a cell's heading."""
        place = self.places[number]
        shown = {"detail": place.detail, "number": str(place.number)}
        return " · ".join(text for name, text in shown.items() if name not in self._idle())

    def name(self, number: int) -> str:
        """Return a cell's whole heading."""
        model = model_name(self.places[number].model, self.words["language"])
        return " · ".join(filter(None, (model, self.level(number))))

    def _said(self, cell: GridCell) -> Said:
        number = self.places.index(type(self.places[0])(cell.model, cell.detail, cell.number))
        language = self.words["language"]
        facts = zip(COLUMNS, cell.facts(self.words), strict=True)
        shown = tuple("" if name in self._idle() else text for name, text in facts)
        model = model_name(cell.model, language)
        return Said(model, self.level(number), cell.card(language), shown)

    def _idle(self) -> set[str]:
        """Return what is not worth a column, as it is the same in all cells or means nothing."""
        repeated = any(place.number > 1 for place in self.places)
        details = len({place.detail for place in self.places})
        return ({"number"} if not repeated else set()) | (
            {"detail"} if details == 1 and not self.pictures else set()
        )

    def _found(self, wanted: dict[str, Any]) -> int:
        for number, place in enumerate(self.places):
            if all(getattr(place, name) == value for name, value in wanted.items()):
                return number
        said = ", ".join(f"{name}={value!r}" for name, value in wanted.items())
        raise VlmError(f"the grid has no cell with {said}")

    def _checked(self, cell: int) -> int:
        if isinstance(cell, int) and -len(self) <= cell < len(self):
            return cell % len(self)
        raise VlmError(f"against is {cell!r}: the grid's cells are 0 to {len(self) - 1}")

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        table = self.table()
        return {
            "text/html": table.html(),
            "text/markdown": table.markdown(),
            "text/plain": table.plain(),
        }

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: FBT001, ARG002 - IPython's protocol
        printer.text(self.table().plain())

    def _ipython_display_(self) -> None:
        """Show nothing where the grid stands in the cell already; else leave it to the rest."""
        if self.screen is None or not self.screen.has(self):
            raise NotImplementedError
