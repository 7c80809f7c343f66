"""Encoded bytes -> upright RGB pixels, within limits and without surprises."""

from __future__ import annotations

import io
import warnings
from threading import Lock
from typing import TYPE_CHECKING

from vlm_notebook.errors import PrepareError, SourceError
from vlm_notebook.images.sniff import PICTURES, refusal, sniff

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image

FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "PPM", "AVIF", "JPEG2000")
"""What is decoded; EPS would start Ghostscript."""

MAX_PIXELS = 89_478_485
"""Pillow's own warning limit: 256 MB of RGB pixels."""

WHITE = (255, 255, 255)

_ORIENTATION_TAG = 0x0112
_SIDEWAYS = frozenset({5, 6, 7, 8})
_WARNINGS_LOCK = Lock()


def open_image(data: bytes, origin: str) -> Image.Image:
    """Return a lazily decoded Pillow image; only its header has been read.

    Args:
        data: the encoded file.
        origin: what to call it in a message.

    Raises:
        SourceError: it is empty or not a picture of an allowed format.
        PrepareError: it has no pixels, or more than `MAX_PIXELS`.
    """
    from PIL import Image, UnidentifiedImageError

    kind = sniff(data)
    if not data or (kind and kind not in PICTURES):
        raise SourceError(f"{origin} {refusal(kind) if kind else 'is empty: 0 bytes'}")
    try:
        with _WARNINGS_LOCK, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise _too_large(origin) from error
    except UnidentifiedImageError:
        raise SourceError(
            f"{origin} is no picture that can be read here: use JPEG, PNG, WebP, GIF, BMP or TIFF"
        ) from None
    except Exception as error:
        raise PrepareError(f"{origin} is damaged: its header cannot be read ({error})") from error
    check_pixels(image.size, origin)
    return image


def check_pixels(size: tuple[int, int], origin: str) -> None:
    """Refuse a (width, height) in pixels that is empty or over the limit.

    Raises:
        PrepareError: width x height is 0 or over `MAX_PIXELS`.
    """
    if not size[0] * size[1]:
        raise PrepareError(f"{origin} has no pixels ({size[0]} x {size[1]})")
    if size[0] * size[1] > MAX_PIXELS:
        raise _too_large(origin, size)


def _too_large(origin: str, size: tuple[int, int] | None = None) -> PrepareError:
    of = f" ({size[0]} x {size[1]})" if size else ""
    return PrepareError(
        f"{origin}{of} is over the limit of {MAX_PIXELS / 1e6:.0f} million pixels: shrink it first"
    )


def orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 to 8; whatever is not valid counts as 1."""
    try:
        value = image.getexif().get(_ORIENTATION_TAG, 1)
    except Exception:  # noqa: BLE001 - a broken EXIF block must not lose the picture
        return 1
    return value if value in range(1, 9) else 1


def upright_size(image: Image.Image) -> tuple[int, int]:
    """Return (width, height) in pixels as a viewer shows the picture, after orientation."""
    width, height = image.size
    return (height, width) if orientation(image) in _SIDEWAYS else (width, height)


def decoded(image: Image.Image, origin: str) -> Image.Image:
    """Load the pixels of a lazily opened image.

    Raises:
        PrepareError: the data is truncated or damaged.
    """
    try:
        with _WARNINGS_LOCK, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image.load()
    except Exception as error:
        raise PrepareError(
            f"{origin} is damaged or cut short: {error}; open and save it again"
        ) from error
    return image


def turned(image: Image.Image, value: int) -> Image.Image:
    """Return the picture as EXIF orientation `value` (1 to 8) says it is to be seen."""
    from PIL.Image import Transpose

    method = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }.get(value)
    return image if method is None else image.transpose(method)


def to_rgb(image: Image.Image, background: tuple[int, int, int] = WHITE) -> Image.Image:
    """Return 8-bit sRGB pixels: profile applied, deep greys scaled, transparency on `background`.

    >>> from PIL import Image
    >>> to_rgb(Image.new("RGBA", (1, 1), (255, 0, 0, 0))).getpixel((0, 0))
    (255, 255, 255)
    """
    if image.mode.startswith("I") or image.mode == "F":
        return _deep_gray(image).convert("RGB")
    if image.mode in ("P", "PA"):
        image = image.convert(
            "RGBA" if "transparency" in image.info or image.mode == "PA" else "RGB"
        )
    image = _to_srgb(image)
    if image.has_transparency_data:
        from PIL import Image

        layer = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, (*background, 255))
        return Image.alpha_composite(ground, layer).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def _deep_gray(image: Image.Image) -> Image.Image:
    """Scale 16-bit, 32-bit and float greys to 0..255: by their type's range, else by their own."""
    low, high = _extremes(image)
    unit, full = (image.mode == "F" and low >= 0 and high <= 1), 65535
    if unit:
        low, high = 0.0, 1.0
    elif low >= 0 and high > full // 16 and high <= full:
        low, high = 0.0, float(full)
    span = (high - low) or 1.0
    scale: Callable[[float], float] = lambda value: (value - low) * (255.0 / span)  # noqa: E731
    return image.convert("F").point(scale).convert("L")


def _extremes(image: Image.Image) -> tuple[float, float]:
    import numpy as np

    values = np.asarray(image)
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)


def _to_srgb(image: Image.Image) -> Image.Image:
    """Apply an embedded ICC profile; one that cannot be used is ignored, as viewers do."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "RGBA", "CMYK", "L"):
        return image
    from PIL import ImageCms

    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        converted = ImageCms.profileToProfile(
            image, source, ImageCms.createProfile("sRGB"), outputMode=mode
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return converted or image
