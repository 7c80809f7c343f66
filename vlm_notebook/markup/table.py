"""Answers side by side -> one static table that stays in the notebook.

One set of parts makes the HTML, the Markdown and the plain text; none of it is random, and without
a script or a style it still reads from top to bottom.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from vlm_notebook.markup import card as cards
from vlm_notebook.markup import formula, markdown
from vlm_notebook.markup.card import Card, printable
from vlm_notebook.markup.difference import inline
from vlm_notebook.markup.marked import marked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from vlm_notebook.markup.card import Picture

_MAX_TYPESET = 12
"""Formulas are left to a typesetter in so many cells; in the others they are shown as code."""

_MAX_ACROSS = 4
_LINE_END = re.compile(r"\r\n?|\n")


@dataclass(frozen=True, slots=True)
class Said:
    """One cell of a table.

    Attributes:
        model: the model, as it is called on a card.
        level: the rest of the heading, such as "high · 2".
        card: the answer, its notices and its error; pictures, prompt and facts do not count.
        facts: the cell's row in the table of facts, one text for each column.
    """

    model: str
    level: str
    card: Card
    facts: tuple[str, ...]

    @property
    def name(self) -> str:
        """The whole heading."""
        return " · ".join(filter(None, (self.model, self.level)))


@dataclass(frozen=True, slots=True)
class Table:
    """Answers to one question, side by side.

    Attributes:
        cells: in order.
        pictures: thumbnails of what was asked about, shown once.
        prompt: the question.
        columns: headings of the facts; a column whose texts are all empty is left out.
        against: the number of the cell that the others are compared with, from 0, or None.
        across: how many cells stand in a row where there is room, 1 to 4.
        words: the table's own texts: "base", which marks the cell that the others are compared
            with, "only_here", "only_there", and "chosen" with {name}, {here} and {there} in it.
    """

    cells: tuple[Said, ...]
    pictures: tuple[Picture, ...] = ()
    prompt: str = ""
    columns: tuple[str, ...] = ()
    against: int | None = None
    across: int = 3
    words: Mapping[str, str] | None = None

    def html(self) -> str:
        """Return the table as one sanitised `<div>` with its style."""
        return f"<style>{style()}</style>{self.framed()}"

    def framed(self) -> str:
        """Return the table as one sanitised `<div>` whose style stands elsewhere."""
        body = f'<div class="vlm-pictures">{cards.head_html(self._head())}</div>{body_html(self)}'
        classes = f"vlm-card vlm-grid {formula.IGNORED}"
        return _LINE_END.sub("&#10;", f'<div class="{classes}">{body}</div>')

    def markdown(self) -> str:
        """Return the prompt, the answers with their headings, and the facts as Markdown."""
        cells = (_cell_markdown(said) for said in self.cells)
        return "\n\n".join(filter(None, [self._head().markdown(), *cells, self._facts_markdown()]))

    def plain(self) -> str:
        """Return the answers and the facts as text that no terminal obeys."""
        cells = [f"=== {_bare(said.name)} ===\n{said.card.plain()}" for said in self.cells]
        lines = "\n".join(_lines([list(row) for row in self.rows()]))
        return "\n\n".join(filter(None, [*cells, lines]))

    def rows(self) -> list[tuple[str, ...]]:
        """Return the headings of the facts, and each cell's."""
        rows = [self.columns, *(said.facts for said in self.cells)]
        width = len(self.columns)
        used = [at for at in range(width) if any(row[at] for row in rows[1:])]
        return [tuple(row[at] for at in used) for row in rows]

    def _head(self) -> Card:
        return Card(self.pictures, self.prompt)

    def _facts_markdown(self) -> str:
        head, *rows = self.rows()
        if not head:
            return ""
        lines = [head, ("---",) * len(head), *(tuple(map(inline, row)) for row in rows)]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)


@lru_cache(maxsize=1)
def style() -> str:
    """Return the style sheet of cards and tables."""
    text = (Path(__file__).parent / "grid.css").read_text("utf-8")
    return f"{cards.style()} {' '.join(text.split())}"


