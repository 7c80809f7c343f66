"""Which files may go to a model untouched: sound, and with nothing private inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlm_notebook.images.jpeg import is_plain_jpeg
from vlm_notebook.images.png import is_plain_png

if TYPE_CHECKING:
    from vlm_notebook.images.source import ImageSource

MEDIA_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png"}


def passes(source: ImageSource) -> bool:
    """Tell whether a file is sound and holds nothing but the picture.

    Every byte of it is accounted for by what decoding needs, but for what only decoding itself
    would show: surplus bits at the end of a JPEG's scan, and colours of a palette no pixel has.
    """
    if source.box:
        return False
    if source.format == "JPEG":
        return is_plain_jpeg(source.data, source.size)
    return source.format == "PNG" and is_plain_png(source.data)
