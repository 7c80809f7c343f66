"""Photographs of the size that phones take, made by formula from the sample pictures."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from vlm_notebook import samples

PHONE = (4032, 3024)
LARGE = (8064, 6048)
NOISE = 5.0
"""Standard deviation of the sensor's noise: with it, 12 million pixels take about 3 MB."""

_QUALITY = 90
_BAND_ROWS = 252


def photograph(name: str, size: tuple[int, int], seed: int = 1) -> bytes:
    """Return a sample picture enlarged to (width, height), with noise, as JPEG with EXIF data."""
    random = np.random.default_rng(seed)
    with Image.open(samples.path(name)) as sample:
        image = sample.convert("RGB").resize(size, Image.Resampling.BICUBIC)
    for top in range(0, size[1], _BAND_ROWS):  # in bands, so that 48 MP need no gigabyte
        band = image.crop((0, top, size[0], min(top + _BAND_ROWS, size[1])))
        image.paste(_grainy(band, random), (0, top))
    exif = Image.Exif()
    exif[0x010F] = "A camera"
    return saved(image, "JPEG", quality=_QUALITY, exif=exif)


def _grainy(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """Add the same noise to each channel: sensors' noise in colour is smoothed by cameras."""
    grain = random.normal(0, NOISE, (image.height, image.width, 1)).astype("float32")
    return Image.fromarray((np.asarray(image) + grain).clip(0, 255).astype("uint8"))


def scan(seed: int = 2) -> bytes:
    """Return a page at 200 dots per inch as a scanner writes it: grey paper, faint noise, JPEG."""
    random = np.random.default_rng(seed)
    with Image.open(samples.path("page")) as page:
        large = page.convert("RGB").resize((1654, 2321), Image.Resampling.BICUBIC)
    grain = random.normal(-8, 2, (large.height, large.width, 1))
    paper = Image.fromarray((np.asarray(large) + grain).clip(0, 255).astype("uint8"))
    return saved(paper, "JPEG", quality=_QUALITY, dpi=(200, 200))


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    """Return a picture as the bytes of a file."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()
