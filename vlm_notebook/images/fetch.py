"""The guarded download: the only place from which pictures are fetched."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vlm_notebook.errors import SourceError, one_line
from vlm_notebook.images import address, location, wire
from vlm_notebook.images.sniff import PICTURES, refusal, sniff

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from http.client import HTTPResponse

    from vlm_notebook.images.location import Location

MAX_REDIRECTS = 5
"""Picture hosts need one or two; browsers stop at 20."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CHUNK_BYTES = 65_536
_AUTO_WBITS = 47
"""zlib: the largest window (15), and tell gzip from zlib by the header (32)."""

_REMEDIES = {
    401: "it wants a log-in: save the picture and give its path",
    403: "it refuses programs or wants a log-in: save the picture and give its path",
    404: "there is no such picture: check the URL",
    410: "the picture is gone: check the URL",
    429: "too many requests: wait and try again",
}
_BY_HAND = "save the picture and give its path"


@dataclass(frozen=True, slots=True, repr=False)
class Download:
    """A picture as a server sent it.

    Attributes:
        data: the encoded picture, of one of `sniff.PICTURES`.
        url: where it came from in the end, after redirects, without fragment.
        media_type: what the server called it, in lower case, or None; not checked against `data`.
    """

    data: bytes
    url: str
    media_type: str | None

    def __repr__(self) -> str:
        """Leave out the path and the query, which may hold a signature."""
        host = location.parse(self.url).authority
        return f"Download({len(self.data):,} bytes of {self.media_type} from {host})"


def fetch(
    url: str, *, allow_private: bool = False, max_bytes: int = 50_000_000, timeout_s: float = 20.0
) -> Download:
    """Download a picture from the public internet.

    Every name is looked up once, all its addresses are checked, and the connection goes to one
    that was checked; at most five redirects are followed, each with the same checks. Nothing is
    sent but the request: no cookie, key or password; proxies in the environment are not used.

    Args:
        url: http or https, without user name.
        allow_private: also from this machine or a private network; not by a redirect from the
            public internet, and never from a cloud's metadata service.
        max_bytes: largest picture in bytes, as sent and as unpacked.
        timeout_s: longest time for all of it in seconds.

    Raises:
        SourceError: the URL, an address behind it, a redirect or the answer is refused; no
            connection; too large; too slow; not a picture.

    >>> fetch("http://127.1/picture.png")
    Traceback (most recent call last):
    ...
    vlm_notebook.errors.SourceError: 127.0.0.1 is this machine itself (loopback), \
so nothing is downloaded from it: save the picture and give its path
    """
    deadline = wire.Deadline.after(timeout_s)
    place = location.parse(url)
    for _ in range(MAX_REDIRECTS + 1):
        with _explained(place, timeout_s):
            addresses = address.resolve(place.host, place.port, timeout_s=deadline.left_s())
            address.check(place.host, addresses, allow_private=allow_private)
            with wire.get(place, addresses, deadline) as response:
                if response.status not in _REDIRECTS:
                    return _download(response, place, max_bytes)
                place = location.follow(place, _text_of(response.getheader("Location")))
        # Whoever is outside must not point a reader's machine at what is inside.
        allow_private &= "public" not in map(address.reach, addresses)
    raise SourceError(
        f"{place.authority} is reached by more than {MAX_REDIRECTS} redirects: "
        "give the picture's final address"
    )


@contextmanager
def _explained(place: Location, timeout_s: float) -> Iterator[None]:
    """Turn what goes wrong on the way into one line of ours."""
    from http.client import HTTPException

    try:
        yield
    except TimeoutError as error:
        raise SourceError(
            f"{place.authority} took longer than {timeout_s:g} s: try again, or {_BY_HAND}"
        ) from error
    except HTTPException as error:
        raise SourceError(
            f"{place.authority} broke off or does not speak HTTP ({type(error).__name__}): "
            f"try again, or {_BY_HAND}"
        ) from error
    except (OSError, UnicodeError) as error:
        raise SourceError(_unreachable(place, error)) from error


