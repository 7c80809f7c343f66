"""Encoded bytes -> upright RGB pixels, within limits and without surprises."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from vlm_notebook.errors import PrepareError, SourceError
from vlm_notebook.images import png
from vlm_notebook.images.quiet import QUIET
from vlm_notebook.images.sniff import PICTURES, refusal, sniff

if TYPE_CHECKING:
    from PIL import Image

FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "PPM", "AVIF", "JPEG2000")
"""What is decoded; EPS would start Ghostscript."""

MAX_PIXELS = 89_478_485
"""Pillow's own warning limit: 256 MB of RGB pixels."""

WHITE = (255, 255, 255)

_ORIENTATION_TAG = 0x0112
_SIDEWAYS = frozenset({5, 6, 7, 8})
_OPAQUE = 255


def open_image(data: bytes, origin: str, *, frame: int = 0) -> Image.Image:
    """Return a lazily decoded Pillow image; only its header has been read.

    Args:
        data: the encoded file.
        origin: what to call it in a message.
        frame: which picture of an animation or of several pages, from 0.

    Raises:
        SourceError: it is empty or not a picture of an allowed format.
        PrepareError: it has no pixels, more than `MAX_PIXELS`, or no such frame.
    """
    from PIL import Image, UnidentifiedImageError

    kind = sniff(data)
    if not data or (kind and kind not in PICTURES):
        raise SourceError(f"{origin} {refusal(kind) if kind else 'is empty: 0 bytes'}")
    try:
        with QUIET:
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
    if frame:
        _seek(image, frame, origin)
    return image


def _seek(image: Image.Image, frame: int, origin: str) -> None:
    try:
        with QUIET:
            image.seek(frame)
    except EOFError:
        raise PrepareError(f"{origin} has no frame {frame}: count from 0") from None
    except Exception as error:
        raise _damaged(origin, str(error)) from error
    check_pixels(image.size, origin)


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
    """Return the EXIF orientation, 1 to 8; whatever is not valid counts as 1.

    So does that of a TIFF, which Pillow turns itself.
    """
    if image.format == "TIFF":
        return 1
    try:
        with QUIET:
            value = _exif(image).get(_ORIENTATION_TAG, 1)
    except Exception:  # noqa: BLE001 - a broken EXIF block must not lose the picture
        return 1
    return value if value in range(1, 9) else 1


def _exif(image: Image.Image) -> Image.Exif:
    """A PNG may carry EXIF behind its pixels, and Pillow decodes them all to look for it."""
    from PIL import Image

    file = getattr(image, "fp", None)
    if image.format == "PNG" and isinstance(file, io.BytesIO) and b"eXIf" not in file.getvalue():
        return Image.Image.getexif(image)
    return image.getexif()


def upright_size(image: Image.Image) -> tuple[int, int]:
    """Return (width, height) in pixels as a viewer shows the picture, after orientation."""
    width, height = image.size
    return (height, width) if orientation(image) in _SIDEWAYS else (width, height)


def decoded(image: Image.Image, origin: str) -> Image.Image:
    """Load the pixels of an image that `open_image` has opened.

    Raises:
        PrepareError: the data is truncated or damaged.
    """
    file = getattr(image, "fp", None)
    try:
        with QUIET:
            image.load()
    except Exception as error:
        raise _damaged(origin, str(error)) from error
    if image.mode in ("P", "PA") and image.palette is None:
        raise _damaged(origin, "it has no palette")
    if image.format == "PNG" and isinstance(file, io.BytesIO) and not png.is_whole(file.getvalue()):
        raise _damaged(origin, "pixels are missing or changed")
    return image


def _damaged(origin: str, reason: str) -> PrepareError:
    return PrepareError(f"{origin} is damaged or cut short: {reason}; open and save it again")


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


def plain(image: Image.Image) -> Image.Image:
    """Return the picture in a mode that can be shrunk: palettes looked up, deep greys scaled."""
    if _is_deep(image):
        return _deep_gray(image)
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
    if _is_deep(image):
        return _deep_gray(image).convert("RGB")
    if image.has_transparency_data:
        from PIL import Image

        layer = _to_srgb(_with_alpha(image))
        ground = Image.new("RGBA", image.size, (*background, _OPAQUE))
        return Image.alpha_composite(ground, layer).convert("RGB")
    return _to_srgb(image.convert("RGB") if image.mode == "P" else image).convert("RGB")


def is_transparent(image: Image.Image) -> bool:
    """Tell whether the background shows through any pixel; an opaque alpha channel hides it.

    >>> from PIL import Image
    >>> is_transparent(Image.new("RGBA", (1, 1), (0, 0, 0, 254)))
    True
    """
    if _is_deep(image) or not image.has_transparency_data:
        return False
    return _with_alpha(image).getchannel("A").getextrema() != (_OPAQUE, _OPAQUE)


def _with_alpha(image: Image.Image) -> Image.Image:
    """Return RGBA; what is premultiplied has to be divided first, which Pillow does not chain."""
    divided = {"La": "LA", "RGBa": "RGBA"}.get(image.mode)
    return (image.convert(divided) if divided else image).convert("RGBA")


def _is_deep(image: Image.Image) -> bool:
    return image.mode.startswith("I") or image.mode == "F"


def _deep_gray(image: Image.Image) -> Image.Image:
    import numpy as np
    from PIL import Image

    from vlm_notebook.images.stretch import to_uint8

    return Image.fromarray(to_uint8(np.asarray(image)))


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
