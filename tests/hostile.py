"""Hostile answers: what a model could be made to write by a picture or a prompt.

In their text `{{CANARY}}` stands for a server that nobody may ask for anything, and `__pwn` for a
function that nobody may call.
"""

from __future__ import annotations

import json
from pathlib import Path

FILES = ("xss_payloads.json", "hostile_answers.json")
NOWHERE = "127.0.0.1:9"


def _payloads():
    for name in FILES:
        data = (Path(__file__).parent / "data" / name).read_text("utf-8")
        yield from json.loads(data)["payloads"]


def pieces(host=NOWHERE):
    """Return id -> the pieces of each answer, with the canary's host and port in their place."""
    return {payload["id"]: _filled(payload, host) for payload in _payloads()}


def answers(host=NOWHERE, *, generated=True):
    """Return id -> text of each answer; without `generated`, those that are written out."""
    found = {name: "".join(parts) for name, parts in pieces(host).items()}
    skipped = {p["id"] for p in _payloads() if "generate" in p and not generated}
    return {name: text for name, text in found.items() if name not in skipped}


def _filled(payload, host):
    """Fill in the names before the text is cut: half a name would stay as it is."""
    names = {"{{ID}}": payload["id"], "{{CANARY}}": f"http://{host}", "{{CANARY_HOST}}": host}
    text = eval(payload["generate"]) if "generate" in payload else payload["answer"]
    deltas = payload.get("deltas") or [text]
    for name, value in names.items():
        deltas = [delta.replace(name, value) for delta in deltas]
    whole = "".join(deltas)
    step = max(5, len(whole) // 8)
    cut = [whole[at : at + step] for at in range(0, len(whole), step)]
    return deltas if deltas[1:] else cut
