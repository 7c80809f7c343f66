"""What Pillow leaves as the file says it, put right before the pixels are used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image

NEGATIVE = "vlm_negative"
"""Key in a picture's `info`: its deep greys run from white to black."""

UNSIGNED = "vlm_unsigned"
"""Key in a picture's `info`: its 32-bit greys have no sign, which Pillow has no mode for."""

_PHOTOMETRIC, _SAMPLE_FORMAT = 262, 339
_BIT_DEPTH_AT = 24
_DEEP_BITS = 16
_BYTE_BITS = 8
_MODES_WITH_KEY = frozenset({"L", "RGB"})


def mended(
    image: Image.Image, data: bytes, extent: tuple[int, int, int, int] | None
) -> Image.Image:
    """Return a loaded picture with the right colour key, and notes on deep greys in its `info`.

    Args:
        image: a PNG, TIFF, GIF or anything else.
        data: its file.
        extent: left, top, right and bottom of what a GIF's frame covers of its screen.
    """
    if image.format == "TIFF" and hasattr(image, "tag_v2"):
        return _signed(image) if _is_signed(image) else _noted(image)
    if image.format == "PNG" and image.mode in _MODES_WITH_KEY:
        _scale_key(image, data[_BIT_DEPTH_AT])
    if image.format == "PNG" and image.mode == "P":
        _cut_alphas(image)
    if extent not in (None, (0, 0, *image.size)) and image.mode == "P":
        return _on_screen(image, extent)
    return image


def _noted(image: Any) -> Any:
    if (image.mode.startswith("I") or image.mode == "F") and not image.tag_v2.get(_PHOTOMETRIC, 1):
        image.info[NEGATIVE] = True
    if image.mode == "I" and image.tag_v2.get(_SAMPLE_FORMAT, (1,)) in (1, (1,)):
        image.info[UNSIGNED] = True
    return image


def _is_signed(image: Any) -> bool:
    return image.mode == "L" and image.tag_v2.get(_SAMPLE_FORMAT) in (2, (2,))


def _signed(image: Image.Image) -> Image.Image:
    """Return greys of -128 to 127 as such: Pillow shows the negative ones as the lightest."""
    import numpy as np
    from PIL import Image

    greys = Image.fromarray(np.asarray(image).view(np.int8).astype(np.int32))
    greys.format = image.format
    return greys


def _cut_alphas(image: Image.Image) -> None:
    """A palette may have fewer colours than the file gives alphas for."""
    alphas, palette = image.info.get("transparency"), image.palette
    if isinstance(alphas, bytes) and palette:
        image.info["transparency"] = alphas[: len(palette.palette) // len(palette.mode)]


def _scale_key(image: Image.Image, depth: int) -> None:
    """A PNG's colour key has the file's depth, the decoded pixels have 8 bits."""
    key = image.info.get("transparency")
    if isinstance(key, int) and depth < _BYTE_BITS:
        image.info["transparency"] = key * 255 // (2**depth - 1)
    elif isinstance(key, tuple) and depth == _DEEP_BITS:
        image.info["transparency"] = tuple(value >> _BYTE_BITS for value in key)


def _on_screen(image: Image.Image, extent: Any) -> Image.Image:
    """Return a GIF's first frame with nothing where it does not cover the screen."""
    from PIL import Image

    screen = Image.new("RGBA", image.size)
    screen.paste(image.crop(extent).convert("RGBA"), extent[:2])
    screen.format = image.format
    return screen
