"""A document or an animation -> its pictures, one by one."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vlm_notebook.errors import PrepareError
from vlm_notebook.images import decode, document, frames
from vlm_notebook.images.source import load

if TYPE_CHECKING:
    from vlm_notebook.images.source import ImageSource

_OF_ONE_SIZE = frozenset({"GIF", "PNG", "WEBP", "AVIF"})
"""Formats whose pictures all have the canvas's size, so that none has to be looked at."""


def pages(
    image: Any, *, max_pages: int = 20, allow_private: bool = False
) -> tuple[ImageSource, ...]:
    """Return the pages of a PDF or TIFF, or the frames of an animation, in order.

    Args:
        image: anything `load` takes. A PDF needs `pip install "vlm-notebook[pdf]"`; its pages are
            drawn at 150 dpi.
        max_pages: how many are returned at most, from the first; a warning says how many there
            are when some are left out.
        allow_private: let an http(s) URL lead to this machine or its private network.

    Raises:
        SourceError: there is no such picture, or it is of no kind that can be read.
        PrepareError: it is damaged, a page has too many pixels, or `max_pages` is below 1.

    >>> import numpy
    >>> [page.frame for page in pages(numpy.zeros((48, 64), "uint8"))]
    [0]
    """
    if max_pages < 1:
        raise PrepareError(f"max_pages is {max_pages}: give a number of pages above 0")
    source = load(image, allow_private=allow_private)
    total = _count(source)
    if total > max_pages:
        warnings.warn(
            f"{source.origin} has {total} pages: only the first {max_pages} are returned; "
            f"max_pages={total} returns all",
            stacklevel=2,
        )
    return tuple(_page(source, number, total) for number in range(min(total, max_pages)))


def _count(source: ImageSource) -> int:
    if source.format == "PDF":
        return document.page_count(source.data, source.origin)
    return frames.count(decode.open_image(source.data, source.origin), source.data)


def _page(source: ImageSource, number: int, total: int) -> ImageSource:
    if total == 1:
        return source
    page = replace(source, frame=number) if source.format in _OF_ONE_SIZE else source.at(number)
    return replace(page, origin=f"{source.origin}, page {number + 1}")
