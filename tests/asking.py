"""A client with a key of its own, and what it is asked with."""

from __future__ import annotations

from model_server import chunk, events
from PIL import Image

from vlm_notebook.client import Client

KEY = "sk-planted-0123456789abcdefghij"
RED = Image.new("RGB", (64, 48), "red")
BLUE = Image.new("RGB", (64, 48), "blue")
HALF = events(chunk("Half"), done=False)
USAGE = {"prompt_tokens": 90, "completion_tokens": 3, "prompt_tokens_details": {"image_tokens": 85}}


def keyed(server):
    """Return a client of the server that holds `KEY`."""
    return Client(server.base_url, KEY, model="some/model", timeout_s=10)


def ask(client, prompt="What is it?", *images, **options):
    return client.ask(prompt, *images, show=False, **options)
