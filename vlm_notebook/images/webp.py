"""A large still WebP -> its pixels, with fewer copies than Pillow makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image

LARGE_PIXELS = 8_000_000
"""Smaller ones are left to Pillow, which needs 16 bytes a pixel: two canvases, the decoded bytes
and the image. Here it is 12, so 33 million pixels instead of 25 fit in 400 MB."""


def loaded(image: Any) -> Image.Image | None:
    """Return a large still's pixels as RGBX or RGBA; None of any other picture.

    The image's own decoder is used up, so it cannot be loaded afterwards.

    Raises:
        ValueError: the data is damaged.
    """
    from PIL import Image

    decoder = getattr(image, "_decoder", None)
    if image.format != "WEBP" or image.width * image.height < LARGE_PIXELS or decoder is None:
        return None
    if image.n_frames > 1 or image.rawmode not in ("RGBX", "RGBA"):
        return None
    image._decoder = None  # noqa: SLF001 - its canvases have to go before the copy is used
    answer = decoder.get_next()
    del decoder
    if answer is None:
        raise ValueError("the pixels cannot be decoded")
    still = Image.frombuffer(image.rawmode, image.size, answer[0], "raw", image.rawmode, 0, 1)
    still.info.update(image.info)
    still.format = image.format
    return still
