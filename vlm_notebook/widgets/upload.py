"""Files that come from the page in pieces, put together again."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from threading import Lock

from vlm_notebook.errors import SourceError
from vlm_notebook.images.source import MAX_FILE_BYTES

MAX_PIECE_BYTES = 2 * 2**20
"""A message above 10 MiB is lost without a word (Tornado's limit for a websocket's message)."""

MAX_WAITING_BYTES = 2 * MAX_FILE_BYTES
"""All unfinished uploads of one widget together take no more."""

_IDLE_S = 600.0
"""An unfinished upload that nobody went on with for so long is dropped: its page is gone."""


@dataclass(slots=True)
class _Upload:
    """A file that has arrived up to some piece."""

    name: str
    count: int
    pieces: list[bytes] = field(default_factory=list)
    nbytes: int = 0
    at_s: float = field(default_factory=time.monotonic)


class Uploads:
    """Puts pieces together; each piece is confirmed before the next one comes.

    >>> uploads = Uploads()
    >>> uploads.take("a", "cat.jpg", 0, 2, b"one "), uploads.take("a", "cat.jpg", 1, 2, b"two")
    (None, b'one two')
    """

    def __init__(self) -> None:
        self._open: dict[str, _Upload] = {}
        self._lock = Lock()

    def take(self, job: str, name: str, number: int, count: int, piece: bytes) -> bytes | None:
        """Take one piece; return the whole file with the last one, else None.

        A piece that has come before is taken to be asked about again, and is no fault.

        Args:
            job: which upload it belongs to.
            name: of the file, for messages.
            number: of the piece, from 0.
            count: how many pieces there are.
            piece: its bytes, at most `MAX_PIECE_BYTES`.

        Raises:
            SourceError: a piece is missing, or it is too much; the upload is dropped.
        """
        with self._lock:
            self._forget_idle()
            upload = self._open.setdefault(job, _Upload(name, count))
            try:
                self._append(upload, number, count, piece)
            except SourceError:
                del self._open[job]
                raise
            if len(upload.pieces) < upload.count:
                return None
            del self._open[job]
            return b"".join(upload.pieces)

    def drop(self, job: str) -> None:
        """Forget an upload that will not go on."""
        with self._lock:
            self._open.pop(job, None)

    def __len__(self) -> int:
        return len(self._open)

    def _append(self, upload: _Upload, number: int, count: int, piece: bytes) -> None:
        upload.at_s = time.monotonic()
        if 0 <= number < len(upload.pieces):
            return
        if number != len(upload.pieces) or count != upload.count or count < 1:
            raise SourceError(f"{upload.name}: a piece of the upload is missing: send it again")
        self._check_bytes(upload, piece)
        upload.pieces.append(piece)
        upload.nbytes += len(piece)

    def _check_bytes(self, upload: _Upload, piece: bytes) -> None:
        if upload.nbytes + len(piece) > MAX_FILE_BYTES or len(piece) > MAX_PIECE_BYTES:
            limit = MAX_FILE_BYTES // 1_000_000
            raise SourceError(f"{upload.name} is over the limit of {limit} MB: shrink it first")
        if sum(one.nbytes for one in self._open.values()) + len(piece) > MAX_WAITING_BYTES:
            raise SourceError(f"{upload.name}: too many uploads at a time: send it again later")

    def _forget_idle(self) -> None:
        since = time.monotonic() - _IDLE_S
        self._open = {job: one for job, one in self._open.items() if one.at_s >= since}
