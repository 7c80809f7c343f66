"""What an object shows of itself in a notebook -> the picture's encoded bytes."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from vlm_notebook.errors import SourceError

_MEDIA_TYPES = ("image/png", "image/jpeg")


def attribute(image: object, name: str) -> Any:
    """Return an attribute; None where there is none or it cannot be had."""
    try:
        return getattr(image, name, None)
    except Exception:  # noqa: BLE001 - a foreign object's own code
        return None


def encoded(image: object) -> bytes | None:
    r"""Return the file an object has in `.data`, or else the one it draws; None where it does not.

    Args:
        image: what IPython could show: an object with `_repr_png_`, `_repr_jpeg_` or
            `_repr_mimebundle_`, which give bytes or base64, with or without metadata beside them.

    Raises:
        SourceError: its own code fails, or gives a text that is not base64.

    >>> class Plot:
    ...     def _repr_png_(self):
    ...         return "iVBORw0KGgo="
    >>> encoded(Plot())
    b'\x89PNG\r\n\x1a\n'
    """
    data = attribute(image, "data")
    if isinstance(data, bytes) and data:
        return data
    if isinstance(image, type):
        return None
    for drawn in (_drawn(image, "_repr_png_"), _drawn(image, "_repr_jpeg_"), _bundled(image)):
        found = drawn[0] if isinstance(drawn, tuple) and drawn else drawn
        if isinstance(found, str) and found:
            return _unbase64(found, image)
        if isinstance(found, bytes) and found:
            return found
    return None


def _drawn(image: object, method: str) -> Any:
    draw = attribute(image, method)
    if not callable(draw):
        return None
    try:
        return draw()
    except Exception as error:
        raise SourceError(f"the {type(image).__name__} cannot be drawn: {error}") from error


def _bundled(image: object) -> Any:
    bundle = _drawn(image, "_repr_mimebundle_")
    bundle = bundle[0] if isinstance(bundle, tuple) and bundle else bundle
    if not isinstance(bundle, dict):
        return None
    return next((bundle[kind] for kind in _MEDIA_TYPES if bundle.get(kind)), None)


def _unbase64(text: str, image: object) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise SourceError(f"the {type(image).__name__} shows a text that is no picture") from None
