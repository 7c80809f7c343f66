"""Montage: several pictures as one, each under its label."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from vlm_notebook import detail as levels
from vlm_notebook.errors import PrepareError
from vlm_notebook.images.prepare import PreparedImage, prepare

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

    from vlm_notebook.limits import Limits

_GAP_PX = 8
"""Between the cells: wide enough that pictures of one colour do not run into each other."""

_LABEL_SHARE = 0.09
_LEAST_LABEL_PX = 24
"""A label's strip, as a share of its cell's shorter side; letters take three quarters of it, which
is 18 pixels at the least: text of that height is read by every model that reads text at all."""

_LETTER_SHARE = 0.75
_WHITE, _BLACK, _GREY = (255, 255, 255), (0, 0, 0), (128, 128, 128)
_LAST_LATIN = "\u024f"
"""Pillow's own font has Latin letters; what it lacks would be drawn as a box."""


@dataclass(frozen=True, slots=True)
class _Grid:
    """Columns and rows of cells of one size, (width, height) in pixels, each below its strip."""

    columns: int
    rows: int
    cell: tuple[int, int]

    @property
    def strip_px(self) -> int:
        return max(_LEAST_LABEL_PX, round(min(self.cell) * _LABEL_SHARE))

    @property
    def size(self) -> tuple[int, int]:
        width, height = self.cell
        return (
            self.columns * (width + _GAP_PX) + _GAP_PX,
            self.rows * (height + self.strip_px + _GAP_PX) + _GAP_PX,
        )

    def corner(self, index: int) -> tuple[int, int]:
        """Return left and top, in pixels, of the strip of the cell of that index."""
        row, column = divmod(index, self.columns)
        width, height = self.cell
        return (
            _GAP_PX + column * (width + _GAP_PX),
            _GAP_PX + row * (height + self.strip_px + _GAP_PX),
        )


def montage(
    *images: Any,
    labels: Sequence[str] | None = None,
    detail: str = "auto",
    model: str | None = None,
) -> PreparedImage:
    """Draw several pictures side by side as one, for models that take one or few.

    Args:
        images: anything `load` takes, two or more.
        labels: what stands above each, in Latin letters; "1", "2" and so on if not given.
        detail: a level of the model's, as for `prepare`: how large the whole may become.
        model: the model's id: each family keeps another number of pixels.

    Raises:
        SourceError: there is no such picture, or it is of no kind that can be read.
        PrepareError: there are too few pictures, or labels that do not fit them.
        ModelError: `detail` is not a level, or none of the model's.

    >>> from PIL import Image
    >>> red, blue = (Image.new("RGB", (200, 100), name) for name in ("red", "blue"))
    >>> montage(red, blue).origin
    '1: the PIL image, 2: the PIL image'
    """
    level = levels.check(detail, model)
    if len(images) < 2:  # noqa: PLR2004 - one picture is no montage
        raise PrepareError(f"a montage of {len(images)} pictures: give two or more")
    names = _labels(labels, len(images))
    prepared = [prepare(image, detail=level, model=model) for image in images]
    grid = _grid([image.size for image in prepared], levels.limits(level, model))
    sheet = _sheet([image.to_pil() for image in prepared], names, grid)
    whole = prepare(sheet, detail=level, model=model)
    origin = ", ".join(
        f"{name}: {image.origin}" for name, image in zip(names, prepared, strict=True)
    )
    return replace(whole, origin=origin)


def _labels(labels: Sequence[str] | None, count: int) -> tuple[str, ...]:
    names = tuple(map(str, range(1, count + 1) if labels is None else labels))
    if len(names) != count:
        raise PrepareError(f"{len(names)} labels for {count} pictures: give one for each")
    for name in names:
        if not name.strip() or not name.isprintable() or max(name) > _LAST_LATIN:
            raise PrepareError(f"the label {name!r} cannot be drawn: use Latin letters or digits")
    return names


def _grid(sizes: Sequence[tuple[int, int]], limits: Limits) -> _Grid:
    """Return the grid in which pictures become largest; of such the fullest, then most square."""
    grids = [_largest(sizes, columns, limits) for columns in range(1, len(sizes) + 1)]

    def rank(grid: _Grid) -> tuple[int, int, int]:
        kept = sum(width * height for width, height in (_inside(s, grid.cell) for s in sizes))
        return kept, -grid.columns * grid.rows, -max(grid.size)

    return max(grids, key=rank)


def _largest(sizes: Sequence[tuple[int, int]], columns: int, limits: Limits) -> _Grid:
    """Return the grid of so many columns with the largest cells that the limits allow."""
    rows = -(-len(sizes) // columns)
    widest, highest = (max(sides) for sides in zip(*sizes, strict=True))
    low, high = 0.0, 1.0
    grid = _Grid(columns, rows, (widest, highest))
    if limits.fit(*grid.size) == grid.size:
        return grid
    for _ in range(12):  # halving: to a four thousandth of the size
        share = (low + high) / 2
        cell = max(1, int(widest * share)), max(1, int(highest * share))
        grid = _Grid(columns, rows, cell)
        low, high = (share, high) if limits.fit(*grid.size) == grid.size else (low, share)
    return _Grid(columns, rows, (max(1, int(widest * low)), max(1, int(highest * low))))


def _inside(size: tuple[int, int], cell: tuple[int, int]) -> tuple[int, int]:
    """Return the (width, height) in pixels of a picture within a cell; nothing is enlarged."""
    scale = min(1.0, cell[0] / size[0], cell[1] / size[1])
    return max(1, int(size[0] * scale)), max(1, int(size[1] * scale))


def _sheet(pictures: Sequence[Image.Image], names: Sequence[str], grid: _Grid) -> Image.Image:
    from PIL import Image, ImageDraw

    sheet = Image.new("RGB", grid.size, _WHITE)
    pen = ImageDraw.Draw(sheet)
    for index, (picture, name) in enumerate(zip(pictures, names, strict=True)):
        left, top = grid.corner(index)
        _write(pen, name, (left, top), grid)
        below = top + grid.strip_px
        small = picture.resize(_inside(picture.size, grid.cell), Image.Resampling.LANCZOS)
        sheet.paste(small, (left, below))
        right, bottom = left + small.width, below + small.height
        pen.rectangle((left - 1, below - 1, right, bottom), outline=_GREY)
    return sheet


def _write(pen: Any, name: str, at: tuple[int, int], grid: _Grid) -> None:
    """Write a label in its strip, smaller if it is long, and cut where even that is too long."""
    from PIL import ImageFont

    size_px = grid.strip_px * _LETTER_SHARE
    width = pen.textlength(name, font=ImageFont.load_default(size_px))
    font = ImageFont.load_default(max(10.0, min(size_px, size_px * grid.cell[0] / max(width, 1))))
    while len(name) > 1 and pen.textlength(name, font=font) > grid.cell[0]:
        name = f"{name[:-2]}…"
    pen.text((at[0], at[1] + grid.strip_px // 2), name, fill=_BLACK, font=font, anchor="lm")
