"""From boxes of text in any order to rows in the order a person reads them."""

from __future__ import annotations

from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from vlm_notebook.offline.word import Word, gap_heights

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SAME_ROW_OVERLAP = 0.5
"""Two boxes share a row when they overlap by half the taller one: a heading beside small print
does not, a bold total beside its price does."""

FAR_HEIGHTS = 6.0
"""A gap wider than this many text heights joins two boxes only where a table repeats it."""

GUTTER_HEIGHTS = -0.35
"""The least gap between two columns, in text heights; below 0 because engines draw boxes wider
than the text, so that narrow gutters vanish."""

PROSE_FILL = 0.7
PROSE_ASPECT = 6.0
MIN_COLUMN_ROWS = 3
"""Running text fills its column and has long lines; prices and labels do neither."""

MIN_AXIS = 4
EVEN = 1.5
"""An axis has at least four labels, and the middles of neighbours are about equally far apart."""

SLOPES = tuple(k / 100 for k in range(-9, 10))
"""Tilts that are straightened: up to 5 degrees to either side, in steps of half a degree."""


class _Cell(NamedTuple):
    """A word's box with the page's tilt taken out."""

    left: float
    top: float
    right: float
    bottom: float
    word: Word

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return max(self.bottom - self.top, 1.0)


class _Cut(NamedTuple):
    """A page taken apart around two columns."""

    above: list[_Cell]
    left: list[_Cell]
    right: list[_Cell]
    below: list[_Cell]


_Row = tuple[Word, ...]


def arrange(words: Iterable[Word]) -> tuple[_Row, ...]:
    """Return the words as rows from left to right, the rows in reading order.

    Columns of running text are read one after the other. What stands on one row of a receipt or
    a table stays on one row. A tilt of a few degrees is allowed for. The order in which the
    words come makes no difference, and each word is in exactly one row.

    >>> price, item = Word((90, 0, 120, 10), "3.50", 1.0), Word((0, 1, 60, 11), "Coffee", 1.0)
    >>> [word.text for row in arrange([price, item]) for word in row]
    ['Coffee', '3.50']
    """
    ordered = sorted(words)
    slope = _tilt(ordered)
    return tuple(_read([_straighten(word, slope) for word in ordered]))


def _straighten(word: Word, slope: float) -> _Cell:
    """Undo the tilt: a tilted line's upright box is taller by its width times the slope."""
    left, top, right, bottom = word.box
    middle = (top + bottom) / 2 - slope * (left + right) / 2
    half = max((bottom - top) - abs(slope) * (right - left), (bottom - top) / 2) / 2
    return _Cell(left, middle - half, right, middle + half, word)


def _tilt(words: Sequence[Word]) -> float:
    """Return the slope at which clearly more boxes stand in rows than without it, else 0."""
    pairs = [
        offset
        for index, one in enumerate(words)
        for other in words[index + 1 :]
        if (offset := _offset(one, other)) is not None
    ]
    scores = {slope: sum(abs(dy - slope * dx) < near for dx, dy, near in pairs) for slope in SLOPES}
    best = max(SLOPES, key=lambda slope: (scores[slope], -abs(slope)))
    return best if scores[best] >= 1.3 * scores[0.0] + 2 else 0.0


def _offset(one: Word, other: Word) -> tuple[float, float, float] | None:
    """Return how two boxes side by side are offset, and how near they count as one row."""
    if one.box[0] < other.box[2] and other.box[0] < one.box[2]:
        return None
    dx = (other.box[0] + other.box[2] - one.box[0] - one.box[2]) / 2
    dy = (other.box[1] + other.box[3] - one.box[1] - one.box[3]) / 2
    height = min(one.box[3] - one.box[1], other.box[3] - other.box[1])
    return (dx, dy, height / 5) if abs(dy) <= abs(dx) * SLOPES[-1] + height / 5 else None


def _read(cells: list[_Cell]) -> list[_Row]:
    axis = _axis(cells)
    if not axis:
        return _read_columns(cells)
    middle = axis[0].middle
    above = [cell for cell in cells if cell not in axis and cell.middle <= middle]
    below = [cell for cell in cells if cell not in axis and cell.middle > middle]
    row = tuple(cell.word for cell in axis)
    step = axis[1].left + axis[1].right - axis[0].left - axis[0].right
    start = (axis[0].left + axis[0].right) / 2 - step / 4
    return [*_read_plot(above, start), row, *_read_columns(below)]


def _read_plot(cells: list[_Cell], left: float) -> list[_Row]:
    """Read what stands above a level axis that begins at `left`: title, upright axis, the rest."""
    margin = [cell for cell in cells if cell.right <= left]
    if len(margin) < MIN_COLUMN_ROWS:
        return _read_columns(cells)
    title = [cell for cell in cells if cell.left < left < cell.right]
    rest = [cell for cell in cells if cell.left >= left]
    return [*_rows(title), *_rows(margin), *_rows(rest)]


def _axis(cells: Sequence[_Cell]) -> list[_Cell]:
    """Return the labels of a chart's level axis; a table has several rows like it."""
    ordered = sorted(cell for cell in cells if _lies(cell))
    rows = {tuple(c for c in ordered if _level(one, c)): None for one in ordered}
    axes = [row for row in rows if _is_axis(row)]
    return list(axes[0]) if len(axes) == 1 and len(ordered) > len(axes[0]) else []


