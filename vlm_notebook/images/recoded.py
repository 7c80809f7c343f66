"""A prepared picture in another file format, with the same pixels."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from vlm_notebook.images.encode import FEW_QUALITY, MIN_QUALITY, jpeg

if TYPE_CHECKING:
    from vlm_notebook.images.prepare import PreparedImage

JPEG = "image/jpeg"

_QUALITIES = (FEW_QUALITY, 75, 60, MIN_QUALITY)


@lru_cache(maxsize=32)
def as_jpeg(image: PreparedImage, *, max_bytes: int = 1_000_000) -> PreparedImage:
    """Return the picture as JPEG, for those who take nothing else.

    Args:
        image: one of any format; a JPEG is returned as it is.
        max_bytes: the quality falls until there are no more, but not below what can be read.

    >>> from PIL import Image
    >>> from vlm_notebook.images.prepare import prepare
    >>> as_jpeg(prepare(Image.new("RGB", (64, 48), "red"))).media_type
    'image/jpeg'
    """
    if image.media_type == JPEG:
        return image
    pixels = image.to_pil()
    for quality in _QUALITIES:
        data = jpeg(pixels, quality, sharp=True)
        if len(data) <= max_bytes:
            break
    digest = hashlib.sha256(data).hexdigest()
    steps = (*image.steps, f"JPEG of quality {quality} instead")
    return replace(image, data=data, media_type=JPEG, sha256=digest, steps=steps)
