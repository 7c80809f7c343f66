"""The preview: a picture as the model gets it, beside the original, with what is lost enlarged."""

from __future__ import annotations

import base64
import html
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vlm_notebook import detail as levels
from vlm_notebook.errors import ModelError
from vlm_notebook.images.encode import Encoded, encode
from vlm_notebook.images.fit import by, pixels
from vlm_notebook.images.prepare import PreparedImage, prepare
from vlm_notebook.images.source import load
from vlm_notebook.markup import card as cards
from vlm_notebook.markup import formula

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from PIL import Image

    from vlm_notebook.detail import Family

SHOWN_WIDTH_PX, SHOWN_HEIGHT_PX = 256, 320
"""What a shown picture fits in: three stand side by side in a notebook's cell."""

ZOOM_WIDTH, ZOOM_HEIGHT = 0.16, 0.1
"""The enlarged part's sides, as shares of the picture's longer one: a few words on a few lines."""

MAX_PICTURE_BYTES = 17_500
"""Six pictures of so many bytes, in base64 and with the style, stay below 150 kB."""

_GRID_RGB = (255, 0, 160)
_GRID_ALPHA = 90
"""Of 255, about 35 %: patches of 28 pixels must not hide the picture."""

_FINE_ALPHA = 45
_FINE_PX = 10
"""Lines closer than this on the screen are drawn half as strong."""

_FINEST_GRID_PX = 4
"""Lines closer than this on the screen would be a surface: only each second or fourth is drawn."""

_SEARCH_PX = 2048
_STROKE_PX = 6
"""Letters' strokes are what differs from their surroundings of so many pixels around."""

_FAINT_SHARE = 0.6
"""Of the strongest strokes' energy: what is fainter is paper, a rule, or a single word."""

