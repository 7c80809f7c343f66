"""A control of the workbench: a small front end of its own, in two languages.

What a control shows is told by messages and not by traits: pictures, lists of models and what is
typed stay out of the state that is saved with a notebook. A page that comes says hello and is told
the state.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from vlm_notebook.errors import VlmError, one_line
from vlm_notebook.markup.catalogue import translated
from vlm_notebook.view import wording

if TYPE_CHECKING:
    from collections.abc import Iterator

_STATIC = Path(__file__).parent / "static"

State = tuple[dict[str, Any], list[bytes]]


def esm(part: str, *pieces: str) -> str:
    """Return the module of `static/<part>.js`, with its texts and what all controls share.

    Args:
        part: the control's.
        pieces: other files of its own that stand before it, without ".js".
    """
    texts = json.dumps(wording.words(part), ensure_ascii=False)
    names = ("kernel", "control", *pieces, part)
    sources = ((_STATIC / f"{name}.js").read_text("utf-8") for name in names)
    return "".join([f"const WORDS = {texts};\n", *sources])


def css(*parts: str) -> str:
    """Return the style that all controls share, and that of `static/<part>.css`."""
    names = ("control", *parts)
    return "".join((_STATIC / f"{name}.css").read_text("utf-8") for name in names)


class Control(anywidget.AnyWidget):
    """What the controls share; a subclass names its `part` and gives `_esm` and `_css`.

    A message of the front end goes to `_take_<kind>(content, buffers)`. What fails there is said
    below the control and never lost.

    Args:
        language: of the interface, "en" or "zh"; None for the browser's.
    """

    part = "control"
    language = traitlets.Unicode().tag(sync=True)

    def __init__(self, *, language: str | None = None, **traits: Any) -> None:
        super().__init__(language=wording.check(language), **traits)
        self._heard = wording.of_browser(None)
        self.on_msg(self._receive)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    @property
    def spoken(self) -> wording.Language:
        """The language of what is made in the kernel."""
        return wording.of_browser(self.language) if self.language else self._heard

    def word(self, key: str, **values: object) -> str:
        """Return a text in the language that is spoken."""
        return wording.words(self.part)[self.spoken][key].format(**values)

    def state(self) -> State:
        """Return what a front end has to know, and the bytes that go along."""
        return {}, []

    def refresh(self) -> None:
        """Tell every front end the state."""
        content, buffers = self.state()
        self.send({"kind": "state", **content}, buffers)

    def say(self, line: str, *, error: bool = True) -> None:
        """Show a line below the control; an empty one takes it away."""
        self.send({"kind": "say", "line": line, "error": error})

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Say below the control what fails within."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - a callback's error would be seen by nobody
            self.say(self.worded(error))

    def worded(self, error: Exception) -> str:
        """Return one line about an error, in the language that is spoken."""
        if isinstance(error, VlmError):
            return translated(str(error), self.spoken)
        return self.word("failed", what=one_line(f"{type(error).__name__}: {error}"))

    def close(self) -> None:
        """Let go of the widget and of the layout that ipywidgets made for it."""
        super().close()
        self.layout.close()

    def _receive(self, _: Any, content: dict[str, Any], buffers: list[Any]) -> None:
        kind = content.get("kind") if isinstance(content, dict) else None
        take = getattr(self, f"_take_{kind}", None)
        if take:
            with self.telling():
                take(content, [bytes(buffer) for buffer in buffers or []])

    def _take_hello(self, content: dict[str, Any], _: list[bytes]) -> None:
        self._heard = wording.of_browser(content.get("language"))
        self.refresh()
