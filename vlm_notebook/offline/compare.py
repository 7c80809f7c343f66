"""Comparing two pictures: the same one, the same scene with changes, or another scene."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vlm_notebook.offline.difference import Colorless, difference
from vlm_notebook.offline.regions import Region, find
from vlm_notebook.offline.textdiff import TextChange, changes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

    from vlm_notebook.offline.reader import Line

__all__ = ["Comparison", "Region", "TextChange", "compare"]

SAME_ASPECT = 1.03
"""Aspect ratios that differ by more than 3 % are another crop, if not another picture."""

SAME_SCENE = 0.5
"""Pictures of the same scene agree in more of their structure, others seldom in a third."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two pictures differ.

    Attributes:
        identical: same size and same pixels.
        aligned: same scene, so that places can be compared; else `regions` is empty.
        similarity: 0 to 1, how much of their structure agrees.
        changed_share: of the area, 0 to 1; 1 when not aligned.
        regions: what changed, largest first, at most six.
        text: the lines of both, in order; empty when no lines were given.
        shift: how far right and down the second shows what the first shows, in its pixels.
        colorless: which of them is the other one without its colour, if one is.
    """

    identical: bool
    aligned: bool
    similarity: float
    changed_share: float
    regions: tuple[Region, ...]
    text: tuple[TextChange, ...]
    shift: tuple[int, int] = (0, 0)
    colorless: Colorless | None = None


def compare(
    first: Image.Image,
    second: Image.Image,
    first_lines: Sequence[Line] = (),
    second_lines: Sequence[Line] = (),
) -> Comparison:
    """Compare two pictures of any mode and size; alpha is ignored.

    JPEG noise, another resolution, more or less light throughout and colour taken away are no
    change, nor is a shift by up to 2 % of the longest side. A camera that turned or moved is.

    >>> from PIL import Image
    >>> before = Image.new("RGB", (300, 200), "white")
    >>> after = before.copy()
    >>> after.paste("red", (240, 150, 280, 190))
    >>> [(region.place, region.box) for region in compare(before, after).regions]
    [('bottom right', (232, 144, 288, 192))]
    """
    text = changes([line.text for line in first_lines], [line.text for line in second_lines])
    first, second = first.convert("RGB"), second.convert("RGB")
    if first.size == second.size and first.tobytes() == second.tobytes():
        return Comparison(
            identical=True, aligned=True, similarity=1.0, changed_share=0.0, regions=(), text=text
        )
    if not _same_aspect(first.size, second.size):
        return _unlike(0.0, text)
    found = difference(first, second)
    if found.similarity < SAME_SCENE:
        return _unlike(found.similarity, text)
    return Comparison(
        identical=False,
        aligned=True,
        similarity=round(found.similarity, 4),
        changed_share=round(float((found.cells > 0).mean()), 6),
        regions=find(found.cells, first.size, found.cell_px),
        text=text,
        shift=found.shift,
        colorless=found.colorless,
    )


def _unlike(similarity: float, text: tuple[TextChange, ...]) -> Comparison:
    return Comparison(
        identical=False,
        aligned=False,
        similarity=round(similarity, 4),
        changed_share=1.0,
        regions=(),
        text=text,
    )


def _same_aspect(first: tuple[int, int], second: tuple[int, int]) -> bool:
    one, two = first[0] * second[1], second[0] * first[1]
    return max(one, two) <= SAME_ASPECT * min(one, two)