def _unreachable(place: Location, error: Exception) -> str:
    import socket
    import ssl

    where = place.authority
    if isinstance(error, (socket.gaierror, UnicodeError)):
        return f"there is no host {where} to be found: check the URL and the connection"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"{where} has no valid certificate ({error.verify_message}): {_BY_HAND}"
    reason = one_line(str(getattr(error, "strerror", None) or error), max_chars=80)
    return f"{where} cannot be reached ({reason}): check the URL and the connection"


def _text_of(header: str | None) -> str | None:
    """Headers are read as Latin-1; servers mean UTF-8."""
    try:
        return header and header.encode("latin-1").decode()
    except UnicodeError:
        return header


def _download(response: HTTPResponse, place: Location, max_bytes: int) -> Download:
    where = place.authority
    if response.status != 200:  # noqa: PLR2004 - OK; 206 would be a part, 204 nothing
        remedy = _REMEDIES.get(response.status, f"try again later, or {_BY_HAND}")
        raise SourceError(f"{where} answered with status {response.status}: {remedy}")
    data = _body(response, where, max_bytes)
    if not data:
        raise SourceError(f"{where} sent nothing (0 bytes): check the URL, or {_BY_HAND}")
    _check_picture(data, where)
    media_type = (response.getheader("Content-Type") or "").partition(";")[0].strip().lower()
    return Download(data, place.url, media_type or None)


def _check_picture(data: bytes, where: str) -> None:
    kind = sniff(data)
    if kind not in PICTURES:
        raise SourceError(f"what {where} sent {refusal(kind)}")


def _body(response: HTTPResponse, where: str, max_bytes: int) -> bytes:
    """Read and unpack the whole body within `max_bytes`, which counts before and after."""
    expected = response.length
    if expected is not None and expected > max_bytes:
        raise _too_large(where, max_bytes, expected)
    unpack = _unpacker(response.getheader("Content-Encoding"), where)
    body, received = bytearray(), 0
    while chunk := response.read(_CHUNK_BYTES):
        received += len(chunk)
        body += unpack(chunk, max_bytes + 1 - len(body))
        if max(received, len(body)) > max_bytes:
            raise _too_large(where, max_bytes)
        if received == len(chunk):
            _check_start(bytes(body), where)
    if expected is not None and received < expected:
        raise SourceError(f"{where} broke off after {received:,} of {expected:,} bytes: try again")
    unpack(b"", 0)
    return bytes(body)


def _check_start(start: bytes, where: str) -> None:
    """Spare the rest of what is plainly no picture; a small beginning may still become one."""
    if len(start) >= 4096:  # noqa: PLR2004 - what sniff looks at
        _check_picture(start, where)


def _unpacker(encoding: str | None, where: str) -> Callable[[bytes, int], bytes]:
    """Return unpack(chunk, most_bytes); with an empty chunk it checks that the end was there."""
    name = (encoding or "identity").strip().lower()
    if name == "identity":
        return lambda chunk, _most: chunk
    if name not in {"gzip", "x-gzip", "deflate"}:
        raise SourceError(f"{where} packed its answer in a way not asked for: {_BY_HAND}")
    import zlib

    stream = zlib.decompressobj(_AUTO_WBITS)

    def unpack(chunk: bytes, most: int) -> bytes:
        broken = f"{where} sent a damaged {name} stream: try again, or {_BY_HAND}"
        try:
            data = stream.decompress(chunk, most)
        except zlib.error as error:
            raise SourceError(broken) from error
        if not chunk and not stream.eof:
            raise SourceError(broken)
        return data

    return unpack


def _too_large(where: str, max_bytes: int, announced: int | None = None) -> SourceError:
    size = f"{announced / 1e6:,.1f} MB" if announced else "more"
    return SourceError(
        f"{where} has {size} where {max_bytes / 1e6:,.1f} MB are allowed: use a smaller picture"
    )
