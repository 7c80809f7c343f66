"""Pictures that live in Python's memory -> encoded bytes, losslessly."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from vlm_notebook.errors import PrepareError, SourceError
from vlm_notebook.images.color import to_rgb
from vlm_notebook.images.decode import check_pixels, orientation, turned
from vlm_notebook.images.quiet import QUIET
from vlm_notebook.images.stretch import to_uint8

if TYPE_CHECKING:
    from PIL import Image

_PNG_MODES = frozenset({"1", "L", "LA", "P", "RGB", "RGBA", "I;16"})
_MAX_CHANNELS = 4
_PLANE = 2
_STACK = 3


def png_of_pil(image: Image.Image) -> bytes:
    """Return the upright picture as an uncompressed PNG: writing it costs a copy, not a search.

    Raises:
        SourceError: the image's file was closed before its pixels were read.
        PrepareError: it has no pixels or too many.
    """
    check_pixels(image.size, "the PIL image")
    try:
        with QUIET:
            image.load()
    except Exception as error:
        raise SourceError(
            f"the PIL image cannot be read ({error}): call its .load() before closing the file"
        ) from error
    upright = turned(image, orientation(image))
    profile = image.info.get("icc_profile")
    profile = profile if isinstance(profile, bytes) else None
    if upright.mode not in _PNG_MODES:
        upright, profile = _plain(upright), None
    buffer = io.BytesIO()
    try:
        upright.save(buffer, "PNG", compress_level=0, icc_profile=profile)
    except Exception as error:
        raise PrepareError(f"the PIL image cannot be copied: {error}") from error
    return buffer.getvalue()


def _plain(image: Image.Image) -> Image.Image:
    """Return a mode that PNG knows; transparency lies on white already."""
    try:
        return to_rgb(image)
    except (ValueError, OSError) as error:
        raise SourceError(f"a PIL image of mode {image.mode} is not read: {error}") from error


def png_of_array(array: Any) -> bytes:
    """Return a numpy array as PNG.

    Args:
        array: H x W, H x W x 1, 2 (grey and alpha), 3 or 4; uint8 as it is, bool as black and
            white, float in [0, 1]; `stretch.to_uint8` says what other numbers mean.

    Raises:
        SourceError: the array has no such shape, or its values are no numbers.
        PrepareError: it has no pixels or too many.
    """
    from PIL import Image

    _check_array(array)
    pixels = _as_uint8(array)
    if pixels.ndim == _STACK and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    return png_of_pil(Image.fromarray(pixels))


def _check_array(array: Any) -> None:
    if array.dtype.kind not in "buif":
        raise SourceError(
            f"an array of {array.dtype} is not a picture: use uint8, or float in [0, 1]"
        )
    channels = array.shape[2] if array.ndim == _STACK else 1
    if array.ndim not in (_PLANE, _STACK) or not 1 <= channels <= _MAX_CHANNELS:
        raise SourceError(
            f"an array of shape {array.shape} is not a picture: use (height, width) "
            "or (height, width, channels) with 1, 3 or 4 channels"
        )
    check_pixels((array.shape[1], array.shape[0]), "the array")


def _as_uint8(array: Any) -> Any:
    import numpy as np

    if array.dtype == np.uint8:
        return np.ascontiguousarray(array)
    if array.dtype.kind == "b":
        return array.astype(np.uint8) * 255
    return to_uint8(array)


def png_of_figure(figure: Any) -> bytes:
    """Return a matplotlib figure as it would be saved, with its own size and dpi.

    Raises:
        PrepareError: the drawing would have no pixels or too many, or fails to draw.
    """
    width, height = figure.get_size_inches() * figure.dpi
    check_pixels((int(width), int(height)), "the figure")
    buffer = io.BytesIO()
    try:
        with QUIET:
            figure.savefig(buffer, format="png", dpi=figure.dpi, metadata={"Software": None})
    except Exception as error:
        raise PrepareError(f"the figure cannot be drawn: {error}") from error
    return buffer.getvalue()
