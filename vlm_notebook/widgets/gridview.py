"""The view of a grid: every answer grows in a cell of its own, and the table stands at the end."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import ipywidgets as w
import traitlets

from vlm_notebook.markup import card as cards
from vlm_notebook.markup import table as tables
from vlm_notebook.markup.card import Card
from vlm_notebook.runs.run import Watch
from vlm_notebook.view import wording
from vlm_notebook.view.control import Control, css, esm
from vlm_notebook.view.live import GrowingAnswer
from vlm_notebook.view.surface import page_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vlm_notebook.chat.delta import Delta
    from vlm_notebook.runs.cell import GridCell
    from vlm_notebook.runs.grid import Grid
    from vlm_notebook.view.control import State


class GridBar(Control):
    """The question, what is done, Stop all; at the end the table and what it is compared with."""

    part = "grid"
    _esm = esm("grid", "clipboard", "company", "document")
    _css = css() + tables.style()
    name = traitlets.Unicode().tag(sync=True)
    done = traitlets.Int().tag(sync=True)
    count = traitlets.Int().tag(sync=True)
    page = traitlets.Unicode().tag(sync=True)

    def __init__(self, grid: Grid, *, root: str, language: str | None = None) -> None:
        super().__init__(language=language, name=root, count=len(grid), page=page_id())
        self._heard = wording.of_browser(grid.words["language"])  # until a page says its own
        self.grid = grid
        self.is_over = False

    def state(self) -> State:
        """Tell the question, and what there is of the table."""
        self.grid.words = wording.words("grid")[self.spoken]
        head = cards.head_html(Card(self.grid.pictures, self.grid.prompt))
        table = tables.body_html(self.grid.table()) if self.is_over else ""
        names = [self.grid.name(number) for number in range(len(self.grid))]
        against = -1 if self.grid.chosen is None else self.grid.chosen
        shown = {"head": head, "table": table, "names": names, "against": against}
        return {**shown, "over": self.is_over}, []

    def _take_stop(self, _: dict[str, Any], __: list[bytes]) -> None:
        self.grid.stop()

    def _take_against(self, content: dict[str, Any], _: list[bytes]) -> None:
        number = int(content["number"])
        self.grid = self.grid.against(number if number >= 0 else None)
        self.refresh()

    def _take_copy(self, _: dict[str, Any], __: list[bytes]) -> None:
        self.send({"kind": "markdown", "text": self.grid.to_markdown()})


class GridView(w.VBox, Watch):
    """Shows a grid while it grows, and its table at the end.

    Args:
        grid: not yet started, or in any later state.
        language: of the controls, "en" or "zh"; None for the browser's.

    Attributes:
        on_over: called on the engine's thread once all cells have ended; by default the table
            stands in the view, with a choice of what it is compared with.
    """

    def __init__(self, grid: Grid, *, language: str | None = None) -> None:
        name = uuid4().hex
        self.grid = grid
        self.on_over: Any = self._stay
        self.bar = GridBar(grid, root=name, language=language)
        self.answers = [self._answer(number) for number in range(len(grid))]
        self.cells = w.Box(self.answers)
        for kind in ("vlm-grid-cells", "vlm-cells", f"vlm-across-{grid.across}"):
            self.cells.add_class(kind)
        super().__init__([self.bar, self.cells], model_id=name)
        self.add_class("vlm-grid-view")
        grid.run.watch = self

    def __repr__(self) -> str:
        return f"GridView({len(self.grid)} cells)"

    async def run(self) -> None:
        """Ask, and wait for the end, on the engine's thread."""
        await self.grid.start().run.submission

    def stop(self) -> None:
        """Stop every cell; what has arrived stays."""
        self.grid.stop()

    def kept(self) -> dict[str, str]:
        """Return what a notebook keeps of it; waits for the end."""
        return self.grid._repr_mimebundle_()

    def hand_over(self, bundle: Mapping[str, str]) -> None:
        """Have pages that were reloaded meanwhile put the table in the view's place themselves."""
        self.bar.send({"kind": "over", "bundle": dict(bundle)})

    def begin(self, number: int) -> None:
        """Say nothing beside the seconds any more."""
        self.answers[number].tell("")

    def feed(self, number: int, delta: Delta) -> None:
        """Show the next piece of an answer."""
        self.answers[number].feed(delta)

    def note(self, number: int, line: str) -> None:
        """Say what a cell waits for."""
        self.answers[number].tell(line)

    def end(self, number: int, cell: GridCell) -> None:
        """Show the whole answer, and count it."""
        card = cell.card(self.bar.spoken)
        self.answers[number].finish(replace(card, prompt=self.grid.name(number)))
        self.bar.done += 1

    def over(self, cells: tuple[GridCell, ...]) -> None:  # noqa: ARG002 - `Watch` has them
        """Show the table."""
        self.grid.words = wording.words("grid")[self.bar.spoken]
        self.on_over()

    def close(self) -> None:
        """Let go of every widget and of the layouts that ipywidgets made for them."""
        self._close_cells()
        self.bar.close()
        super().close()
        self.layout.close()

    def _answer(self, number: int) -> GrowingAnswer:
        card = Card(prompt=self.grid.name(number), language=self.bar.spoken)
        live = GrowingAnswer(card, stoppable=True)
        live.on_stop = partial(self.grid.stop, number)
        live.tell(self.bar.word("waiting"))
        return live

    def _stay(self) -> None:
        self.bar.is_over = True
        self.bar.refresh()
        self.children = [self.bar]
        self._close_cells()

    def _close_cells(self) -> None:
        for one in (*self.answers, self.cells, self.cells.layout):
            one.close()
        self.answers = []
