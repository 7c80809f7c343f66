"""A path, a URL, bytes, pixels, a figure or an upload -> ImageSource."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from vlm_notebook.errors import SourceError
from vlm_notebook.images import decode

if TYPE_CHECKING:
    import os

MAX_FILE_BYTES = 200_000_000
"""A 48 MP photograph is 20 MB; a scan in TIFF can be 150 MB; more is a mistake."""


@dataclass(frozen=True, slots=True)
class ImageSource:
    """A picture as it was handed over, still encoded.

    Attributes:
        data: the encoded bytes.
        size: (width, height) in pixels, after orientation.
        format: the file format in Pillow's spelling, such as "JPEG".
        origin: where it came from, in words: a file's name, a host, "bytes", "array" …
        sha256: of `data`, as 64 hexadecimal digits.
        url: the http(s) URL it was downloaded from, else None.
    """

    data: bytes = field(repr=False)
    size: tuple[int, int]
    format: str
    origin: str
    sha256: str
    url: str | None = None

    @classmethod
    def of(cls, data: bytes, origin: str, url: str | None = None) -> ImageSource:
        """Look at the header of `data` and describe it.

        Raises:
            ImageError: it is not a picture that can be used.
        """
        image = decode.open_image(data, origin)
        digest = hashlib.sha256(data).hexdigest()
        size = decode.upright_size(image)
        return cls(data, size, image.format or "PNG", origin, digest, url)


def load(image: Any, *, allow_private: bool = False) -> ImageSource:
    """Take a picture in any form a notebook has it in.

    Args:
        image: a path, an http(s) or data URL, bytes or a binary file, a PIL image, a numpy array
            (H x W or H x W x 1|3|4; uint8, or float in [0, 1]), a matplotlib figure, the value of
            an ipywidgets upload, an object with a `_repr_png_`, or an `ImageSource`.
        allow_private: let an http(s) URL lead to this machine or its private network.

    Raises:
        SourceError: there is no such picture, or it is of no kind that can be read.
        PrepareError: it has too many pixels, or none.

    >>> import numpy
    >>> load(numpy.zeros((48, 64), "uint8")).size
    (64, 48)
    """
    if isinstance(image, ImageSource):
        return image
    if isinstance(image, str):
        return _from_text(image, allow_private=allow_private)
    if isinstance(image, Path):
        return _from_path(image)
    if isinstance(image, (bytes, bytearray, memoryview)):
        return ImageSource.of(bytes(image), "the given bytes")
    if isinstance(image, (list, tuple, Mapping)):
        return _from_upload(image)
    return _from_object(image)


def _from_text(text: str, *, allow_private: bool) -> ImageSource:
    scheme = text.lstrip()[:8].lower()
    if scheme.startswith("data:"):
        from vlm_notebook.images.dataurl import parse

        return ImageSource.of(parse(text)[1], "the data URL")
    if scheme.startswith(("http:/", "https:/")):
        from vlm_notebook.images.fetch import fetch

        download = fetch(text, allow_private=allow_private, max_bytes=MAX_FILE_BYTES)
        return ImageSource.of(download.data, _url_name(text), text.strip())
    if not text.strip():
        raise SourceError("the path of the picture is empty: give a file's name or a URL")
    return _from_path(Path(text))


def _url_name(url: str) -> str:
    parts = urlsplit(url)
    return PurePosixPath(unquote(parts.path)).name or parts.hostname or "the URL"


def _from_path(path: Path) -> ImageSource:
    name = path.name or str(path)
    path = path.expanduser()
    try:
        _check_file(path.stat(), name)
        data = path.read_bytes()
    except FileNotFoundError:
        raise SourceError(
            f"there is no file {str(path)!r} in {Path.cwd()}: check the path"
        ) from None
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SourceError(f"{name!r} cannot be read: {reason}") from error
    return ImageSource.of(data, name)


def _check_file(status: os.stat_result, name: str) -> None:
    """A FIFO or a device could block for ever or never end, so only files are opened."""
    if stat.S_ISDIR(status.st_mode):
        raise SourceError(f"{name!r} is a directory: name a picture in it")
    if not stat.S_ISREG(status.st_mode):
        raise SourceError(f"{name!r} is not a regular file, so it is not opened")
    if status.st_size > MAX_FILE_BYTES:
        raise SourceError(
            f"{name!r} has {status.st_size / 1e6:.0f} MB, over the limit of "
            f"{MAX_FILE_BYTES / 1e6:.0f} MB: shrink it first"
        )


def _from_upload(value: Any) -> ImageSource:
    """Read a FileUpload's value: in ipywidgets 8 a tuple of dicts, in 7 a dict of dicts by name."""
    files = list(value.values()) if isinstance(value, Mapping) and "content" not in value else value
    files = [files] if isinstance(files, Mapping) else list(files)
    if len(files) != 1 or not isinstance(files[0], Mapping) or "content" not in files[0]:
        raise SourceError(
            f"a {type(value).__name__} of {len(files)} is not one picture: "
            "give pictures one by one, or the value of an upload with one file"
        )
    entry = files[0]
    name = entry.get("name") or entry.get("metadata", {}).get("name") or "the upload"
    return ImageSource.of(bytes(entry["content"]), str(name))


def _from_object(image: Any) -> ImageSource:
    from vlm_notebook.images import pixels

    kinds = {f"{kind.__module__.split('.')[0]}.{kind.__name__}" for kind in type(image).__mro__}
    if "PIL.Image" in kinds:
        return ImageSource.of(pixels.png_of_pil(image), "the PIL image")
    if "numpy.ndarray" in kinds:
        return ImageSource.of(pixels.png_of_array(image), "the array")
    if "matplotlib.Figure" in kinds:
        return ImageSource.of(pixels.png_of_figure(image), "the figure")
    if callable(getattr(image, "read", None)):
        return _from_stream(image)
    if callable(getattr(image, "_repr_png_", None)) and (png := image._repr_png_()):
        return ImageSource.of(bytes(png), type(image).__name__)
    raise SourceError(
        f"{type(image).__name__} is not a picture: give a path, a URL, bytes, a PIL image, "
        "an array, a figure or an upload"
    )


def _from_stream(stream: Any) -> ImageSource:
    if callable(getattr(stream, "seek", None)):
        stream.seek(0)
    data = stream.read(MAX_FILE_BYTES + 1)
    if not isinstance(data, bytes):
        raise SourceError("the stream gives text, not bytes: open the file with mode 'rb'")
    if len(data) > MAX_FILE_BYTES:
        raise SourceError(f"the stream is over the limit of {MAX_FILE_BYTES / 1e6:.0f} MB")
    return ImageSource.of(data, Path(str(getattr(stream, "name", "the stream"))).name)
