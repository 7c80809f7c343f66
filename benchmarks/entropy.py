"""The limit: no program makes a JPEG smaller without decoding its Huffman codes once.

Both ways use the libjpeg-turbo that Pillow brings: reading the coefficients (no inverse DCT, no
colours, but memory for all coefficients), and the greyscale picture at 1/8, which needs none of
that memory and one addition a block. The faster of the two in a run is taken as the limit.
"""

from __future__ import annotations

import ctypes
import io
from pathlib import Path

import PIL
from PIL import Image

_API = 62
_STRUCT_BYTES = 632
"""sizeof(struct jpeg_decompress_struct) of API 62 on 64-bit machines; the library checks it."""

_ERROR_BYTES = 1024


def _library() -> ctypes.CDLL | None:
    found = sorted((Path(PIL.__file__).parent.parent / "pillow.libs").glob("libjpeg*.so*"))
    return ctypes.CDLL(str(found[0])) if found else None


_LIBJPEG = _library()


def coefficients(data: bytes) -> None:
    """Read a JPEG's coefficients, and no more.

    Raises:
        NotImplementedError: Pillow's wheel for this system holds no libjpeg-turbo to call.
    """
    if _LIBJPEG is None or ctypes.sizeof(ctypes.c_void_p) != 8:  # noqa: PLR2004 - bytes a pointer
        raise NotImplementedError
    errors = ctypes.create_string_buffer(_ERROR_BYTES)
    info = ctypes.create_string_buffer(_STRUCT_BYTES)
    _LIBJPEG.jpeg_std_error.restype = ctypes.c_void_p
    pointers = ctypes.cast(info, ctypes.POINTER(ctypes.c_void_p))
    pointers[0] = ctypes.c_void_p(_LIBJPEG.jpeg_std_error(errors))
    _LIBJPEG.jpeg_CreateDecompress(info, _API, ctypes.c_size_t(_STRUCT_BYTES))
    _LIBJPEG.jpeg_mem_src(info, data, ctypes.c_ulong(len(data)))
    _LIBJPEG.jpeg_read_header(info, 1)
    _LIBJPEG.jpeg_read_coefficients(info)
    _LIBJPEG.jpeg_destroy_decompress(info)


def eighth(data: bytes) -> None:
    """Decode the greyscale picture at 1/8 of its size."""
    with Image.open(io.BytesIO(data)) as image:
        image.draft("L", (image.width // 8, image.height // 8))
        image.load()
