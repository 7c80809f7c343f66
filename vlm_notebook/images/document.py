"""A PDF's pages and HEIC photographs, through libraries that are installed as extras."""

from __future__ import annotations

import io
from contextlib import contextmanager
from importlib import import_module
from threading import Lock
from typing import TYPE_CHECKING, Any

from vlm_notebook.errors import PrepareError, SourceError
from vlm_notebook.images.quiet import QUIET
from vlm_notebook.images.sniff import refusal, sniff

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

DPI = 150
"""Small print of a page stays readable, and an A4 page has 1240 x 1754 pixels."""

MAX_PAGE_PIXELS = 40_000_000
"""An A0 poster at 150 dpi; pdfium needs 4 bytes a pixel beside the picture's own 3."""

_POINTS_PER_INCH = 72
_PDFIUM = Lock()
"""Pdfium keeps global state: it may be used by one thread at a time."""


def is_pdf(data: bytes) -> bool:
    """Tell whether the file is a PDF."""
    return sniff(data) == "PDF"


def open_heif(data: bytes, origin: str) -> Image.Image:
    """Return a lazily decoded Pillow image of a HEIC photograph; nothing is registered in Pillow.

    Raises:
        SourceError: the extra is not installed.
        PrepareError: the file is damaged.
    """
    library = _library("pillow_heif", "HEIF", origin)
    try:
        with QUIET:
            image: Image.Image = library.HeifImageFile(io.BytesIO(data))
    except Exception as error:
        raise PrepareError(f"{origin} is damaged: its header cannot be read ({error})") from error
    return image


def page_count(data: bytes, origin: str) -> int:
    """Return how many pages a PDF has.

    Raises:
        SourceError: the extra is not installed.
        PrepareError: the PDF is damaged or wants a password.
    """
    with _pdf(data, origin) as pages:
        return len(pages)


def page_size(data: bytes, origin: str, page: int) -> tuple[int, int]:
    """Return (width, height) in pixels of a PDF's page as it is drawn; `page` counts from 0.

    Raises:
        SourceError: the extra is not installed.
        PrepareError: the PDF is damaged or wants a password, or has no such page.
    """
    with _pdf(data, origin) as pages:
        return _drawn_size(_page(pages, page, origin), _scale(_page(pages, page, origin)))


def draw_page(data: bytes, origin: str, page: int) -> Image.Image:
    """Return a PDF's page as RGB pixels on white, at `DPI` or what `MAX_PAGE_PIXELS` leaves.

    Raises:
        SourceError: the extra is not installed.
        PrepareError: the PDF is damaged or wants a password, or has no such page.
    """
    with _pdf(data, origin) as pages:
        found = _page(pages, page, origin)
        drawn: Image.Image = found.render(scale=_scale(found), rev_byteorder=True).to_pil()
        return drawn.convert("RGB")  # a copy: the bitmap's own memory goes with the document


@contextmanager
def _pdf(data: bytes, origin: str) -> Iterator[Any]:
    library = _library("pypdfium2", "PDF", origin)
    try:
        with _PDFIUM, QUIET, library.PdfDocument(data) as pages:
            yield pages
    except library.PdfiumError as error:
        raise PrepareError(f"{origin} is damaged or wants a password: {error}") from error


def _page(pages: Any, page: int, origin: str) -> Any:
    if not 0 <= page < len(pages):
        raise PrepareError(f"{origin} has no page {page}: it has {len(pages)}, count from 0")
    return pages[page]


def _scale(page: Any) -> float:
    """Return the pixels per point."""
    usual = DPI / _POINTS_PER_INCH
    pixels = max(1.0, page.get_width() * page.get_height()) * usual**2
    return float(usual * min(1.0, (MAX_PAGE_PIXELS / pixels) ** 0.5))


def _drawn_size(page: Any, scale: float) -> tuple[int, int]:
    """Return what pdfium rounds the size to: up."""
    return -int(-page.get_width() * scale // 1), -int(-page.get_height() * scale // 1)


def _library(name: str, kind: str, origin: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        raise SourceError(f"{origin} {refusal(kind)}") from None
