"""What pages send to a tray: files in pieces, addresses and samples, read one job each."""

from __future__ import annotations

import asyncio
from threading import Lock
from typing import TYPE_CHECKING, Any

from vlm_notebook.chat.engine import engine
from vlm_notebook.errors import SourceError, one_line
from vlm_notebook.images import samples
from vlm_notebook.images.source import load
from vlm_notebook.widgets.upload import Uploads

if TYPE_CHECKING:
    from collections.abc import Callable

    from vlm_notebook.images.source import ImageSource

_REMEMBERED = 64
"""So many jobs' ends are kept, for a page that did not hear of them."""

_SCHEMES = ("http://", "https://", "data:image/")


class Intake:
    """Reads what pages send, off the thread that takes messages, and says how each job ended.

    Args:
        admit: called with each picture on another thread; may raise.
        send: a message to all pages.
        word: a text of the interface.
        worded: one line about an error.
    """

    def __init__(
        self,
        admit: Callable[..., None],
        send: Callable[[dict[str, Any]], None],
        word: Callable[..., str],
        worded: Callable[[Exception], str],
    ) -> None:
        self.allow_private = False
        self._admit, self._send = admit, send
        self._word, self._worded = word, worded
        self._uploads = Uploads()
        self._known: dict[str, dict[str, Any]] = {}
        self._lock = Lock()

    def piece(self, content: dict[str, Any], data: bytes) -> None:
        """Take a piece of a file and confirm it; with the last one, read the file."""
        job, name = str(content["job"]), str(content["name"])
        if self._is_known(job):
            return
        number, count = int(content["number"]), int(content["count"])
        try:
            whole = self._uploads.take(job, name, number, count, data)
        except SourceError as error:
            self._end(job, self._worded(error))
            return
        if whole is None:
            self._send({"kind": "ack", "job": job, "number": number})
            return
        before = content.get("shrunk_from")
        more = {"shrunk_from": (int(before[0]), int(before[1]))} if before else {}
        self._start(job, lambda: load({"name": name, "content": whole}), **more)

    def drop(self, job: str) -> None:
        """Forget an upload that will not go on."""
        self._uploads.drop(job)

    def url(self, job: str, address: str) -> None:
        """Download a picture; what a page sends is never taken for a path of this machine."""
        if self._is_known(job):
            return
        if address.lower().startswith(_SCHEMES):
            self._start(job, lambda: load(address, allow_private=self.allow_private))
        else:
            self._end(job, self._word("no_url", what=one_line(address, max_chars=80)))

    def sample(self, job: str, name: str) -> None:
        """Read one of the sample pictures."""
        if not self._is_known(job):
            self._start(job, lambda: load(samples.path(name)))

    def _is_known(self, job: str) -> bool:
        """Answer for a job that is asked for again: what was said of it may not have been heard."""
        known = self._known.get(job)
        if known:
            self._send(known)
        return known is not None

    def _start(self, job: str, read: Callable[[], ImageSource], **more: Any) -> None:
        self._tell(job, {"kind": "busy", "job": job})
        engine().submit(self._run(job, lambda: self._admit(read(), **more)))

    async def _run(self, job: str, work: Callable[[], None]) -> None:
        line = ""
        try:
            await asyncio.to_thread(work)
        except Exception as error:  # noqa: BLE001 - on another thread nobody would see it
            line = self._worded(error)
        self._end(job, line)

    def _end(self, job: str, line: str = "") -> None:
        """Tell every page that a job has ended, with one line if it failed."""
        self._tell(job, {"kind": "end", "job": job, "line": line})

    def _tell(self, job: str, message: dict[str, Any]) -> None:
        with self._lock:
            self._known[job] = message
            for old in [*self._known][:-_REMEMBERED]:
                del self._known[old]
        self._send(message)