def body_html(table: Table) -> str:
    """Return the cells and the facts as safe HTML, to stand within `.vlm-grid`."""
    across = max(1, min(_MAX_ACROSS, table.across))
    cells = "".join(_cells(table))
    return (
        f'<div class="vlm-cells vlm-across-{across}">{cells}</div>{_legend(table)}{_facts(table)}'
    )


def _cells(table: Table) -> Iterator[str]:
    bodies = [
        cards.body_html(replace(said.card, reasoning=""))
        if at < _MAX_TYPESET
        else markdown.to_html(said.card.text, typeset=False)
        for at, said in enumerate(table.cells)
    ]
    for at, said in enumerate(table.cells):
        base = None if table.against in (None, at) else table.against
        body = bodies[at]
        if base is not None and body and bodies[base]:
            body = marked(body, bodies[base])
        thought = cards.body_html(replace(said.card, text=""))
        yield _cell(said, thought + body, note=_base_word(table) if table.against == at else "")


def _base_word(table: Table) -> str:
    return (table.words or {}).get("base", "") if len(table.cells) > 1 else ""


def _cell(said: Said, body: str, *, note: str) -> str:
    level = f"<span>{_escaped(said.level)}</span>" if said.level else ""
    chosen = f"<em>{_escaped(note)}</em>" if note else ""
    foot = cards.foot_html(replace(said.card, facts=()))
    return (
        f'<div class="vlm-cell{" vlm-chosen" if note else ""}">'
        f'<div class="vlm-cell-head"><b>{_escaped(said.model)}</b>{level}{chosen}</div>'
        f'<div class="vlm-answer">{body}</div>'
        f'<div class="vlm-notes">{foot}</div></div>'
    )


def _legend(table: Table) -> str:
    words = table.words or {}
    if table.against is None or len(table.cells) < 2 or not words:  # noqa: PLR2004 - comparing takes two
        return ""
    told = _escaped(words["chosen"]).format(
        name=f"<b>{_escaped(table.cells[table.against].name)}</b>",
        here=f"<ins>{_escaped(words['only_here'])}</ins>",
        there=f"<del>{_escaped(words['only_there'])}</del>",
    )
    return f'<div class="vlm-legend">{told}</div>'


def _facts(table: Table) -> str:
    head, *rows = table.rows()
    if not head:
        return ""
    first = "".join(f'<th scope="col">{_escaped(text)}</th>' for text in head)
    rest = "".join(f"<tr>{_row(row)}</tr>" for row in rows)
    body = f"<table><thead><tr>{first}</tr></thead><tbody>{rest}</tbody></table>"
    return f'<div class="vlm-wide">{body}</div>'


def _row(texts: tuple[str, ...]) -> str:
    return "".join(f"<td>{_escaped(text)}</td>" for text in texts)


def _cell_markdown(said: Said) -> str:
    level = f" {inline(said.level)}" if said.level else ""
    body = replace(said.card, prompt="", facts=()).markdown()
    return f"**{inline(said.model)}**{level}\n\n{body}".rstrip()


def _bare(text: str) -> str:
    return printable(" ".join(text.split()))


def _lines(rows: list[list[str]]) -> Iterator[str]:
    """Set rows in columns that stand below each other in a terminal."""
    bare = [[_bare(text) for text in row] for row in rows]
    widths = [max(map(_width, column)) for column in zip(*bare, strict=True)]
    for row in bare:
        pairs = zip(row, widths, strict=True)
        padded = (text + " " * (most - _width(text)) for text, most in pairs)
        yield "  ".join(padded).rstrip()


def _width(text: str) -> int:
    """Return how many places a terminal gives a text: a Chinese character has two."""
    return sum(1 + (unicodedata.east_asian_width(char) in "WF") for char in text)


def _escaped(text: str) -> str:
    return html.escape(markdown.writable(text))