_CELLS = 50
"""The search for the part that loses most adds up this many places a side."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Look:
    """One column of a preview.

    Attributes:
        title: the level of detail, or "original".
        facts: size, bytes, grid and steps, in words.
        whole: the picture, with the model's grid over it.
        zoomed: the same part as in every other column, enlarged without smoothing.
    """

    title: str
    facts: tuple[str, ...]
    whole: Encoded = field(repr=False)
    zoomed: Encoded = field(repr=False)


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
        seen = f"as {self.model} gets it" if self.model else "as a model gets it"
        head = f"<header><b>{html.escape(self.name)}</b> {html.escape(seen)}</header>"
        columns = "".join(_column(look, self.name) for look in self.looks)
        body = f'{head}<div class="vlm-looks">{columns}</div>'
        classes = f"vlm-preview {formula.IGNORED}"
        return f'<style>{cards.style()}</style><div class="{classes}">{body}</div>'


def preview(
    image: Any, *, model: str | None = None, detail: str | Sequence[str] = ("low", "high")
) -> Preview:
    """Show a picture as the model gets it, beside the original.

    The model's tiles or patches are drawn over it, and the part that loses most at the smallest
    of the levels is enlarged under each: one look shows whether small print is still there.

    Args:
        image: anything `load` takes.
        model: the model's id; without one, what an unknown model would get.
        detail: one level, or several to stand side by side; "original" where the model has it.

    Raises:
        ImageError: the picture cannot be used.
        ModelError: a level is unknown or none of the model's, or none is given.

    >>> import numpy
    >>> preview(numpy.zeros((600, 800), "uint8"), detail="low").prepared[0].size
    (512, 384)
    """
    asked = [detail] if isinstance(detail, str) else detail
    wanted = [levels.check(one, model) for one in asked]
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
        facts.append(_cells(-(-width // family.cell_px), -(-height // family.cell_px), family))
    facts += [step.split(", ")[0] for step in prepared.steps if " to " not in step]
    return _look(level, prepared.to_pil(), part, facts, family.cell_px)


def _cells(across: int, down: int, family: Family) -> str:
    if across * down == 1:
        return f"1 {family.cell} of {family.cell_px} px"
    kind = {"tile": "tiles", "patch": "patches"}[family.cell]
    return f"{across} x {down} {kind} of {family.cell_px} px"


def _look(
    title: str, image: Image.Image, part: Box, facts: Iterable[str], cell_px: int | None = None
) -> Look:
    whole, zoomed = _with_grid(image, cell_px), _zoomed(image, part)
    shown = (encode(picture, MAX_PICTURE_BYTES) for picture in (whole, zoomed))
    return Look(title, tuple(facts), *shown)


def _most_lost(full: Image.Image, small: Image.Image) -> Box:
    """Return the part, in shares of the sides, that has lost the largest share of its strokes.

    Large letters lose much in all and stay legible, small print loses nearly all it has.
    """
    import numpy as np
    from PIL import ImageChops, ImageFilter

    scale = min(1.0, _SEARCH_PX / max(full.size))
    size = max(1, round(full.width * scale)), max(1, round(full.height * scale))
    sharp = full.convert("L").resize(size, reducing_gap=2.0)
    lost = _by_place(ImageChops.difference(sharp, small.convert("L").resize(size)))
    strokes = _by_place(ImageChops.difference(sharp, sharp.filter(ImageFilter.BoxBlur(_STROKE_PX))))
    longer = max(full.size)
    sides = min(1.0, ZOOM_WIDTH * longer / full.width), min(1.0, ZOOM_HEIGHT * longer / full.height)
    lost, strokes = _within(lost, sides), _within(strokes, sides)
    enough = np.maximum(strokes, _FAINT_SHARE * strokes.max() + 1)
    row, column = np.unravel_index((lost / enough).argmax(), lost.shape)
    left, top = min(column / _CELLS, 1 - sides[0]), min(row / _CELLS, 1 - sides[1])
    return left, top, left + sides[0], top + sides[1]


def _within(places: np.ndarray, sides: tuple[float, float]) -> np.ndarray:
    """Return the mean of each window of (width, height) in shares, by its left upper place."""
    import numpy as np

    width, height = (max(1, round(side * _CELLS)) for side in sides)
    windows: np.ndarray = np.lib.stride_tricks.sliding_window_view(places, (height, width))
    return np.asarray(windows.mean((2, 3)))


def _by_place(gray: Image.Image) -> np.ndarray:
    """Return the mean square of each place: an array of (rows, columns)."""
    import numpy as np
    from PIL import Image as Pillow

    squares = Pillow.fromarray(np.square(np.asarray(gray, np.float32)))
    return np.asarray(squares.resize((_CELLS, _CELLS), Pillow.Resampling.BOX))


def _zoomed(image: Image.Image, part: Box) -> Image.Image:
    """Enlarge a part without smoothing, so that every pixel that the model gets can be seen."""
    from PIL.Image import Resampling

    sides = (image.width, image.height) * 2
    left, top, right, bottom = (share * side for share, side in zip(part, sides, strict=True))
    part_size = right - left, bottom - top
    scale, size = _shown(part_size)
    filter_ = Resampling.NEAREST if scale >= 1 else Resampling.BICUBIC
    return image.resize(size, filter_, box=(left, top, right, bottom))


def _with_grid(image: Image.Image, cell_px: int | None) -> Image.Image:
    """Draw the edges of the model's cells over the picture, at the size it is shown at."""
    from PIL import Image as Pillow

    scale, size = _shown(image.size)
    shown = image if scale >= 1 else image.resize(size, reducing_gap=3.0)
    scale = min(1.0, scale)
    if not cell_px:
        return shown
    step = cell_px * _thinning(cell_px * scale)
    alpha = _GRID_ALPHA if step * scale >= _FINE_PX else _FINE_ALPHA
    mask = Pillow.new("L", shown.size)
    for x in range(step, image.width, step):
        mask.paste(alpha, (int(x * scale), 0, int(x * scale) + 1, shown.height))
    for y in range(step, image.height, step):
        mask.paste(alpha, (0, int(y * scale), shown.width, int(y * scale) + 1))
    shown = shown.copy()
    shown.paste(_GRID_RGB, mask=mask)
    return shown


def _shown(size: tuple[float, float]) -> tuple[float, tuple[int, int]]:
    """Return by how much pixels of (width, height) are enlarged, and their size on the screen."""
    scale = min(SHOWN_WIDTH_PX / size[0], SHOWN_HEIGHT_PX / size[1])
    return scale, (max(1, round(size[0] * scale)), max(1, round(size[1] * scale)))


def _thinning(cell_on_screen_px: float) -> int:
    """Return that each so-many-th line is drawn, a power of two."""
    every = 1
    while cell_on_screen_px * every < _FINEST_GRID_PX:
        every *= 2
    return every


def _column(look: Look, name: str) -> str:
    """Make a column's HTML: what it is, the whole, the enlarged part."""
    label = html.escape(f"{name}, {look.title}")
    return (
        f'<figure class="vlm-look"><b>{html.escape(look.title)}</b>'
        f"{_img(look.whole, f'{label}: the whole picture')}"
        f"{_img(look.zoomed, f'{label}: a part, enlarged')}"
        f"<figcaption>{html.escape(', '.join(look.facts))}</figcaption></figure>"
    )


def _img(picture: Encoded, label: str) -> str:
    """Make an <img>, as large as all others even where it was saved with fewer pixels."""
    _, (width, height) = _shown(picture.size)
    url = f"data:{picture.media_type};base64,{base64.b64encode(picture.data).decode('ascii')}"
    return f'<img src="{url}" alt="{label}" width="{width}" height="{height}">'


def _kilobytes(nbytes: int) -> str:
    return f"{nbytes / 1000:.1f} kB" if nbytes < 10_000 else f"{nbytes / 1000:.0f} kB"  # noqa: PLR2004 - two digits either way
