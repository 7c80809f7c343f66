"""What the embedded reader knows of one picture, found out part by part and remembered."""

from __future__ import annotations

from collections import OrderedDict
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

from vlm_notebook.detail import EMBEDDED_HIGH
from vlm_notebook.images import color, decode

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image

    from vlm_notebook.offline.reader import Reading
    from vlm_notebook.offline.recognise import Finding
    from vlm_notebook.offline.scene import Kind, Scene

ORIGIN = "the picture"
"""What an error calls it: a request carries no file names."""

KEPT = 8
"""Pictures remembered: a conversation's worth; 8 of 2048 x 1536 px are 75 MB."""

Part = TypeVar("Part")


class Once(Generic[Part]):
    """A value that is made on first use, once, whichever threads ask for it.

    A failure is not remembered: the next who asks tries again.

    >>> part = Once(lambda: print("working") or 5)
    >>> part.get() + part.get()
    working
    10
    """

    __slots__ = ("_lock", "_made", "_make")

    def __init__(self, make: Callable[[], Part]) -> None:
        self._make = make
        self._lock = Lock()
        self._made: tuple[Part] | None = None

    def get(self) -> Part:
        """Return the value, making it first if nobody has."""
        with self._lock:
            if self._made is None:
                self._made = (self._make(),)
            return self._made[0]

    @property
    def is_made(self) -> bool:
        """Whether somebody has asked for it."""
        return self._made is not None


class Perception:
    """A picture and what is seen in it; each part is worked out when it is first asked for.

    Attributes:
        size: (width, height) in pixels as a viewer shows the picture.
    """

    __slots__ = ("_findings", "_image", "_kind", "_reading", "_scene", "size")

    def __init__(self, data: bytes) -> None:
        header = decode.open_image(data, ORIGIN)
        self.size = decode.upright_size(header)
        self._image = Once(lambda: _upright(data))
        self._scene = Once(self._look)
        self._reading = Once(self._read)
        self._kind = Once(self._tell_kind)
        self._findings = Once(self._recognise)

    @property
    def image(self) -> Image.Image:
        """The pixels: RGB, upright, at most 2048 px a side.

        Raises:
            PrepareError: the file is damaged or cut short.
        """
        return self._image.get()

    @property
    def scene(self) -> Scene:
        """What can be measured: colours, light, sharpness; for the kind see `kind`."""
        return self._scene.get()

    @property
    def reading(self) -> Reading:
        """The text; its `engine` is None when no reader is installed."""
        return self._reading.get()

    @property
    def kind(self) -> Kind:
        """What kind of picture it is, told from the pixels and from the text on them."""
        return self._kind.get()

    @property
    def findings(self) -> tuple[Finding, ...] | None:
        """What is recognised, best first; nothing but photographs is tried.

        None when onnxruntime is not installed.
        """
        return self._findings.get()

    @property
    def lacks(self) -> bool:
        """Whether a part was asked for that an optional package would have given."""
        no_reader = self._reading.is_made and self.reading.engine is None
        return no_reader or (self._findings.is_made and self.findings is None)

    @property
    def scale(self) -> float:
        """How many pixels of the picture given one pixel of `image` stands for, at least 1."""
        return max(self.size[0] / self.image.width, 1.0)

    def _look(self) -> Scene:
        from vlm_notebook.offline.scene import look

        return look(self.image)

    def _read(self) -> Reading:
        from vlm_notebook.offline.reader import read

        return read(self.image)

    def _tell_kind(self) -> Kind:
        from vlm_notebook.offline.kind import kind_of
        from vlm_notebook.offline.traits import measure

        lines = self.reading.lines
        if not lines:
            return self.scene.kind
        return kind_of(measure(self.image), lines, area_px=self.image.width * self.image.height)

    def _recognise(self) -> tuple[Finding, ...] | None:
        from vlm_notebook.offline.recognise import recognise

        return recognise(self.image) if self.kind == "photo" else ()


_remembered: OrderedDict[str, Perception] = OrderedDict()
_remembering = Lock()


def perceive(data: bytes) -> Perception:
    """Return what is seen in an encoded picture; the same bytes are looked at only once.

    The pixels are decoded before this returns; everything else waits until it is asked for.

    Raises:
        SourceError: the bytes are no picture of a format that is read.
        PrepareError: the picture is damaged, empty or too large.
    """
    key = sha256(data).hexdigest()
    with _remembering:
        seen = _remembered.get(key) or Perception(data)
        _remembered[key] = seen
        _remembered.move_to_end(key)
        while len(_remembered) > KEPT:
            _remembered.popitem(last=False)
    try:
        seen.image  # noqa: B018 - decoding now means that damage is reported before any word
    except Exception:
        with _remembering:
            _remembered.pop(key, None)
        raise
    return seen


def _upright(data: bytes) -> Image.Image:
    opened = decode.open_image(data, ORIGIN)
    value = decode.orientation(opened)
    pixels = color.to_rgb(decode.decoded(opened, ORIGIN))
    size = EMBEDDED_HIGH.fit(*pixels.size)
    return decode.turned(pixels if size == pixels.size else pixels.resize(size), value)
