"""What a page with hostile answers has done: looked for in its elements, and heard from outside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from canary import Canary
    from playwright.sync_api import Page

SCRIPT = Path(__file__).with_name("witness.js").read_text(encoding="utf-8")
KINDS = (
    *("active", "control", "link", "named", "handler", "command", "attribute", "styled"),
    *("dressed", "shadow", "placed", "fetched", "outside"),
)
CLOSED = "[anywidget] Failed to initialize model."
"""What the page says of a widget that had gone before its script had come: no harm."""

HEARD = ("executed", "dialogs", "errors", "asked")


class Witness:
    """Listens to a page from before it loads anything.

    Attributes:
        executed: what called `__pwn`, the function that hostile answers want to call.
        dialogs: texts of `alert` and its like.
        errors: errors of the page's scripts.
    """

    def __init__(self, page: Page, canary: Canary) -> None:
        self.page, self._canary = page, canary
        self.executed: list[str] = []
        self.dialogs: list[str] = []
        self.errors: list[str] = []
        self._wanted: list[str] = []
        page.expose_function("__pwn", lambda word: self.executed.append(word))  # noqa: PLW0108 - inspected
        page.on("dialog", self._note_dialog)
        page.on("request", self._note_request)
        page.on("pageerror", self._note_error)

    def _note_dialog(self, dialog):
        if dialog.type != "beforeunload":  # "leave without saving?" is Lab's own
            self.dialogs.append(dialog.message)

    def _note_error(self, error):
        if str(error) != CLOSED:
            self.errors.append(str(error))

    def _note_request(self, request):
        """Note what is wanted of the canary, also when the browser itself forbids it."""
        if self._canary.host in request.url:
            self._wanted.append(f"{request.method} {urlsplit(request.url).path}")

    def look(self, selector: str) -> dict[str, object]:
        """Return how many roots there are, and all that is amiss in them or was heard so far."""
        asked = self._canary.asked or ["a connection"] * self._canary.connections or self._wanted
        heard = [self.executed, self.dialogs, self.errors, asked]
        heard = {name: list(value) for name, value in zip(HEARD, heard, strict=True)}
        return {**self.page.evaluate(SCRIPT, selector), **heard}


def harmless(roots: int) -> dict[str, object]:
    """Return what `look` finds in so many roots without harm."""
    return {"roots": roots, **{kind: [] for kind in (*KINDS, *HEARD)}}
