"""Decode, turn, flatten, fit and encode within a byte budget -> PreparedImage."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from vlm_notebook import detail as levels
from vlm_notebook.errors import PrepareError
from vlm_notebook.images import color, decode
from vlm_notebook.images.encode import Encoded, encode, jpeg
from vlm_notebook.images.fit import Wish, by, fitted
from vlm_notebook.images.passing import MEDIA_TYPES, passes
from vlm_notebook.images.source import ImageSource, load

if TYPE_CHECKING:
    from PIL import Image

MAX_BYTES = 1_000_000
"""The reference provider takes pictures of at most 1 MB."""

THUMBNAIL_PX = 320
"""Twice the 160 CSS pixels a thumbnail is shown at, for screens of double density."""

_THUMBNAIL_QUALITY = 70
_FEW_BYTES = 10_000


@dataclass(frozen=True, slots=True)
class PreparedImage:
    """A picture exactly as a model gets it.

    Attributes:
        data: the encoded bytes, without any metadata.
        media_type: "image/jpeg" or "image/png".
        size: (width, height) in pixels.
        original_size: (width, height) in pixels before it was fitted, after orientation.
        sha256: of `data`, as 64 hexadecimal digits.
        steps: what was done, in words.
        origin: where the picture came from, in words.
        url: the http(s) URL it came from, else None.
    """

    data: bytes = field(repr=False)
    media_type: str
    size: tuple[int, int]
    original_size: tuple[int, int]
    sha256: str = field(repr=False)
    steps: tuple[str, ...]
    origin: str
    url: str | None = field(default=None, repr=False)

    @property
    def nbytes(self) -> int:
        """How many bytes travel."""
        return len(self.data)

    @property
    def data_url(self) -> str:
        """The picture as a base64 `data:` URL."""
        return f"data:{self.media_type};base64,{base64.b64encode(self.data).decode('ascii')}"

    def thumbnail(self) -> bytes:
        """Return a small JPEG, at most `THUMBNAIL_PX` pixels a side."""
        return _thumbnail(self.data)

    def to_pil(self) -> Image.Image:
        """Return the pixels as an RGB Pillow image."""
        image = decode.decoded(decode.open_image(self.data, self.origin), self.origin)
        return image.convert("RGB")

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        encoded = base64.b64encode(self.data).decode("ascii")
        return {self.media_type: encoded, "text/plain": repr(self)}


def prepare(
    image: Any,
    *,
    detail: str = "auto",
    model: str | None = None,
    max_bytes: int = MAX_BYTES,
    exact: bool = False,
    background: tuple[int, int, int] = color.WHITE,
    frame: int = 0,
) -> PreparedImage:
    """Turn a picture into the bytes a model gets: upright, opaque, fitted, without metadata.

    Args:
        image: anything `load` takes, or a `PreparedImage`, which is returned as it is.
        detail: "low", "high" or "auto", or "original" where the model has it: how many pixels
            are kept.
        model: the model's id: each family keeps another number of pixels.
        max_bytes: the result has at most so many bytes, 1,000,000 by default.
        exact: the full number of pixels with the better filter at JPEG quality 85, which comes
            closest to what plain resizing and saving gives; otherwise up to 6 % fewer a side
            where a JPEG decodes itself to that size for nearly nothing.
        background: red, green and blue, 0 to 255, of what transparency is put on.
        frame: which picture of an animation or of several pages, from 0.

    Raises:
        SourceError: there is no such picture, or it is of no kind that can be read.
        PrepareError: it is damaged, too large, has no such frame, or does not fit in `max_bytes`.
        ModelError: `detail` is not a level, or none of the model's.

    The same picture gives the same bytes. A file that fits already and holds nothing but the
    picture goes through untouched.

    >>> import numpy
    >>> prepare(numpy.zeros((3024, 4032), "uint8"), detail="low").steps[0]
    '4032x3024 to 512x384'
    """
    limits = levels.limits(levels.check(detail, model), model)
    if isinstance(image, PreparedImage):
        return image
    if max_bytes <= 0:
        raise PrepareError(f"max_bytes is {max_bytes}: give a number of bytes above 0")
    return _prepared(load(image, frame=frame), Wish(limits, exact, background), max_bytes)


@lru_cache(maxsize=32)
def _prepared(source: ImageSource, wish: Wish, max_bytes: int) -> PreparedImage:
    fits = wish.limits.fit(*source.size) == source.size and len(source.data) <= max_bytes
    if fits and passes(source):
        encoded = Encoded(source.data, MEDIA_TYPES[source.format], source.size, "untouched")
        return _described(source, encoded, ())
    got = fitted(source, wish)
    encoded = encode(got.image, max_bytes)
    squeezed = f"{by(got.image.size)} to {by(encoded.size)} to fit in {max_bytes} bytes"
    steps = (*got.steps, squeezed) if encoded.size != got.image.size else got.steps
    return _described(source, encoded, steps)


def _described(source: ImageSource, encoded: Encoded, steps: tuple[str, ...]) -> PreparedImage:
    data = encoded.data
    return PreparedImage(
        data,
        encoded.media_type,
        encoded.size,
        source.size,
        hashlib.sha256(data).hexdigest(),
        (*steps, f"{encoded.how}, {_kilobytes(len(data))}"),
        source.origin,
        None if source.box else source.url,  # the address leads to the whole picture
    )


def _kilobytes(nbytes: int) -> str:
    digits = 1 if nbytes < _FEW_BYTES else 0
    return f"{nbytes / 1000:.{digits}f} kB"


@lru_cache(maxsize=64)
def _thumbnail(data: bytes) -> bytes:
    image = decode.open_image(data, "the picture")
    image.draft("RGB", (THUMBNAIL_PX, THUMBNAIL_PX))
    image.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
    return jpeg(image.convert("RGB"), _THUMBNAIL_QUALITY)
