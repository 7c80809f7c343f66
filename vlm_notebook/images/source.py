"""A path, a URL, bytes, pixels, a figure or an upload -> ImageSource."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from vlm_notebook.errors import PrepareError, SourceError
from vlm_notebook.images import decode
from vlm_notebook.images.sniff import refusal, sniff

MAX_FILE_BYTES = 200_000_000
"""A 48 MP photograph is 20 MB; a scan in TIFF can be 150 MB; more is a mistake."""

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+://")
_MISLEADING = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""Line breaks, terminal codes and changes of direction, which move what stands around them."""

_NAME_CHARS = 100
_PATH_BYTES = 4096


@dataclass(frozen=True, slots=True)
class ImageSource:
    """A picture as it was handed over, still encoded.

    Attributes:
        data: the encoded bytes.
        size: (width, height) in pixels, after orientation.
        format: the file format in Pillow's spelling, such as "JPEG".
        origin: where it came from, in words: a file's name, a host, "the array" …
        url: the http(s) URL it was downloaded from, else None.
        frame: which picture of an animation or of several pages it is, from 0.
        path: the file it was read from, as it was given, else None.
        box: of a region, where it lies in the picture that `data` holds: (left, top, right,
            bottom) in pixels after orientation; None for the whole picture.
    """

    data: bytes = field(repr=False, hash=False)  # comparing is faster than a checksum
    size: tuple[int, int]
    format: str
    origin: str
    url: str | None = field(default=None, repr=False)
    frame: int = 0
    path: str | None = field(default=None, repr=False, compare=False)
    box: tuple[int, int, int, int] | None = field(default=None, repr=False)

    @classmethod
    def of(cls, data: bytes, origin: str, url: str | None = None, *, frame: int = 0) -> ImageSource:
        """Look at the header of `data` and describe it.

        Raises:
            ImageError: it is not a picture that can be used.
        """
        size, kind = decode.measured(data, origin, frame=frame)
        return cls(data, size, kind, origin, url, frame)

    @property
    def sha256(self) -> str:
        """The checksum of `data`, and of `box` if there is one, as 64 hexadecimal digits."""
        digest = hashlib.sha256(self.data)
        digest.update(repr(self.box).encode() if self.box else b"")
        return digest.hexdigest()

    def at(self, frame: int) -> ImageSource:
        """Return another picture of the same animation or document, from 0; of a region, its like.

        Raises:
            PrepareError: there is no such frame, or the region lies beyond it.
        """
        if frame == self.frame:
            return self
        other = ImageSource.of(self.data, self.origin, self.url, frame=frame)
        if self.box and (self.box[2] > other.size[0] or self.box[3] > other.size[1]):
            raise PrepareError(f"{self.origin} is not within frame {frame}: crop that frame")
        size = self.size if self.box else other.size
        return replace(other, size=size, path=self.path, box=self.box)


def load(image: Any, *, allow_private: bool = False, frame: int = 0) -> ImageSource:
    """Take a picture in any form a notebook has it in.

    Args:
        image: a path, an http(s) or data URL, bytes or a binary file, a PIL image, a numpy array
            (H x W or H x W x 1|3|4; uint8, or float in [0, 1]), a matplotlib figure or axes, an
            ipywidgets upload or its value, an object that a notebook shows as PNG or JPEG or that
            has its file in `.data`, such as a `PreparedImage`, or an `ImageSource`.
        allow_private: let an http(s) URL lead to this machine or its private network.
        frame: which picture of an animation or of several pages, from 0.

    Raises:
        SourceError: there is no such picture, or it is of no kind that can be read.
        PrepareError: it has too many pixels, or none.

    >>> import numpy
    >>> load(numpy.zeros((48, 64), "uint8")).size
    (64, 48)
    """
    source = _loaded(image, allow_private=allow_private)
    return source.at(frame) if frame else source


def _loaded(image: Any, *, allow_private: bool) -> ImageSource:
    if isinstance(image, ImageSource):
        return image
    if isinstance(image, str):
        return _from_text(image, allow_private=allow_private)
    if isinstance(image, os.PathLike):
        return _from_path_like(image)
    if isinstance(image, (bytes, bytearray, memoryview)):
        return _from_bytes(_copied(image))
    if isinstance(image, (list, tuple, Mapping)):
        return _from_upload(image)
    return _from_object(image)


def _copied(buffer: bytes | bytearray | memoryview) -> bytes:
    try:
        return bytes(buffer)
    except ValueError as error:
        raise SourceError(f"the {type(buffer).__name__} cannot be read: {error}") from error


def _from_path_like(image: Any) -> ImageSource:
    """Read from any path object: its text is a path, never an address."""
    try:
        path = Path(os.fsdecode(image))
    except Exception as error:
        raise SourceError(f"the {type(image).__name__} gives no path: {error}") from error
    return _from_path(path)


def _from_bytes(data: bytes) -> ImageSource:
    """Read a picture, or a path as the operating system spells it."""
    with suppress(OSError, ValueError):
        if len(data) <= _PATH_BYTES and Path(os.fsdecode(data)).is_file():
            return _from_path(Path(os.fsdecode(data)))
    return ImageSource.of(data, "the byte string")


