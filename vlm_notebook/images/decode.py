"""Encoded bytes -> upright RGB pixels, within limits and without surprises."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from vlm_notebook.errors import PrepareError, SourceError
from vlm_notebook.images import document, png, salvage, tiff, webp
from vlm_notebook.images.mended import mended
from vlm_notebook.images.quiet import QUIET
from vlm_notebook.images.sniff import PICTURES, refusal, sniff

if TYPE_CHECKING:
    from PIL import Image

FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "PPM", "AVIF", "JPEG2000")
"""What Pillow decodes; a JPEG with more behind it becomes an MPO. EPS would start Ghostscript."""

SHRINKING = frozenset({"JPEG", "MPO"})
"""What can be decoded at a half, a quarter and an eighth of its size."""

MAX_PIXELS = 89_478_485
"""Pillow's own warning limit: 256 MB of RGB pixels."""

_ORIENTATION_TAG = 0x0112
_SIDEWAYS = frozenset({5, 6, 7, 8})


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
    kind = sniff(data)
    if kind == "PDF":
        check_pixels(document.page_size(data, origin, frame), origin)
        return document.draw_page(data, origin, frame)
    if kind == "TIFF" and (page := tiff.page(data, frame)):
        return _rare(data, page, origin)
    image = document.open_heif(data, origin) if kind == "HEIF" else _opened(data, kind, origin)
    check_pixels(image.size, origin)
    if frame:
        _seek(image, frame, origin)
    return image


def _opened(data: bytes, kind: str | None, origin: str) -> Image.Image:
    from PIL import Image, UnidentifiedImageError

    if not data or (kind and kind not in PICTURES):
        raise SourceError(f"{origin} {refusal(kind) if kind else 'is empty: 0 bytes'}")
    try:
        with QUIET:
            return salvage.opened(data, kind, FORMATS)
    except Image.DecompressionBombError:
        raise _too_large(origin) from None
    except UnidentifiedImageError:
        raise _unread(origin, kind) from None
    except Exception as error:
        raise PrepareError(f"{origin} is damaged: its header cannot be read ({error})") from error


def _rare(data: bytes, page: tiff.Page, origin: str) -> Image.Image:
    """Return a page that Pillow alone does not read rightly, upright."""
    _check_page(page, origin)
    try:
        with QUIET:
            image = turned(tiff.opened(data, page), page.orientation)
    except Exception as error:
        raise _unread(origin, "TIFF") from error
    image.format = "TIFF"
    return image


def _check_page(page: tiff.Page, origin: str) -> None:
    check_pixels(page.size, origin)
    if page.is_too_large:
        raise PrepareError(
            f"{origin} has over {tiff.MAX_SAMPLES / 1e6:.0f} million deep samples: "
            "save it with 8 bits a sample, or shrink it first"
        )


def _unread(origin: str, kind: str | None) -> SourceError:
    if kind is None:
        return SourceError(
            f"{origin} is no picture that can be read here: use JPEG, PNG, WebP, GIF, BMP or TIFF"
        )
    return SourceError(
        f"{origin} is a {kind} that is damaged, cut short, without pixels or of a rare kind: "
        "save it again as PNG, or read it with another library and pass the array"
    )


def measured(data: bytes, origin: str, *, frame: int = 0) -> tuple[tuple[int, int], str]:
    """Return the upright (width, height) in pixels and the format, in Pillow's spelling.

    Raises:
        SourceError: it is empty or not a picture of an allowed format.
        PrepareError: it has no pixels, more than `MAX_PIXELS`, or no such frame.
    """
    if document.is_pdf(data):
        size = document.page_size(data, origin, frame)
        check_pixels(size, origin)
        return size, "PDF"
    if sniff(data) == "TIFF" and (page := tiff.page(data, frame)):
        _check_page(page, origin)
        return page.size, "TIFF"
    image = open_image(data, origin, frame=frame)
    return upright_size(image), image.format or "PNG"


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
        f"{origin}{of} is over the limit of {MAX_PIXELS / 1e6:.0f} million pixels: "
        "shrink it first, for example with `magick LARGE -resize 4096x4096 SMALL`"
    )


def orientation(image: Image.Image) -> int:
    """Return by which EXIF orientation, 1 to 8, the decoded pixels are still to be turned.

    Whatever is not valid counts as 1, and so does that of a TIFF, which Pillow turns itself.
    """
    return 1 if image.format == "TIFF" else marked_orientation(image)


def marked_orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 to 8, as it stands in the file; 1 where it is not valid."""
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
    if image.format != "PNG" or not isinstance(file, io.BytesIO):
        return image.getexif()
    if "exif" not in image.info and (found := png.exif(file.getvalue())):
        image.info["exif"] = b"Exif\0\0" + found
    return Image.Image.getexif(image)


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
    data = file.getvalue() if isinstance(file, io.BytesIO) else b""
    extent = getattr(image, "dispose_extent", None) if image.format == "GIF" else None
    try:
        with QUIET:
            image = webp.loaded(image) or image
            image.load()
    except Exception as error:
        raise _damaged(origin, str(error)) from error
    if image.mode in ("P", "PA") and image.palette is None:
        raise _damaged(origin, "it has no palette")
    if image.format == "PNG" and data and not png.is_whole(data):
        raise _damaged(origin, "pixels are missing or changed")
    return mended(image, data, extent)


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
