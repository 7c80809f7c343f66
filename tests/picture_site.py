"""A site of an invented name whose pictures are downloaded."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from loopback import SITE, redirect
from PIL import Image

from vlm_notebook.errors import SourceError
from vlm_notebook.images.fetch import fetch

HOSTILE = json.loads((Path(__file__).parent / "data" / "hostile_urls.json").read_text("utf-8"))
URL = f"http://{SITE}/a.png"
PAGE = b"<!DOCTYPE html><html><title>Sign in</title></html>"


def png():
    file = io.BytesIO()
    Image.effect_noise((64, 48), 80).save(file, format="PNG")
    return file.getvalue()


PNG = png()


def refused(url=URL, **options):
    """Return the one line with which a download is refused."""
    with pytest.raises(SourceError) as caught:
        fetch(url, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def chain(path):
    return redirect(f"/{int(path.strip('/a.png') or 0) + 1}")
