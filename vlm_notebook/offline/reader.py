"""Reading the text in a picture, English and Chinese, with whatever reader is installed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vlm_notebook.errors import ModelError
from vlm_notebook.offline import reader_engines
from vlm_notebook.offline.layout import arrange
from vlm_notebook.offline.reader_doubt import second_look
from vlm_notebook.offline.reader_sieve import believed
from vlm_notebook.offline.word import Box, Word, join

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from PIL import Image

MIN_SIDE = 8
"""Pixels a side below which no letter fits."""

MAX_SIDE = 4096
"""Pixels a side above which a picture is shrunk first, for the sake of memory."""

MAX_ASPECT = 30
"""Longest to shortest side; rapidocr fails at about 60."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text; `box` is left, top, right, bottom in pixels, `confidence` 0 to 1.

    `words` are the pieces it was joined from, left to right, where they are known.
    """

    text: str
    box: Box
    confidence: float
    words: tuple[Word, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """The lines of a picture in reading order, and the engine that read them.

    `engine` is None when no reader is installed: then nothing is known about the text.

    >>> Reading((Line("Coffee    3.50", (0, 0, 120, 11), 0.99),), engine="faster-paddle").text
    'Coffee    3.50'
    """

    lines: tuple[Line, ...]
    engine: str | None

    @property
    def text(self) -> str:
        """The lines, joined by newlines."""
        return "\n".join(line.text for line in self.lines)


def read(image: Image.Image) -> Reading:
    """Read the text of an upright picture, columns one after the other, table rows as rows.

    On what looks like a page, lines of confidence 0.5 and more are kept; elsewhere only those of
    0.8 and more (0.9 when they are digits only) with two letters or digits and more. Boxes are in
    pixels of the picture given and inside it. Pictures over 4096 pixels a side are shrunk first.
    The same picture gives the same reading.

    Raises:
        ModelError: when the engine fails on the picture.

    >>> from PIL import Image
    >>> read(Image.new("RGB", (4, 4))).lines
    ()
    """
    engine = reader_engines.engine()
    if engine is None:
        return Reading((), engine=None)
    words = _clipped(_found(engine, image), image.size)
    return Reading(tuple(_line(row) for row in arrange(words)), engine=engine.name)


def _line(row: tuple[Word, ...]) -> Line:
    joined = join(row)
    return Line(joined.text, joined.box, joined.confidence, row)


def _found(engine: reader_engines.Engine, image: Image.Image) -> list[Word]:
    """Find what is to be believed, with boxes in the pixels of `image`."""
    shrink = max(max(image.size) / MAX_SIDE, 1.0)
    if min(image.size) / shrink < MIN_SIDE:
        return []
    fitted = _padded(_shrunk(image.convert("RGB"), shrink))
    try:
        words = list(_clipped(engine.find(fitted), fitted.size))
        if engine.find_carefully:
            words = second_look(words, fitted, engine.find_carefully)
    except Exception as error:
        size = f"{image.width} x {image.height}"
        message = f"{engine.name} failed on a picture of {size} px ({error!r}): try it smaller"
        raise ModelError(message) from error
    return [_scaled(word, shrink) for word in believed(words)]


def _shrunk(image: Image.Image, shrink: float) -> Image.Image:
    if shrink == 1.0:
        return image
    return image.resize((round(image.width / shrink), round(image.height / shrink)))


def _padded(image: Image.Image) -> Image.Image:
    """Widen a ribbon to the right or below: engines fail on, or skip, what is too thin."""
    least = -(-max(image.size) // MAX_ASPECT)
    if min(image.size) >= least:
        return image
    corner = image.crop((0, 0, 1, 1))
    wider = corner.resize((max(image.width, least), max(image.height, least)))
    wider.paste(image)
    return wider


def _scaled(word: Word, factor: float) -> Word:
    left, top, right, bottom = (round(edge * factor) for edge in word.box)
    return Word((left, top, right, bottom), word.text, word.confidence)


def _clipped(words: Iterable[Word], size: tuple[int, int]) -> Iterator[Word]:
    """Keep boxes inside the picture; engines let them stand over the edge by a few pixels."""
    width, height = size
    for word in words:
        left, top, right, bottom = word.box
        box = (max(left, 0), max(top, 0), min(right, width), min(bottom, height))
        if box[0] < box[2] and box[1] < box[3]:
            yield Word(box, word.text, word.confidence)
