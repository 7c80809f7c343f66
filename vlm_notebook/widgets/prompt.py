"""The prompt box: what is asked, typed or ready-made, with Ask and Stop."""

from __future__ import annotations

import json
from threading import Lock
from typing import TYPE_CHECKING, Any

import traitlets

from vlm_notebook.tasks import prompts
from vlm_notebook.view import wording
from vlm_notebook.view.control import Control, State, css, esm

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

READY = ("describe", "read", "compare", "table", "count", "find")
"""The ready prompts, in the order of their buttons."""

MAX_CHARS = 500_000
"""Longer texts would near what a notebook's messages can carry."""


def ready(language: str) -> dict[str, str]:
    """Return the ready prompts; `{what}` stands where a word of one's own belongs.

    >>> ready("en")["count"]
    'How many {what} are in this picture?'
    """
    texts = wording.words("prompt")[wording.of_browser(language)]
    known = {"describe": prompts.describe(language), "compare": prompts.compare(language)}
    return {key: known.get(key) or texts[f"text_{key}"] for key in READY}


def _module() -> str:
    """Return the front end, which has the ready prompts within: they work without a kernel."""
    texts = {language: ready(language) for language in wording.LANGUAGES}
    values = {"READY": texts, "MAX_CHARS": MAX_CHARS}
    constants = (f"const {name} = {json.dumps(value)};\n" for name, value in values.items())
    return "".join([*constants, esm("prompt")])


class PromptBox(Control):
    """Takes a prompt; what is typed reaches the kernel, and is not saved with the notebook.

    Args:
        value: the text to begin with.
        language: of the interface, "en" or "zh"; None for the browser's.
    """

    part = "prompt"
    _esm = _module()
    _css = css("prompt")
    busy = traitlets.Bool(default_value=False).tag(sync=True)

    def __init__(self, value: str | None = None, *, language: str | None = None) -> None:
        self._value = value or ""
        self._typed: tuple[str, int] = ("", 0)
        self._lock = Lock()
        self._on_ask: Callable[[str], object] = lambda _: None
        self._on_stop: Callable[[], object] = lambda: None
        super().__init__(language=language)

    @property
    def value(self) -> str:
        """The text, as typed up to a third of a second ago, or as set here."""
        return self._value

    @value.setter
    def value(self, text: str) -> None:
        with self._lock:
            self._value = text
        self.send({"kind": "set", "text": self._value})
        self.refresh()

    def suggest(self, text: str, *, instead_of: Collection[str] = ()) -> None:
        """Put a text where there is none or one of `instead_of`; what is being typed stays."""
        with self._lock:
            if self._value and self._value not in instead_of:
                return
            self._value = text
        self.refresh()

    def on_ask(self, callback: Callable[[str], object]) -> None:
        """Call `callback(text)` when it is asked, with a text that is not empty."""
        self._on_ask = callback

    def on_stop(self, callback: Callable[[], object]) -> None:
        """Call `callback()` when Stop is wanted."""
        self._on_stop = callback

    def state(self) -> State:
        """Return the text, and which page typed it as its how manieth."""
        with self._lock:
            page, turn = self._typed
            return {"text": self._value, "page": page, "turn": turn}, []

    def _take_draft(self, content: dict[str, Any], _: list[bytes]) -> None:
        if self._keep(content):
            self.refresh()

    def _take_ask(self, content: dict[str, Any], _: list[bytes]) -> None:
        if not self._keep(content):
            return
        self.refresh()
        if self._value.strip():
            self.say("")
            self._on_ask(self._value)
        else:
            self.say(self.word("empty"))

    def _take_stop(self, *_: Any) -> None:
        self._on_stop()

    def _keep(self, content: dict[str, Any]) -> bool:
        """Keep what a page says it has typed; return False for what is no text of ours."""
        text, page, turn = (content.get(key) for key in ("text", "page", "turn"))
        if not isinstance(text, str) or len(text) > MAX_CHARS:
            return False
        with self._lock:
            self._value = text
            self._typed = str(page or ""), turn if isinstance(turn, int) else 0
        return True
