"""The growing answer: a small widget that text is sent to, in batches by time.

Blocks of code have a button that copies them for as long as the widget stays: until the page is
loaded anew. The card that is saved in its place has no script, so that it is the same in every
reader and no page has to trust it; there code is selected by hand. Formulas are typeset once their
block has closed, where the page has a typesetter for widgets to use: in JupyterLab and Notebook 7.
"""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import anywidget
import traitlets

from vlm_notebook.markup import card as cards
from vlm_notebook.markup import words
from vlm_notebook.view.growth import Growth
from vlm_notebook.view.surface import page_id, request_id

if TYPE_CHECKING:
    from vlm_notebook.chat.delta import Delta
    from vlm_notebook.markup.card import Card

_REST_FACTOR = 9
"""Text that is dear to render, as hostile text can be, takes a tenth of a core's time too."""

_SAID = ("copy", "copied", "not_copied", "stop", "seconds", "reasoning", "lost")
"""What the front end says itself."""

_STATIC = Path(__file__).parent / "static"


def script(*names: str) -> str:
    """Return modules as one, without comments and margins, since each answer sends it."""
    lines = "\n".join((_STATIC / f"{name}.js").read_text("utf-8") for name in names).splitlines()
    bare = (line.strip() for line in lines)
    return "".join(f"{line}\n" for line in bare if line and not line.startswith("//"))


def _growing() -> str:
    """Return the module of the growing answer with its texts; it exports nothing."""
    spoken = {name: {key: said[key] for key in _SAID} for name, said in words.words().items()}
    texts = json.dumps(spoken, ensure_ascii=False)
    return f"const WORDS = {texts};\n{script('clipboard', 'answer')}"


class GrowingAnswer(anywidget.AnyWidget):
    """Shows a card whose text grows.

    `feed` may be called from the engine's thread only; everything else from any.

    Args:
        card: what is known before the first token: pictures, prompt and the model's name; the
            view speaks its language.
    """

    # The text, not the path: anywidget would watch a file, and so keep every widget for ever.
    _esm = f"{_growing()}\nexport default growing;\n"
    _css = cards.style()
    name = traitlets.Unicode().tag(sync=True)
    head = traitlets.Unicode().tag(sync=True)
    body = traitlets.Unicode().tag(sync=True)
    foot = traitlets.Unicode().tag(sync=True)
    ended = traitlets.Bool(default_value=False).tag(sync=True)
    stoppable = traitlets.Bool(default_value=False).tag(sync=True)
    note = traitlets.Unicode().tag(sync=True)
    language = traitlets.Unicode().tag(sync=True)

    def __init__(self, card: Card, **traits: Any) -> None:
        name = uuid4().hex  # said twice, since a front end is not told its widget's name
        parts = {"head": cards.head_html(card), "foot": cards.foot_html(card)}
        parts |= {"language": card.language}
        super().__init__(model_id=name, name=name, **parts, **traits)
        self._growth = Growth()
        self._lock = Lock()
        self._timer: asyncio.TimerHandle | None = None
        self._rest_s = 0.0
        self.on_stop: Any = None
        self.on_msg(self._receive)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def feed(self, delta: Delta) -> None:
        """Take the next piece; it is sent within `Growth.wait_s` seconds."""
        if not (delta.text or delta.reasoning):
            return
        with self._lock:
            self._growth.add(delta.text)
            if delta.reasoning:
                self._growth.think(delta.reasoning)
        if self._timer is None:
            wait_s = max(self._growth.wait_s, self._rest_s)
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._flush)

    def tell(self, note: str) -> None:
        """Show what is waited for beside the seconds that pass; an empty line ends that."""
        self.note = note

    def _flush(self) -> None:
        self._timer = None
        began = time.thread_time()
        with self._lock:
            if not self.ended:
                self.send(self._growth.message())
        self._rest_s = _REST_FACTOR * (time.thread_time() - began)

    def finish(self, card: Card) -> None:
        """Replace the growing text by the finished card, which is saved with the notebook."""
        with self._lock, self.hold_sync():
            self.head, self.foot = cards.head_html(card), cards.foot_html(card)
            self.body, self.ended = cards.body_html(card), True

    def close(self) -> None:
        """Let go of the widget and of the layout that ipywidgets made for it."""
        super().close()
        self.layout.close()

    def _receive(self, _: Any, content: dict[str, Any], __: Any) -> None:
        if content.get("kind") == "hello":
            with self._lock:
                if self._growth and not self.ended:
                    self.send(self._growth.state())
        elif content.get("kind") == "stop" and self.on_stop:
            self.on_stop()


class LiveAnswer(GrowingAnswer):
    """A growing answer that a cell shows, and that leaves a card in the notebook's document.

    A page that can reach the document takes the card that is to be put in the view's place, and
    has it saved there, but shows the view on. Its display has the widget's `name` for an id.
    """

    _esm = f"{_growing()}\n{script('kernel', 'company', 'document', 'lasting')}"
    _css = cards.style()  # and no broken chain beside what needs no kernel
    _css += ".jupyter-widgets-disconnected:has(> .vlm-card)::before { display: none; }"
    # An answer too dear for Markdown is replaced by plain parts at its end: those far off can wait.
    _css += ".vlm-blocks > .vlm-part { content-visibility: auto;"
    _css += " contain-intrinsic-size: auto 40em; }"
    request = traitlets.Unicode().tag(sync=True)
    page = traitlets.Unicode().tag(sync=True)

    def __init__(self, card: Card, **traits: Any) -> None:
        super().__init__(card, request=request_id(), page=page_id(), **traits)
