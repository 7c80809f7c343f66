"""A `data:` URL -> the bytes of the picture in it."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import unquote_to_bytes

from vlm_notebook.errors import SourceError
from vlm_notebook.images.sniff import PICTURES, refusal, sniff

MAX_BYTES = 20_000_000
"""A data URL is text that sits in a cell or in JSON: a picture beyond this should be a file."""

_PERCENT_GROWTH = 3
_BASE64_GROWTH = 1.5
"""4/3, and the rest for line breaks and for +, / and = written in percent."""

_WHITE_SPACE = b" \t\r\n\f"
_STANDARD_ALPHABET = bytes.maketrans(b"-_", b"+/")
_QUANTUM = 4
"""Base64 writes 3 bytes in 4 characters (RFC 4648)."""


def parse(url: str, *, max_bytes: int = MAX_BYTES) -> tuple[str, bytes]:
    r"""Return the media type and the bytes of a data URL that holds a picture (RFC 2397).

    Args:
        url: base64, standard or URL-safe, with or without padding, white space and percent
            encoding; or plain percent encoding.
        max_bytes: largest picture in bytes.

    Returns:
        The media type as it is written there, in lower case, "" if it is missing: the bytes may
        be of another kind; and the bytes, which begin like one of `sniff.PICTURES`.

    Raises:
        SourceError: it is no data URL, is malformed, empty or too large, its base64 is damaged,
            or what it holds is not a picture.

    >>> parse("data:image/gif;base64,R0lGODlhAQABAAAAACw")
    ('image/gif', b'GIF89a\x01\x00\x01\x00\x00\x00\x00,')
    """
    url = url.strip()
    header, at = _split(url)
    media_type, *parameters = (part.strip().lower() for part in header.split(";"))
    is_base64 = parameters[-1:] == ["base64"]
    if len(url) - at > max_bytes * (_BASE64_GROWTH if is_base64 else _PERCENT_GROWTH):
        raise _too_large(max_bytes)
    raw = unquote_to_bytes(url[at:].encode("utf-8", "replace"))
    data = _unbase64(raw) if is_base64 else raw
    if not data:
        raise SourceError("the data URL holds no data: put the picture's base64 after the comma")
    if len(data) > max_bytes:
        raise _too_large(max_bytes)
    kind = sniff(data)
    if kind not in PICTURES:
        raise SourceError(f"what the data URL holds {refusal(kind)}")
    return media_type, data


def _split(url: str) -> tuple[str, int]:
    """Return what stands before the comma, and where the data begins."""
    if url[:5].lower() != "data:":
        hint = "put 'data:image/png;base64,' before it" if _is_base64(url) else "begin with 'data:'"
        raise SourceError(f"a text of {len(url):,} characters is not a data URL: {hint}")
    comma = url.find(",")
    if comma < 0 and len(url) > len("data:"):
        raise SourceError(
            "the data URL is malformed, it has no comma: write data:image/png;base64,…"
        )
    return (url[5:comma], comma + 1) if comma > 0 else ("", len(url))


def _is_base64(text: str) -> bool:
    return sniff(text[:64].encode(errors="replace")) == "BASE64"


def _unbase64(raw: bytes) -> bytes:
    """Decode strictly: Python's default would skip every character that is not base64."""
    digits = raw.translate(_STANDARD_ALPHABET, _WHITE_SPACE).rstrip(b"=")
    padded = digits + b"=" * (-len(digits) % _QUANTUM)
    try:
        return base64.b64decode(padded, validate=True)
    except binascii.Error:
        raise SourceError(
            "the data URL has bad base64 in it, damaged or cut short: copy it again"
        ) from None


def _too_large(max_bytes: int) -> SourceError:
    return SourceError(
        f"the data URL is over the byte limit of {max_bytes / 1e6:,.1f} MB: save it as a file"
    )
