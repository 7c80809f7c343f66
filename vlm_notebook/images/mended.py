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
    if image.format == "TIFF":
        _note_greys(image)
    if image.format == "PNG" and image.mode in _MODES_WITH_KEY:
        _scale_key(image, data[_BIT_DEPTH_AT])
    if extent not in (None, (0, 0, *image.size)) and image.mode == "P":
        return _on_screen(image, extent)
    return image


def _note_greys(image: Any) -> None:
    photometric = image.tag_v2.get(_PHOTOMETRIC)
    if image.mode.startswith("I") and photometric == 0:
        image.info[NEGATIVE] = True
    if image.mode == "I" and image.tag_v2.get(_SAMPLE_FORMAT, (1,)) in (1, (1,)):
        image.info[UNSIGNED] = True


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