def _read_columns(cells: list[_Cell]) -> list[_Row]:
    cut = _columns(cells)
    if cut is None:
        return _rows(cells)
    return [row for part in cut for row in _read_columns(part)]


def _columns(cells: Sequence[_Cell]) -> _Cut | None:
    """Find the gutter with the most text beside it, or None."""
    if len(cells) < 2 * MIN_COLUMN_ROWS:
        return None
    stacked = sorted(cells, key=lambda cell: cell.middle)
    gap = GUTTER_HEIGHTS * median(cell.height for cell in cells)
    cuts = (cut for x in sorted({c.right for c in cells}) for cut in _cuts(stacked, x, gap))
    return max(cuts, key=lambda cut: len(cut.left) + len(cut.right), default=None)


def _cuts(stacked: Sequence[_Cell], x: float, gap: float) -> Iterable[_Cut]:
    """Yield a cut for each run of boxes that keeps clear of the gutter right of `x`."""
    crossing = [i for i, c in enumerate(stacked) if c.right > x and c.left < x + gap]
    for before, after in pairwise([-1, *crossing, len(stacked)]):
        run = stacked[before + 1 : after]
        left = [cell for cell in run if cell.right <= x]
        right = [cell for cell in run if cell.right > x]
        if _are_columns(left, right):
            yield _Cut(list(stacked[: before + 1]), left, right, list(stacked[after:]))


def _are_columns(left: Sequence[_Cell], right: Sequence[_Cell]) -> bool:
    """Tell two columns of text from the columns of a table, which are read row by row."""
    if min(len(left), len(right)) < MIN_COLUMN_ROWS:
        return False
    return (_is_prose(left) and _is_prose(right)) or _are_staggered(left, right)


def _is_axis(row: Sequence[_Cell]) -> bool:
    steps = [two.left + two.right - one.left - one.right for one, two in pairwise(row)]
    return len(row) >= MIN_AXIS and min(steps) > 0 and max(steps) <= EVEN * min(steps)


def _are_staggered(left: Sequence[_Cell], right: Sequence[_Cell]) -> bool:
    """Tell text beside text from table rows, which are level, and from a chat's turns."""
    few, many = sorted(([c for c in side if _lies(c)] for side in (left, right)), key=len)
    beside = [[other for other in many if _overlap(one, other) > 0] for one in few]
    level = [
        any(_level(one, other) for other in near) for one, near in zip(few, beside, strict=True)
    ]
    clashes = sum(bool(near) and not match for near, match in zip(beside, level, strict=True))
    return clashes > sum(level)


def _lies(cell: _Cell) -> bool:
    """Leave out the label of an upright axis, which has everything beside it."""
    return cell.width > cell.height


def _is_prose(column: Sequence[_Cell]) -> bool:
    extent = max(cell.right for cell in column) - min(cell.left for cell in column)
    width = median(cell.width for cell in column)
    return width >= PROSE_FILL * extent and width >= PROSE_ASPECT * median(
        cell.height for cell in column
    )


def _rows(cells: Iterable[_Cell]) -> list[_Row]:
    rows: list[list[_Cell]] = []
    for cell in sorted(cells, key=lambda cell: cell.middle):
        home = next((row for row in reversed(rows) if _belongs(cell, row)), None)
        if home is None:
            rows.append([cell])
        else:
            home.append(cell)
    ordered = [sorted(row, key=lambda cell: cell.left) for row in rows]
    tabular = sum(len(row) > 1 and _widest_gap(row) > FAR_HEIGHTS for row in ordered) > 1
    parts = ordered if tabular else [part for row in ordered for part in _split(row)]
    return [tuple(cell.word for cell in row) for row in parts]


def _belongs(cell: _Cell, row: Sequence[_Cell]) -> bool:
    nearest = min(row, key=lambda other: abs(other.left + other.right - cell.left - cell.right))
    return _same_row(cell, nearest) and all(_side_by_side(cell, other) for other in row)


def _same_row(one: _Cell, other: _Cell) -> bool:
    return _overlap(one, other) >= SAME_ROW_OVERLAP * max(one.height, other.height)


def _overlap(one: _Cell, other: _Cell) -> float:
    return min(one.bottom, other.bottom) - max(one.top, other.top)


def _level(one: _Cell, other: _Cell) -> bool:
    return abs(one.middle - other.middle) < min(one.height, other.height) / 4


def _side_by_side(one: _Cell, other: _Cell) -> bool:
    overlap = min(one.right, other.right) - max(one.left, other.left)
    return overlap <= 0.3 * min(one.width, other.width)


def _widest_gap(row: Sequence[_Cell]) -> float:
    return max(gap_heights(one.word, other.word) for one, other in pairwise(row))


def _split(row: Sequence[_Cell]) -> list[list[_Cell]]:
    """Part a row at its wide gaps, unless three or more boxes stand on it as in an axis."""
    if len(row) > 2:  # noqa: PLR2004 - three, as the sentence above says
        return [list(row)]
    if len(row) == 2 and gap_heights(row[0].word, row[1].word) > FAR_HEIGHTS:  # noqa: PLR2004 - a pair
        return [[row[0]], [row[1]]]
    return [list(row)]
