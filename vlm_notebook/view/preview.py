"""The preview: a picture as the model gets it, beside the original, with what is lost enlarged."""

from __future__ import annotations

import base64
import html
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vlm_notebook import detail as levels
from vlm_notebook.errors import ModelError
from vlm_notebook.images.encode import jpeg
from vlm_notebook.images.fit import by, pixels
from vlm_notebook.images.prepare import PreparedImage, prepare
from vlm_notebook.images.source import load
from vlm_notebook.markup import card as cards

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PIL import Image

    from vlm_notebook.detail import Family

SHOWN_PX = 400
"""The longest side of a shown picture: two stand side by side in a notebook's cell."""

ZOOM_SHARE = 0.2
"""The enlarged part's share of each side."""

_QUALITY = 80
_GRID_COLOR = (255, 0, 160)
_SEARCH_PX = 1024
_CELLS = 15
"""The search for the part that loses most looks at this many places a side."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Look:
    """One row of a preview.

    Attributes:
        title: the level of detail, or "original".
        facts: size, bytes, grid and steps, in words.
        whole: a JPEG of the picture, with the model's grid over it.
        zoomed: a JPEG of the same part as in every other row, enlarged without smoothing.
    """

    title: str
    facts: tuple[str, ...]
    whole: bytes = field(repr=False)
    zoomed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, repr=False)
class Preview:
    """What a model gets of a picture at one or more levels of detail; shows itself in a cell.

    Attributes:
        name: the picture's name.
        model: the model's id, or None.
        looks: the original, then each level.
        prepared: the prepared picture of each level, in order.
    """

    name: str
    model: str | None
    looks: tuple[Look, ...]
    prepared: tuple[PreparedImage, ...]

    def __repr__(self) -> str:
        return "\n".join(f"{look.title}: {', '.join(look.facts)}" for look in self.looks)

    def _repr_html_(self) -> str:
        rows = "".join(_row(look, self.name) for look in self.looks)
        return f'<style>{cards.style()}</style><div class="vlm-preview">{rows}</div>'


def preview(
    image: Any, *, model: str | None = None, detail: str | Sequence[str] = ("low", "high")
) -> Preview:
    """Show a picture as the model gets it, beside the original.

    The model's tiles or patches are drawn over it, and the part that loses most at the smallest
    of the levels is enlarged in every row: one look shows whether small print is still there.

    Args:
        image: anything `load` takes.
        model: the model's id; without one, what an unknown model would get.
        detail: one level, or several to stand below each other.

    Raises:
        ImageError: the picture cannot be used.
        ModelError: a level is unknown, or none is given.

    >>> import numpy
    >>> print(preview(numpy.zeros((600, 800), "uint8"), detail="low"))
    original: 800x600, 0.4 kB
    low: 512x384, 0.4 kB, PNG
    """
    wanted = [levels.check(one) for one in ([detail] if isinstance(detail, str) else detail)]
    if not wanted:
        raise ModelError("preview got no level of detail: give low, high or auto")
    source, family = load(image), levels.family(model)
    prepared = tuple(prepare(source, detail=level, model=model) for level in wanted)
    full = pixels(source)
    part = _most_lost(full, min(prepared, key=lambda one: one.size).to_pil())
    first = _look("original", full, part, (by(source.size), _kilobytes(len(source.data))))
    rest = (_level(level, one, family, part) for level, one in zip(wanted, prepared, strict=True))
    return Preview(source.origin, model, (first, *rest), prepared)


def _level(level: str, prepared: PreparedImage, family: Family, part: Box) -> Look:
    width, height = prepared.size
    facts = [by(prepared.size), _kilobytes(prepared.nbytes)]
    if family.cell_px:
        across, down = -(-width // family.cell_px), -(-height // family.cell_px)
        kind = {"tile": "tiles", "patch": "patches"}[family.cell]
        facts.append(f"{across} x {down} {kind} of {family.cell_px} px")
    facts += [step.split(", ")[0] for step in prepared.steps if " to " not in step]
    return _look(level, prepared.to_pil(), part, facts, family.cell_px)


def _look(
    title: str, image: Image.Image, part: Box, facts: Iterable[str], cell_px: int | None = None
) -> Look:
    whole = _with_grid(image, cell_px)
    return Look(title, tuple(facts), jpeg(whole, _QUALITY), jpeg(_zoomed(image, part), _QUALITY))


def _most_lost(full: Image.Image, small: Image.Image) -> Box:
    """Return the part, in shares of the sides, where the small copy differs most from the full."""
    from PIL import Image, ImageChops

    scale = min(1.0, _SEARCH_PX / max(full.size))
    size = max(1, round(full.width * scale)), max(1, round(full.height * scale))
    sharp = full.convert("L").resize(size, reducing_gap=2.0)
    lost = ImageChops.difference(sharp, small.convert("L").resize(size))
    places = lost.resize((_CELLS, _CELLS), Image.Resampling.BOX)
    loss = places.tobytes()
    at = max(range(len(loss)), key=lambda place: (loss[place], -place))
    left, top = ((axis + 0.5) / _CELLS - ZOOM_SHARE / 2 for axis in (at % _CELLS, at // _CELLS))
    left, top = (min(max(0.0, edge), 1 - ZOOM_SHARE) for edge in (left, top))
    return left, top, left + ZOOM_SHARE, top + ZOOM_SHARE


def _zoomed(image: Image.Image, part: Box) -> Image.Image:
    """Enlarge a part without smoothing, so that every pixel that the model gets can be seen."""
    from PIL.Image import Resampling

    box = (
        part[0] * image.width,
        part[1] * image.height,
        part[2] * image.width,
        part[3] * image.height,
    )
    width, height = box[2] - box[0], box[3] - box[1]
    scale = SHOWN_PX / max(width, height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return image.resize(size, Resampling.NEAREST, box=box)


def _with_grid(image: Image.Image, cell_px: int | None) -> Image.Image:
    from PIL import ImageDraw

    scale = min(1.0, SHOWN_PX / max(image.size))
    shown = image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))))
    draw = ImageDraw.Draw(shown)
    for x in range(cell_px or image.width, image.width, cell_px or 1):
        draw.line([(x * scale, 0), (x * scale, shown.height)], fill=_GRID_COLOR)
    for y in range(cell_px or image.height, image.height, cell_px or 1):
        draw.line([(0, y * scale), (shown.width, y * scale)], fill=_GRID_COLOR)
    return shown


def _row(look: Look, name: str) -> str:
    facts = html.escape(", ".join(look.facts))
    title = html.escape(look.title)
    label = html.escape(f"{name}, {look.title}")
    return (
        f'<div class="vlm-look"><div><b>{title}</b>: {facts}</div>'
        f'<img src="{_data_url(look.whole)}" alt="{label}, whole"> '
        f'<img src="{_data_url(look.zoomed)}" alt="{label}, enlarged part"></div>'
    )


def _data_url(data: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(data).decode('ascii')}"


def _kilobytes(nbytes: int) -> str:
    return f"{nbytes / 1000:.1f} kB" if nbytes < 10_000 else f"{nbytes / 1000:.0f} kB"  # noqa: PLR2004 - two digits either way
