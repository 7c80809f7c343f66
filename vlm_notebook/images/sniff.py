"""The first bytes of a file -> what kind of file it is, whatever its name says."""

from __future__ import annotations

import codecs
import re

PICTURES = frozenset({"JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "PPM", "AVIF", "JPEG2000"})
"""What Pillow decodes without help and is let through; EPS would start Ghostscript."""

_HEAD_BYTES = 4096
_DIB_HEADERS = frozenset({12, 40, 52, 56, 64, 108, 124})
"""Lengths of a BMP's second header (Pillow's list); two letters alone would match text."""

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "TIFF"),
    (b"MM\x00+", "TIFF"),
    (b"\xff\x4f\xff\x51", "JPEG2000"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "JPEG2000"),
    (b"\xff\x0a", "JXL"),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "JXL"),
    (b"%PDF-", "PDF"),
    (b"%!PS", "EPS"),
    (b"\xc5\xd0\xd3\xc6", "EPS"),
    (b"8BPS", "PSD"),
    (b"\x00\x00\x01\x00", "ICO"),
    (b"\x00\x05\x16\x07", "APPLEDOUBLE"),
    (b"PK\x03\x04", "ZIP"),
    (b"PK\x05\x06", "ZIP"),
    (b"7z\xbc\xaf\x27\x1c", "ZIP"),
    (b"Rar!\x1a\x07", "ZIP"),
    (b"\x1f\x8b", "GZIP"),
    (b"\x1aE\xdf\xa3", "VIDEO"),
    (b"\x93NUMPY", "NUMPY"),
    (b"version https://git-lfs", "LFS"),
    (b"iVBORw0KGgo", "BASE64"),
    (b"/9j/", "BASE64"),
    (b"R0lGOD", "BASE64"),
    (b"UklGR", "BASE64"),
    (b"data:image/", "BASE64"),
)
_BRANDS: dict[str, frozenset[bytes]] = {
    "AVIF": frozenset({b"avif", b"avis"}),
    "HEIF": frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}),
}
_LEAD = re.compile(r"\A(\s|<\?xml[^>]*>|<!--.*?-->)+", re.DOTALL)
_HTML = re.compile(
    r"<(!doctype\s+html|html|head|body|script|style|title|meta|link|iframe|div|p|h1|table|br|a)\b",
    re.IGNORECASE,
)
_SVG = re.compile(r"<(!doctype\s+svg|svg|\w+:svg)\b", re.IGNORECASE)
_JSON = re.compile(r"[{\[]\s*[\"{\[\]}\d]")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffd]")

_REFUSALS = {
    "HTML": "is a web page, not a picture (a log-in page?): open it in a browser and save the "
    "picture itself",
    "PDF": "is a PDF, whose pages are read from a file with the extra: "
    '`pip install "vlm-notebook[pdf]"`, or export the page as PNG',
    "SVG": "is an SVG drawing, not a bitmap: export it as PNG",
    "EPS": "is PostScript, not a bitmap: export it as PNG",
    "HEIF": "is a HEIC photograph, which is read from a file with the extra: "
    '`pip install "vlm-notebook[heic]"`, or save it as JPEG',
    "JXL": "is JPEG XL, which is not read here: save it as JPEG or PNG",
    "PSD": "is a Photoshop document: export it as PNG",
    "ICO": "is an icon file: save it as PNG",
    "APPLEDOUBLE": "is a side file of macOS, not the picture: use the file without '._'",
    "ZIP": "is an archive, not a picture: unpack it first",
    "GZIP": "is compressed with gzip: unpack it first",
    "VIDEO": "is a video, not a picture: save one frame as PNG",
    "NUMPY": "is a saved NumPy array: load it with numpy.load and pass the array",
    "LFS": "is a Git LFS pointer, not the picture: run `git lfs pull`",
    "BASE64": "is base64 text, not a picture's bytes: decode it, or put "
    "'data:image/png;base64,' before it",
    "JSON": "is JSON, not a picture: take the picture's own address from it",
    "XML": "is XML, not a picture: use JPEG or PNG",
    "TEXT": "is text, not a picture: use JPEG or PNG",
}
_UNKNOWN = "is not a picture of a known kind: use JPEG or PNG"


def sniff(data: bytes) -> str | None:
    """Say what kind of file begins with `data`; only the first 4,096 bytes are looked at.

    Args:
        data: the encoded file, or at least its beginning.

    Returns:
        One of `PICTURES`, in Pillow's spelling; or what else it is: "HEIF", "JXL", "PDF", "SVG",
        "EPS", "PSD", "ICO", "APPLEDOUBLE", "ZIP" (any archive), "GZIP", "VIDEO", "NUMPY",
        "LFS", "BASE64", "HTML", "JSON", "XML", "TEXT"; None when it is empty or nothing known.
        The signatures are those of the formats' own specifications and of the WHATWG MIME
        Sniffing Standard.

    >>> sniff(b"GIF89a ..."), sniff(b"<!DOCTYPE html><title>Sign in"), sniff(b"")
    ('GIF', 'HTML', None)
    """
    head = data[:_HEAD_BYTES]
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    return _container(head) or _bitmap(head) or _text(head)


def refusal(kind: str | None) -> str:
    """Word why a file of this kind is no use, and the remedy; put the file's name before it.

    >>> "scan.png " + refusal("ICO")
    'scan.png is an icon file: save it as PNG'
    """
    return _REFUSALS.get(kind or "", _UNKNOWN)


def _container(head: bytes) -> str | None:
    """Tell apart what lives in RIFF boxes and in ISO base media boxes."""
    if head[:4] == b"RIFF":
        return {b"WEBP": "WEBP", b"AVI ": "VIDEO"}.get(head[8:12])
    if head[4:8] != b"ftyp":
        return None
    end = min(int.from_bytes(head[:4], "big"), 256)
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, end, 4))}
    return next((kind for kind, known in _BRANDS.items() if brands & known), "VIDEO")


def _bitmap(head: bytes) -> str | None:
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _DIB_HEADERS:
        return "BMP"
    return "PPM" if re.match(rb"P[1-6f][\s#]", head) else None


def _text(head: bytes) -> str | None:
    text = _decoded(head).lstrip("\ufeff").strip()
    body = _LEAD.sub("", text, count=1)
    if _SVG.match(body):
        return "SVG"
    if _HTML.match(body):
        return "HTML"
    if text.startswith("<?xml"):
        return "XML"
    if not text or _UNPRINTABLE.search(text):
        # A PDF may have up to 1,024 bytes of anything before its header (Adobe's readers).
        return "PDF" if b"%PDF-" in head[:1024] else None
    return "JSON" if _JSON.match(body) else "TEXT"


def _decoded(head: bytes) -> str:
    """Decode as UTF-16 with a mark, else as UTF-8; a character cut at the end is no fault."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head[: len(head) // 2 * 2].decode("utf-16", errors="replace")
    decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
    return decoder.decode(head, final=len(head) < _HEAD_BYTES)
