"""Decode, turn, flatten, fit and encode within a byte budget -> PreparedImage."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from vlm_notebook import detail as levels
from vlm_notebook.errors import PrepareError
from vlm_notebook.images import decode
from vlm_notebook.images.encode import encode, jpeg
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
        return decode.decoded(decode.open_image(self.data, self.origin), self.origin)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        encoded = base64.b64encode(self.data).decode("ascii")
        return {self.media_type: encoded, "text/plain": repr(self)}


def prepare(
    image: Any, *, detail: str = "auto", model: str | None = None, max_bytes: int = MAX_BYTES
) -> PreparedImage:
    """Turn a picture into the bytes a model gets: upright, on white, fitted, without metadata.

    Args:
        image: anything `load` takes, or a `PreparedImage`, which is returned as it is.
        detail: "low", "high" or "auto": how many pixels are kept.
        model: the model's id; the embedded model is given more pixels.
        max_bytes: the result has at most so many bytes, 1,000,000 by default.

    Raises:
        SourceError: there is no such picture, or it is of no kind that can be read.
        PrepareError: it is damaged, too large, or does not fit in `max_bytes`.
        ModelError: `detail` is not a level.

    The same picture gives the same bytes.

    >>> import numpy
    >>> prepare(numpy.zeros((3024, 4032), "uint8"), detail="low").steps[0]
    '4032x3024 to 512x384'
    """
    limits = levels.limits(levels.check(detail), model)
    if isinstance(image, PreparedImage):
        return image
    if max_bytes <= 0:
        raise PrepareError(f"max_bytes is {max_bytes}: give a number of bytes above 0")
    return _prepared(load(image), limits, max_bytes)


@lru_cache(maxsize=16)
def _prepared(source: ImageSource, limits: levels.Limits, max_bytes: int) -> PreparedImage:
    image = decode.open_image(source.data, source.origin)
    value = decode.orientation(image)
    steps = [] if value == 1 else [_turning(value)]
    target = limits.fit(*source.size)
    image.draft("RGB", target if value not in range(5, 9) else (target[1], target[0]))
    image = decode.turned(decode.decoded(image, source.origin), value)
    if decode.is_transparent(image):
        steps.append("transparent background made white")
    image = decode.to_rgb(image)
    if source.size != target:
        steps.append(f"{_by(source.size)} to {_by(target)}")
    if image.size != target:
        image = image.resize(target, _lanczos(), reducing_gap=2.0)
    encoded = encode(image, max_bytes)
    if encoded.size != target:
        steps.append(f"{_by(target)} to {_by(encoded.size)} to fit in {max_bytes} bytes")
    steps.append(f"{encoded.how}, {_kilobytes(len(encoded.data))}")
    digest = hashlib.sha256(encoded.data).hexdigest()
    return PreparedImage(
        encoded.data,
        encoded.media_type,
        encoded.size,
        source.size,
        digest,
        tuple(steps),
        source.origin,
        source.url,
    )


def _lanczos() -> Image.Resampling:
    from PIL.Image import Resampling

    return Resampling.LANCZOS


def _turning(value: int) -> str:
    return {3: "turned by 180 degrees", 6: "turned by 90 degrees", 8: "turned by 270 degrees"}.get(
        value, "mirrored and turned as its EXIF data says"
    )


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"


def _kilobytes(nbytes: int) -> str:
    digits = 1 if nbytes < _FEW_BYTES else 0
    return f"{nbytes / 1000:.{digits}f} kB"


@lru_cache(maxsize=64)
def _thumbnail(data: bytes) -> bytes:
    image = decode.open_image(data, "the picture")
    image.draft("RGB", (THUMBNAIL_PX, THUMBNAIL_PX))
    image.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
    return jpeg(image.convert("RGB"), _THUMBNAIL_QUALITY)
