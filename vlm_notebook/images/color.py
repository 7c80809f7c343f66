"""Pixels of any mode -> 8-bit sRGB on a background."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from vlm_notebook.images import mended, stretch

if TYPE_CHECKING:
    from PIL import Image

WHITE = (255, 255, 255)

_OPAQUE = 255
_WORD_ENDS = (0.0, 65_535.0)
"""A profile describes greys of 16 bits that are not stretched."""
_PROFILED_MODES = frozenset({"RGB", "RGBA", "CMYK", "L", "LA"})


def is_deep(image: Image.Image) -> bool:
    """Tell whether the pixels are greys of more than 8 bits."""
    return image.mode.startswith("I") or image.mode == "F"


def plain(image: Image.Image, ends: stretch.Ends | None = None) -> Image.Image:
    """Return the picture in a mode that can be shrunk: palettes looked up, deep greys scaled.

    Args:
        image: of any mode.
        ends: which deep greys mean black and white, where the picture is part of a larger one.
    """
    if is_deep(image):
        return _deep_gray(image, ends)
    if image.mode in ("1", "P", "PA"):
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    if image.mode in ("L", "RGB") and "transparency" in image.info:
        return image.convert("RGBA")
    return image


def to_rgb(image: Image.Image, background: tuple[int, int, int] = WHITE) -> Image.Image:
    """Return 8-bit sRGB pixels: profile applied, deep greys scaled, transparency on `background`.

    >>> from PIL import Image
    >>> to_rgb(Image.new("RGBA", (1, 1), (255, 0, 0, 0))).getpixel((0, 0))
    (255, 255, 255)
    """
    image = to_srgb(plain(image))
    if not image.has_transparency_data:
        return image.convert("RGB")
    from PIL import Image

    ground = Image.new("RGBA", image.size, (*background, _OPAQUE))
    return Image.alpha_composite(ground, _with_alpha(image)).convert("RGB")


def is_transparent(image: Image.Image) -> bool:
    """Tell whether the background shows through any pixel; an opaque alpha channel hides it.

    >>> from PIL import Image
    >>> is_transparent(Image.new("RGBA", (1, 1), (0, 0, 0, 254)))
    True
    """
    image = plain(image)
    if not image.has_transparency_data:
        return False
    return _with_alpha(image).getchannel("A").getextrema() != (_OPAQUE, _OPAQUE)


def to_srgb(image: Image.Image) -> Image.Image:
    """Apply an embedded ICC profile; one that cannot be used is ignored, as viewers do.

    Returns:
        A new picture without a profile, or `image` itself where there is none to apply.
    """
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in _PROFILED_MODES:
        return image
    if image.mode == "LA":
        return _gray_with_alpha(image)
    from PIL import ImageCms

    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(image, source, target, outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    if converted is None:
        return image
    converted.info.pop("icc_profile", None)  # it is applied once
    return converted


def _gray_with_alpha(image: Image.Image) -> Image.Image:
    """A grey profile describes greys alone: the alpha channel is put back after it."""
    gray = image.getchannel("L")
    gray.info["icc_profile"] = image.info["icc_profile"]
    converted = to_srgb(gray)
    if converted is gray:
        return image
    converted.putalpha(image.getchannel("A"))
    return converted


def _with_alpha(image: Image.Image) -> Image.Image:
    """Return RGBA; what is premultiplied has to be divided first, which Pillow does not chain."""
    divided = {"La": "LA", "RGBa": "RGBA"}.get(image.mode)
    return (image.convert(divided) if divided else image).convert("RGBA")


def greys(image: Image.Image) -> Any:
    """Return a deep picture's values as a numpy array of (height, width)."""
    import numpy as np

    values = np.asarray(image)
    return values.view(np.uint32) if mended.UNSIGNED in image.info else values


def _deep_gray(image: Image.Image, ends: stretch.Ends | None) -> Image.Image:
    from PIL import Image

    values = greys(image)
    ends = ends or stretch.ends_of(*stretch.extent(values), values.dtype)
    scaled = stretch.to_uint8(values, ends)
    if mended.NEGATIVE in image.info:
        scaled = _OPAQUE - scaled
    gray = Image.fromarray(scaled)
    if ends == _WORD_ENDS and "icc_profile" in image.info:
        gray.info["icc_profile"] = image.info["icc_profile"]
    if "transparency" in image.info:
        gray.putalpha(Image.fromarray((values != image.info["transparency"]).astype("uint8") * 255))
    return gray
