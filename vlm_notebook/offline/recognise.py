"""Name what a photograph shows, and say nothing where that is not sure.

Two networks look at the picture: one names it as a whole, one locates things in it. Each checks the
other: a located thing needs a lower score when the picture as a whole looks like it, and is left
out when the whole looks clearly like something else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vlm_notebook.offline import classes, objects
from vlm_notebook.offline.finding import Box, Finding
from vlm_notebook.offline.vocabulary import labels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PIL.Image import Image

__all__ = ["Box", "Finding", "recognise"]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How sure is sure enough, 0 to 1 each.

    Attributes:
        scene: for a whole picture's name that is alone in its group, and for a group.
        fine: for a name within a group, below which the group is named.
        backed: for a located thing that the whole picture looks like.
        located: for any other located thing.
    """

    scene: float
    fine: float
    backed: float
    located: float


# Measured on the sample pictures of scikit-image, scikit-learn and matplotlib and on a thousand
# pictures of ImageNet: see scripts/weights/README.md.
COLOR = Thresholds(scene=0.5, fine=0.7, backed=0.5, located=0.6)
GRAY = Thresholds(scene=0.7, fine=0.85, backed=0.6, located=0.7)
"""Both networks learned from color pictures: they err more without."""

BACKED = 0.3
"""From this likelihood on, the whole picture looks like a located thing (or like an animal)."""

DENIED = 0.05
"""Below this likelihood it does not look like it at all."""

PERSON = 0
"""COCO's person. The namer knows no people, so that it cannot back them up."""

ANIMALS = range(14, 24)
"""COCO's animals, bird to giraffe. The locator mixes up animals that the namer tells apart."""

LARGE = 0.3
"""A thing that covers this share of the picture is what the picture as a whole shows."""

UNLIKELY = 0.75
"""What a thing must score that the picture as a whole does not look like."""

NEVER = 2.0

COLOR_SPREAD = 12
"""A pixel whose largest and smallest value (0 to 255) lie this close counts as grey."""

GRAY_SHARE = 0.99


def recognise(image: Image) -> tuple[Finding, ...] | None:
    """Return what the picture shows, best first; None when onnxruntime is not installed.

    Meant for photographs: charts, documents and drawings are none of what the networks learned.

    Args:
        image: a picture of any size and mode, upright.

    Raises:
        ModelError: the weights that ship with the package are missing or damaged.

    >>> from PIL import Image
    >>> recognise(Image.new("RGB", (64, 48), "white"))
    ()
    """
    try:
        return _findings(image.convert("RGB"))
    except ImportError:
        return None


def _findings(image: Image) -> tuple[Finding, ...]:
    thresholds = GRAY if is_gray(image) else COLOR
    likelihoods = classes.classify(image)
    likely = classes.totals(likelihoods)
    scene = classes.name_scene(likely, alone=thresholds.scene, fine=thresholds.fine)
    view = View(likely, classes.animals(likelihoods), scene, image.width * image.height, thresholds)
    things = objects.locate(image, least=thresholds.backed)
    admitted = (thing for thing in things if view.admits(thing))
    located = objects.without(objects.Located.disputes, admitted)
    found = [_finding(thing) for thing in located] + ([scene] if scene else [])
    return tuple(sorted(found, key=lambda finding: -finding.confidence))


def _finding(thing: objects.Located) -> Finding:
    label = labels("coco")[thing.kind]
    return Finding(label.name, label.name_zh, thing.score, thing.box, "object")


@dataclass(frozen=True, slots=True)
class View:
    """What the picture looks like as a whole, against which located things are held.

    Attributes:
        likely: likelihood by everyday name and group.
        animal: likelihood that it shows an animal.
        scene: the whole picture's name, when there is one.
        area: of the picture in square pixels.
        thresholds: what is sure enough.
    """

    likely: Mapping[str, float]
    animal: float
    scene: Finding | None
    area: int
    thresholds: Thresholds

    def admits(self, thing: objects.Located) -> bool:
        """Tell whether a located thing is sure enough beside the rest of the picture."""
        return thing.score >= self.least(thing)

    def least(self, thing: objects.Located) -> float:
        """Return what a located thing must score; more than 1 when the picture rules it out."""
        backing = self.backing(thing.kind)
        if backing >= BACKED or (thing.kind == PERSON and self.animal < BACKED):
            return self.thresholds.backed
        if backing >= DENIED:
            return self.thresholds.located
        if thing.kind in ANIMALS:
            return UNLIKELY if self.animal < BACKED else NEVER
        if thing.area < LARGE * self.area or self.scene is None:
            return self.thresholds.located
        return UNLIKELY if thing.kind == PERSON else NEVER

    def backing(self, kind: int) -> float:
        """Return how likely the whole picture shows a thing of that kind, 0 to 1."""
        label = labels("coco")[kind]
        names = dict.fromkeys((label.name, *label.backers))
        return sum(self.likely.get(name, 0.0) for name in names)


def is_gray(image: Image) -> bool:
    """Tell whether an RGB picture has (nearly) no color.

    >>> from PIL import Image
    >>> is_gray(Image.new("RGB", (8, 8), "gray")), is_gray(Image.new("RGB", (8, 8), "navy"))
    (True, False)
    """
    import numpy as np
    from PIL.Image import Resampling

    small = np.asarray(image.resize((64, 64), Resampling.BOX), np.int16)
    spread = small.max(axis=2) - small.min(axis=2)
    return float((spread <= COLOR_SPREAD).mean()) >= GRAY_SHARE
