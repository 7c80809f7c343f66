"""What lies in a tray: a picture, its caption, and the region of it that is asked about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vlm_notebook.images.encode import encode
from vlm_notebook.images.fit import Wish, fitted
from vlm_notebook.images.prepare import prepare
from vlm_notebook.images.region import Box, crop
from vlm_notebook.limits import Limits
from vlm_notebook.markup.card import Picture

if TYPE_CHECKING:
    from vlm_notebook.images.encode import Encoded
    from vlm_notebook.images.source import ImageSource

LARGE_PX = 1600
"""The longer side of the view in which a region is chosen."""

_MAX_LARGE_BYTES = 1_500_000


@dataclass(frozen=True, slots=True)
class TrayItem:
    """A picture in a tray.

    Attributes:
        id: its number in this tray; no other picture ever gets it.
        source: the whole picture, as it was added.
        caption: what is said of it, or nothing.
        region: (left, top, right, bottom) in pixels of `source`, or None for all of it.
        shrunk_from: (width, height) in pixels before the browser shrank it, or None.
    """

    id: int
    source: ImageSource
    caption: str = ""
    region: Box | None = None
    shrunk_from: tuple[int, int] | None = None

    @property
    def image(self) -> ImageSource:
        """What is asked about: the picture, or its region."""
        return crop(self.source, self.region) if self.region else self.source

    def picture(self) -> Picture:
        """Return a thumbnail for a card.

        Raises:
            ImageError: the picture is damaged.
        """
        width, height = self.source.size
        return Picture(thumbnail(self.source), self.source.origin, f"{width}x{height}")

    def told(self) -> dict[str, Any]:
        """Return what a front end has to know, without pixels."""
        return {
            "id": self.id,
            "name": self.source.origin,
            "size": self.source.size,
            "caption": self.caption,
            "region": self.region,
            "shrunk_from": self.shrunk_from,
        }


def thumbnail(source: ImageSource) -> bytes:
    """Return a small JPEG of the whole picture.

    Raises:
        ImageError: the picture is damaged.
    """
    return prepare(source, detail="low").thumbnail()


def large(source: ImageSource) -> Encoded:
    """Return the whole picture, at most `LARGE_PX` a side, as JPEG or PNG.

    Raises:
        ImageError: the picture is damaged.
    """
    return encode(fitted(source, Wish(Limits(LARGE_PX))).image, _MAX_LARGE_BYTES)
