"""What the picture as a whole shows: EfficientNet-Lite0 and the thousand classes of ImageNet."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from vlm_notebook.offline import network
from vlm_notebook.offline.finding import Finding
from vlm_notebook.offline.vocabulary import chinese, labels

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

SIDE_PX = 224
"""The input of EfficientNet-Lite0."""

CROP = 0.875
"""The share of the short side that ImageNet models are tested on: 224 of 256 pixels."""

LAST_ANIMAL = 397
"""ImageNet's first 398 classes are animals."""

FLAT = frozenset({"web page", "menu", "crossword", "envelope", "book cover", "comic book"})
"""Never named: any page or receipt looks like these, and its layout tells more surely."""


def classify(image: Image) -> NDArray[np.float64]:
    """Return the likelihood of each of the 1000 classes, summing to 1.

    The mean of two looks: the middle square, as in training, and the whole picture squeezed into
    a square, which sees what stands at the edge.

    Args:
        image: an RGB picture of any size.
    """
    width, height = image.size
    side = CROP * min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    middle = _look(image, (left, top, left + side, top + side))
    return (middle + _look(image, (0, 0, width, height))) / 2


def _look(image: Image, box: tuple[float, float, float, float]) -> NDArray[np.float64]:
    import numpy as np
    from PIL.Image import Resampling

    square = image.resize((SIDE_PX, SIDE_PX), Resampling.BICUBIC, box=box)
    pixels = (np.asarray(square, np.float32) - 127) / 128
    (logits,) = network.run("classes", np.ascontiguousarray(pixels.transpose(2, 0, 1)))
    powers = np.exp(logits.astype(np.float64) - logits.max())
    likelihoods: NDArray[np.float64] = powers / powers.sum()
    return likelihoods


def totals(likelihoods: NDArray[np.float64]) -> dict[str, float]:
    """Return the likelihood of every everyday name and group: the sum over its classes."""
    result: dict[str, float] = {}
    for label, likelihood in zip(labels("imagenet"), likelihoods.tolist(), strict=True):
        for name in {label.name, label.group} - {""}:
            result[name] = result.get(name, 0.0) + likelihood
    return result


def animals(likelihoods: NDArray[np.float64]) -> float:
    """Return the likelihood that the picture shows an animal of any kind."""
    return float(likelihoods[: LAST_ANIMAL + 1].sum())


def name_scene(likely: Mapping[str, float], *, alone: float, fine: float) -> Finding | None:
    """Return the best name for the whole picture, or None when nothing is sure enough.

    A class with a group ("beagle") is named from `fine` on; below that its group ("dog") is, when
    the classes of the group together reach `alone`; so is a class that has no group.
    """
    grouped = _grouped()
    sure = [name for name in grouped if likely[name] >= fine]
    broad = [name for name in likely if name not in grouped | FLAT and likely[name] >= alone]
    if not sure and not broad:
        return None
    name = max(sure or broad, key=lambda each: (likely[each], each))
    return Finding(name, chinese(name), likely[name], None, "scene")


@cache
def _grouped() -> frozenset[str]:
    """Return the names that stand below a broader one."""
    groups = {label.group for label in labels("imagenet")}
    return frozenset(label.name for label in labels("imagenet") if label.group) - groups
