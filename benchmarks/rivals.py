"""What people write by hand, each from the bytes of a file to the bytes that are sent."""

from __future__ import annotations

import base64
import io
from contextlib import suppress

from PIL import Image

QUALITY = 85

Size = tuple[int, int]


def naive(data: bytes, size: Size) -> bytes:
    """Open, resize with LANCZOS, save."""
    return _written(naive_pixels(data, size))


def naive_pixels(data: bytes, size: Size) -> Image.Image:
    """Return what `naive` writes, before it is compressed."""
    with Image.open(io.BytesIO(data)) as image:
        return image.convert("RGB").resize(size, Image.Resampling.LANCZOS)


def snippet(data: bytes, _: Size) -> bytes:
    """Do as the reference provider's documentation: full size, as JPEG, in base64."""
    file = io.BytesIO()
    with Image.open(io.BytesIO(data)) as image:
        image.save(file, "JPEG")
    return base64.b64encode(file.getvalue())


def thumbnail(data: bytes, size: Size) -> bytes:
    """Use Pillow's own way to a small picture."""
    with Image.open(io.BytesIO(data)) as image:
        image.thumbnail(size)
        return _written(image)


def _written(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


WAYS = {
    "naive: open, LANCZOS, save": naive,
    "the provider's snippet": snippet,
    "`Image.thumbnail`": thumbnail,
}

with suppress(ImportError, OSError):
    import pyvips

    pyvips.cache_set_max(0)  # every round from the start, as all the others

    def vips(data: bytes, size: Size) -> bytes:
        """Shrink on load."""
        small = pyvips.Image.thumbnail_buffer(data, size[0], height=size[1])
        return bytes(small.jpegsave_buffer(Q=QUALITY, keep="none"))

    WAYS["pyvips"] = vips

with suppress(ImportError):
    import simplejpeg

    def simple(data: bytes, size: Size) -> bytes:
        """Decode at a fraction, resize with Pillow's BICUBIC."""
        pixels = simplejpeg.decode_jpeg(data, min_width=size[0], min_height=size[1])
        small = Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC)
        return _written(small)

    WAYS["simplejpeg"] = simple

with suppress(ImportError):
    import cv2
    import numpy as np

    cv2.setNumThreads(1)

    def opencv(data: bytes, size: Size) -> bytes:
        """Decode at the fraction that is just large enough, resize by area."""
        flags = (
            (cv2.IMREAD_REDUCED_COLOR_4, 4 * size[0]),
            (cv2.IMREAD_REDUCED_COLOR_2, 2 * size[0]),
            (cv2.IMREAD_COLOR, 0),
        )
        with Image.open(io.BytesIO(data)) as image:
            flag = next(flag for flag, wanted in flags if image.width >= wanted)
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flag)
        small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        return cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()

    WAYS["OpenCV"] = opencv