def _from_text(text: str, *, allow_private: bool) -> ImageSource:
    scheme = text.lstrip()[:40].lower()
    if scheme.startswith("data:"):
        from vlm_notebook.images.dataurl import parse

        return ImageSource.of(parse(text)[1], "the data URL")
    if scheme.startswith(("http:/", "https:/")) or _SCHEME.match(scheme):
        from vlm_notebook.images.fetch import fetch

        download = fetch(text, allow_private=allow_private, max_bytes=MAX_FILE_BYTES)
        return ImageSource.of(download.data, _url_name(text), text.strip())
    if len(text) > _NAME_CHARS and sniff(text[:_NAME_CHARS].encode(errors="replace")) == "BASE64":
        raise SourceError(f"the text {refusal('BASE64')}")
    if not text.strip():
        raise SourceError("the path of the picture is empty: give a file's name or a URL")
    return _from_path(Path(text))


def _url_name(url: str) -> str:
    parts = urlsplit(url)
    return _shown(PurePosixPath(unquote(parts.path)).name or parts.hostname or "the URL")


def _shown(name: str) -> str:
    """Return a name that fits a caption's line and survives UTF-8, which one on disk need not."""
    name = _MISLEADING.sub("\ufffd", name.encode("utf-8", "replace").decode())
    return name if len(name) <= _NAME_CHARS else f"{name[: _NAME_CHARS - 9]}…{name[-8:]}"


def _from_path(path: Path) -> ImageSource:
    name, given = _shown(path.name or str(path)), str(path)
    try:
        path = path.expanduser()
        _check_file(path.stat(), name)
        data = path.read_bytes()
    except FileNotFoundError:
        raise _missing(path) from None
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SourceError(f"{name!r} cannot be read: {reason}") from error
    return replace(ImageSource.of(data, name), path=given)


def _missing(path: Path) -> SourceError:
    where = "" if path.is_absolute() else " in the working folder"
    with suppress(OSError):  # the working folder itself may be gone
        where = where and f" in {Path.cwd()}"
    return SourceError(f"there is no file {_shown(str(path))!r}{where}: check the path")


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
    content, about = files[0]["content"], files[0].get("metadata")
    name = files[0].get("name") or (about.get("name") if isinstance(about, Mapping) else None)
    if not isinstance(content, (bytes, bytearray, memoryview)):
        raise SourceError(f"the upload's content is {type(content).__name__}, not bytes")
    return ImageSource.of(bytes(content), _shown(str(name or "the upload")))


def _from_object(image: Any) -> ImageSource:
    from vlm_notebook.images import pixels, shown

    kinds = {f"{kind.__module__.split('.')[0]}.{kind.__name__}" for kind in type(image).__mro__}
    if "PIL.Image" in kinds:
        return ImageSource.of(pixels.png_of_pil(image), "the PIL image")
    if "numpy.ndarray" in kinds:
        return ImageSource.of(pixels.png_of_array(image), "the array")
    if "matplotlib.FigureBase" in kinds or "matplotlib.Axes" in kinds:
        figure = image.figure.figure  # what an axes or a part of a figure is drawn in
        return ImageSource.of(pixels.png_of_figure(figure), "the figure")
    if kinds & {"ipywidgets.FileUpload", "ipywidgets.Image"}:
        return load(image.value)
    if callable(shown.attribute(image, "read")):
        return _from_stream(image)
    if data := shown.encoded(image):
        name = shown.attribute(image, "origin") or f"the {type(image).__name__}"
        return ImageSource.of(data, _shown(str(name)))
    what = "image=None" if image is None else type(image).__name__
    raise SourceError(
        f"{what} is not a picture: give a path, a URL, bytes, a PIL image, "
        "an array, a figure or an upload"
    )


def _from_stream(stream: Any) -> ImageSource:
    name = _shown(Path(str(getattr(stream, "name", "the stream"))).name)
    try:
        with suppress(OSError, ValueError, AttributeError):  # what is only in memory has no number
            _check_handle(os.fstat(stream.fileno()), name)
        with suppress(OSError, AttributeError):  # a pipe cannot be rewound
            stream.seek(0)
        data = stream.read(MAX_FILE_BYTES + 1)
    except SourceError:
        raise
    except Exception as error:
        raise SourceError(f"the stream cannot be read: {error}") from error
    if not isinstance(data, (bytes, bytearray)):
        raise SourceError("the stream gives text, not bytes: open the file with mode 'rb'")
    if len(data) > MAX_FILE_BYTES:
        raise SourceError(f"the stream is over the limit of {MAX_FILE_BYTES / 1e6:.0f} MB")
    return ImageSource.of(bytes(data), name)


def _check_handle(status: os.stat_result, name: str) -> None:
    """A stream may be a pipe, whose other end the user holds; else it has to be a file."""
    if not (stat.S_ISFIFO(status.st_mode) or stat.S_ISSOCK(status.st_mode)):
        _check_file(status, name)
