"""A scene: what a picture is like as a whole, measured and not recognised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from vlm_notebook.offline.focus import sharpness
from vlm_notebook.offline.kind import Kind, kind_of
from vlm_notebook.offline.palette import ColorShare, colors, lab
from vlm_notebook.offline.traits import measure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

    from vlm_notebook.offline.reader import Line

__all__ = ["ColorShare", "Kind", "Orientation", "Scene", "look"]

Orientation = Literal["landscape", "portrait", "square"]

GLANCE_PX = 400
"""Colour, brightness and contrast do not change when the longest side is reduced to about this."""

SQUARE = 1.05
"""Sides that differ by less than a twentieth look the same."""

COLORED_CHROMA = 12.0
"""CIELAB chroma that is seen as colour; JPEG and a scanner's tint stay below."""

COLORED_SHARE = 0.001
"""A thousandth of the picture in colour is a coloured detail; less is a fringe."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What a picture is like as a whole.

    Attributes:
        width: pixels.
        height: pixels.
        kind: photo, document, screenshot, chart or drawing.
        colors: at most five, largest share first, each at least 4 % of the picture.
        brightness: mean luma (ITU-R BT.601), 0 black to 1 white.
        contrast: luma between the darkest and the brightest hundredth, 0 to 1.
        sharpness: 0 to 1; below about 0.3 the picture is blurred, above 0.5 in focus.
        grayscale: whether no colour is seen.
    """

    width: int
    height: int
    kind: Kind
    colors: tuple[ColorShare, ...]
    brightness: float
    contrast: float
    sharpness: float
    grayscale: bool

    @property
    def orientation(self) -> Orientation:
        """Which side is longer; under 5 % of difference is square."""
        if max(self.width, self.height) < SQUARE * min(self.width, self.height):
            return "square"
        return "landscape" if self.width > self.height else "portrait"


def look(image: Image.Image, lines: Sequence[Line] = ()) -> Scene:
    """Return what can be measured of a picture in any mode; alpha is ignored.

    `lines` of text that a reader found, with boxes in the picture's pixels, help to tell the
    kind: axis labels make a chart, a covered page a document. The same picture and lines give
    the same scene.

    >>> from PIL import Image
    >>> scene = look(Image.new("RGB", (640, 480), "navy"))
    >>> scene.orientation, scene.colors[0].name, round(scene.brightness, 2), scene.grayscale
    ('landscape', 'navy', 0.06, False)
    """
    image = image.convert("RGB")
    glance = image.reduce(max(1, max(image.size) // GLANCE_PX))
    brightness, contrast = _light(glance)
    return Scene(
        width=image.width,
        height=image.height,
        kind=kind_of(measure(image), lines, area_px=image.width * image.height),
        colors=colors(glance),
        brightness=brightness,
        contrast=contrast,
        sharpness=round(sharpness(image), 4),
        grayscale=_is_gray(glance),
    )


def _light(glance: Image.Image) -> tuple[float, float]:
    import numpy as np

    luma = np.asarray(glance.convert("L")) / 255
    dark, bright = np.percentile(luma, (1, 99))
    return round(float(luma.mean()), 4), round(float(bright - dark), 4)


def _is_gray(glance: Image.Image) -> bool:
    import numpy as np

    rgb = np.asarray(glance).reshape(-1, 3)
    tinted = rgb[np.ptp(rgb, axis=1) > 0]  # a colour with equal channels has no chroma
    chroma = np.hypot(*lab(tinted)[:, 1:].T)
    return bool((chroma > COLORED_CHROMA).sum() <= COLORED_SHARE * len(rgb))
