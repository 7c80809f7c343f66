"""The kind of a picture: photo, document, screenshot, chart or drawing."""

from __future__ import annotations

import re
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vlm_notebook.offline.reader import Line
    from vlm_notebook.offline.traits import Traits
    from vlm_notebook.offline.word import Box

Kind = Literal["photo", "document", "screenshot", "chart", "drawing"]

# The thresholds below were set on 109 pictures of known kind (photographs, scans, pages, browser
# windows, matplotlib charts, drawings) and checked on 52 others.

EQUAL = 0.4
"""Made pictures have more equal neighbours, even after JPEG; photographs have fewer."""

GRAIN = 0.7
"""Where the ground is blank, as in a product photograph, this much of the rest has grain."""

SEAMS = 0.11
"""Strong JPEG flattens a photograph's blocks, but they differ from each other (0.13 and more at
quality 3 to 20); what is made has a blank ground that is the same from block to block (0.08)."""

PLAIN_BORDER = 0.95
"""A page, a chart or a logo stands on one colour that goes all round."""

SOME_TEXT = 0.0005
"""Two text tiles in a picture of a thousand pixels a side."""

WINDOW_TEXT = 0.005
"""More than JPEG makes of the slanting edges of a drawing."""

PAGE_TEXT = 0.025
"""Tiles of text on a sparse page: a form or an invoice."""

DENSE_TEXT = 0.2
"""Tiles of text on a full page: a table on it is no chart, and tinted paper no colour."""

LINE_AREA = 0.12
"""Area that lines of text take on a page; signs and labels take less."""

PALE_BORDER = 0.6
"""Paper and white panels are lighter; below half a window is dark."""

DARK_BORDER = 0.5
PANEL_BORDER = 0.9
"""Less of one colour round the border is a bar or a side panel."""

DARK_ON_LIGHT = 0.9
"""Almost all text on paper is; on a screen or in a photograph both ways are common."""

FEW_COLORED = 0.05
SOME_COLORED = 0.1
"""A stamp or a link on a page; bars or a slice in a chart."""

STRONG_CHROMA = 0.2
"""A desktop's colour behind a dialogue."""

GREY_CHROMA = 0.08
TINTED_CHROMA = 0.15
"""Scanned white paper under a warm lamp; yellowed or coloured paper full of text."""

SCAN_PAPER = 0.5
SCAN_JUMP = 0.21
SCAN_TEXT = 0.015
SCAN_ODD = 0.5
"""Paper in a scan is not dark, its light changes slowly, and half of it is blank or text."""

MIN_TICKS = 3
"""Two numbers always count evenly."""

_NUMBER = re.compile(r"[-+\u2212]?\d+(?:[.,]\d+)?%?")


def kind_of(traits: Traits, lines: Sequence[Line] = (), *, area_px: int = 0) -> Kind:
    """Return the kind; `lines` of text and the picture's area (pixels) help, when known."""
    covered = _area(lines) / area_px if area_px else 0.0
    if traits.equal < EQUAL or traits.grain > GRAIN or traits.seams > SEAMS:
        return "document" if _is_scan(traits, covered) else "photo"
    if has_ticks(lines):
        return "chart"
    if _is_window(traits):
        return "screenshot"
    if _has_axes(traits):
        return "chart"
    if _is_page(traits, covered):
        return "document"
    return "chart" if _is_labelled(traits) else "drawing"


def has_ticks(lines: Iterable[Line]) -> bool:
    """Return whether at least three numbers in a row or column count up or down evenly.

    >>> from vlm_notebook.offline.reader import Line
    >>> has_ticks([Line(str(v), (9, 90 - v, 20, 99 - v), 1.0) for v in (0, 20, 40)])
    True
    """
    numbers = [
        (_value(line.text), line.box) for line in lines if _NUMBER.fullmatch(line.text.strip())
    ]
    columns = (_mates(numbers, box, near=2, along=1) for _, box in numbers)
    rows = (_mates(numbers, box, near=3, along=0) for _, box in numbers)
    return any(_even(values) for values in chain(columns, rows))


def _mates(numbers: list[tuple[float, Box]], box: Box, *, near: int, along: int) -> list[float]:
    """Return the numbers whose edge `near` is level with the box's, ordered by the edge `along`."""
    tall = max(4, box[3] - box[1])
    level = [(other[along], value) for value, other in numbers if _level(other, box, near, tall)]
    return [value for _, value in sorted(level)]


def _level(one: Box, two: Box, edge: int, tall: int) -> bool:
    return abs(one[edge] - two[edge]) < tall / 2


def _value(text: str) -> float:
    plain = text.strip().rstrip("%").replace("\u2212", "-").replace(",", ".")
    return float(plain)


def _even(values: Sequence[float]) -> bool:
    steps = [round(after - before, 6) for before, after in pairwise(values)]
    return len(steps) >= MIN_TICKS - 1 and len(set(steps)) == 1 and steps[0] != 0


def _area(lines: Iterable[Line]) -> int:
    boxes = [line.box for line in lines]
    return sum((right - left) * (bottom - top) for left, top, right, bottom in boxes)


def _is_scan(traits: Traits, covered: float) -> bool:
    """Whether a grainy picture is of paper: pale, even and with dark text or lines read."""
    tint = TINTED_CHROMA if traits.text > DENSE_TEXT else GREY_CHROMA
    if traits.chroma > tint or traits.paper < SCAN_PAPER or traits.jump > SCAN_JUMP:
        return False
    text = traits.text > SCAN_TEXT and traits.odd < SCAN_ODD
    return (text and traits.text_dark > DARK_ON_LIGHT) or covered > LINE_AREA


def _is_window(traits: Traits) -> bool:
    """Whether bars, panels or a dark ground hold the text, as on a screen."""
    if traits.text < SOME_TEXT:
        return False
    dark = traits.border_light < DARK_BORDER and traits.text > PAGE_TEXT
    desktop = traits.border > PLAIN_BORDER and traits.border_chroma > STRONG_CHROMA
    dialog = desktop and traits.level_lines > 1
    panels = traits.border < PANEL_BORDER and traits.text > WINDOW_TEXT
    return traits.full_lines > 0 or panels or dialog or (dark and not _has_axes(traits))


def _has_axes(traits: Traits) -> bool:
    """Whether long lines both ways stand inside a plain border, and not around a page's text."""
    plain = traits.border > PLAIN_BORDER and traits.full_lines == 0
    crossed = traits.level_lines > 0 and traits.plumb_lines > 0
    return plain and crossed and 0 < traits.text < DENSE_TEXT


def _is_page(traits: Traits, covered: float) -> bool:
    """Whether it is dark text on a pale ground with little else."""
    plain = traits.saturated < FEW_COLORED or traits.text > DENSE_TEXT
    pale = traits.border > PANEL_BORDER and traits.border_light > PALE_BORDER and plain
    text = traits.text > PAGE_TEXT and traits.text_dark > DARK_ON_LIGHT
    return pale and (text or covered > LINE_AREA)


def _is_labelled(traits: Traits) -> bool:
    """Whether strong colours on a plain ground have a little text beside them."""
    colored = traits.border > PLAIN_BORDER and traits.saturated > SOME_COLORED
    return colored and traits.text > SOME_TEXT
