"""The image tray: pictures are put in, put in order, captioned, and looked at closely."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING, Any

import traitlets

from vlm_notebook.chat.engine import engine
from vlm_notebook.errors import ImageError
from vlm_notebook.images import samples
from vlm_notebook.images.region import placed
from vlm_notebook.images.source import load
from vlm_notebook.view import wording
from vlm_notebook.view.control import Control, State, css, esm
from vlm_notebook.widgets.intake import Intake
from vlm_notebook.widgets.item import TrayItem, large, thumbnail

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vlm_notebook.images.source import ImageSource

MAX_CAPTION_CHARS = 1000


class ImageTray(Control):
    """Takes pictures: dropped, pasted, chosen, from an address, a camera or the samples.

    No picture is ever part of the state that is saved with a notebook. What is added in the page
    is read on another thread, so observers of `revision` may be called there.

    Args:
        images: anything `load` takes.
        language: of the interface, "en" or "zh"; None for the browser's.
        max_images: how many pictures it holds at most.

    Attributes:
        revision: grows with each change; not synced. What is to follow the tray observes it.

    Raises:
        ImageError: a picture cannot be used, or there are too many.

    >>> tray = ImageTray(samples.path("cat"), language="en")
    >>> tray.select(0, (120, 80, 340, 280))
    >>> tray.images[0].origin
    'cat.jpg, region 120,80-340,280'
    """

    part = "tray"
    _esm = esm("tray", "upload", "camera", "closeup")
    _css = css("tray")
    revision = traitlets.Int(0)

    def __init__(self, *images: Any, language: str | None = None, max_images: int = 20) -> None:
        self.max_images = max_images
        self._items: tuple[TrayItem, ...] = ()
        self._thumbnails: dict[int, bytes] = {}
        self._next_id = 1
        self._lock = Lock()
        self._changes = 0
        self._intake = Intake(self._admit, self.send, self.word, self.worded)
        super().__init__(language=language)
        for image in images:
            self.add(image)

    @property
    def items(self) -> tuple[TrayItem, ...]:
        """The pictures in their order, with captions and regions."""
        return self._items

    @property
    def images(self) -> tuple[ImageSource, ...]:
        """What is asked about: the pictures in their order, or the regions chosen of them."""
        return tuple(item.image for item in self._items)

    def add(self, image: Any, *, caption: str = "") -> None:
        """Put a picture at the end; it is decoded once, so that a damaged one is refused here.

        Args:
            image: anything `load` takes.
            caption: what is said of it.

        Raises:
            ImageError: the picture cannot be used, or the tray is full.
        """
        self._admit(load(image), caption=caption)

    def remove(self, index: int) -> None:
        """Take a picture out; `index` counts from 0, or from the end if negative.

        Raises:
            ImageError: there is no such picture.
        """
        gone = self._at(index)
        self._change(lambda items: [item for item in items if item.id != gone.id])

    def move(self, index: int, to: int) -> None:
        """Put the picture at `index` where `to` is; beyond the ends means at the end.

        Raises:
            ImageError: there is no such picture.
        """
        self._move(self._at(index).id, to)

    def clear(self) -> None:
        """Take all pictures out."""
        self._change(lambda _: [])

    def caption(self, index: int, text: str) -> None:
        """Say something of a picture; an empty text takes the caption away.

        Raises:
            ImageError: there is no such picture.
        """
        self._put(self._at(index).id, caption=_one_caption(text))

    def select(self, index: int, box: Sequence[float] | None, *, margin: float = 0.0) -> None:
        """Choose the region of a picture that is asked about; None for all of it.

        Args:
            index: of the picture, from 0.
            box: (left, top, right, bottom) in pixels of the whole picture, as in `crop`.
            margin: how much around it is taken along, as a share of the box's longer side.

        Raises:
            ImageError: there is no such picture, or the box is none of its regions.
        """
        item = self._at(index)
        region = None if box is None else placed(item.source, box, margin=margin)
        self._put(item.id, region=region)

    def prompt_prefix(self, language: str | None = None) -> str:
        r"""Return the captions, one a line and then an empty line; nothing if there are none.

        Args:
            language: "en" or "zh"; that of the interface if not given.

        >>> tray = ImageTray(samples.path("cat"), samples.path("sign"), language="en")
        >>> tray.caption(1, "the entrance")
        >>> tray.prompt_prefix()
        'Picture 2: the entrance\n\n'
        """
        spoken = wording.of_browser(language) if language else self.spoken
        line = wording.words(self.part)[spoken]["prefix"]
        lines = [
            line.format(number=number, caption=item.caption)
            for number, item in enumerate(self._items, 1)
            if item.caption
        ]
        return "\n".join([*lines, "", ""]) if lines else ""

    def state(self) -> State:
        """Tell what lies in the tray, without any pixels: a page asks for those it lacks."""
        items = [item.told() for item in self._items]
        return {"items": items, "samples": samples.names(), "most": self.max_images}, []

    def _at(self, index: int) -> TrayItem:
        try:
            return self._items[index]
        except IndexError:
            count = len(self._items)
            raise ImageError(f"there is no picture {index}: the tray holds {count}") from None

    def _admit(self, source: ImageSource, **more: Any) -> None:
        self._check_room(source)
        small = thumbnail(source)

        def put(items: list[TrayItem]) -> list[TrayItem]:
            self._check_room(source)
            added = TrayItem(self._next_id, source, _one_caption(more.pop("caption", "")), **more)
            self._next_id += 1
            self._thumbnails[added.id] = small
            return [*items, added]

        self._change(put)

    def _check_room(self, source: ImageSource) -> None:
        if len(self._items) >= self.max_images:
            raise ImageError(
                f"{source.origin} has no room: the tray holds {self.max_images} pictures, "
                "take one out first"
            )

    def _move(self, number: int, to: int) -> None:
        def moved(items: list[TrayItem]) -> list[TrayItem]:
            rest = [item for item in items if item.id != number]
            at = min(max(to if to >= 0 else to + len(items), 0), len(rest))
            return rest[:at] + [item for item in items if item.id == number] + rest[at:]

        self._change(moved)

    def _put(self, number: int, **values: Any) -> None:
        self._change(
            lambda items: [replace(item, **values) if item.id == number else item for item in items]
        )

    def _change(self, made: Callable[[list[TrayItem]], list[TrayItem]]) -> None:
        """Replace the items; tell pages and observers if that changes anything."""
        with self._lock:
            before = self._items
            self._items = tuple(made([*before]))
            kept = {item.id for item in self._items}
            self._thumbnails = {i: data for i, data in self._thumbnails.items() if i in kept}
            if self._items == before:
                return
            self._changes += 1
            self.refresh()  # still locked: pages are told of changes in their order
        self.revision = self._changes

    # What the page asks for. Pictures are named by their ids: their order may have changed.

    def _index(self, content: dict[str, Any]) -> int | None:
        ids = [item.id for item in self._items]
        return ids.index(content["id"]) if content.get("id") in ids else None

    def _take_remove(self, content: dict[str, Any], _: list[bytes]) -> None:
        if (index := self._index(content)) is not None:
            self.remove(index)

    def _take_move(self, content: dict[str, Any], _: list[bytes]) -> None:
        if (index := self._index(content)) is not None:
            self.move(index, max(0, int(content["to"])))

    def _take_clear(self, _: dict[str, Any], __: list[bytes]) -> None:
        self.clear()

    def _take_caption(self, content: dict[str, Any], _: list[bytes]) -> None:
        if (index := self._index(content)) is not None:
            self.caption(index, str(content["text"]))

    def _take_region(self, content: dict[str, Any], _: list[bytes]) -> None:
        if (index := self._index(content)) is not None:
            self.select(index, content.get("box"), margin=float(content.get("margin") or 0))

    def _take_thumbnails(self, content: dict[str, Any], _: list[bytes]) -> None:
        for number in content["ids"]:
            if data := self._thumbnails.get(number):
                self.send({"kind": "thumbnail", "id": number}, [data])

    def _take_large(self, content: dict[str, Any], _: list[bytes]) -> None:
        if (index := self._index(content)) is not None:
            engine().submit(self._show_large(self._items[index]))

    async def _show_large(self, item: TrayItem) -> None:
        with self.telling():
            made = await asyncio.to_thread(large, item.source)
            told = {"kind": "large", "id": item.id, "type": made.media_type}
            self.send(told, [made.data])

    def _take_piece(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        self._intake.piece(content, buffers[0] if buffers else b"")

    def _take_drop(self, content: dict[str, Any], _: list[bytes]) -> None:
        self._intake.drop(str(content["job"]))

    def _take_url(self, content: dict[str, Any], _: list[bytes]) -> None:
        self._intake.url(str(content["job"]), str(content["url"]).strip())

    def _take_sample(self, content: dict[str, Any], _: list[bytes]) -> None:
        self._intake.sample(str(content["job"]), str(content["name"]))


def _one_caption(text: str) -> str:
    return " ".join(text[: MAX_CAPTION_CHARS * 2].split())[:MAX_CAPTION_CHARS]
