"""The playground's head: whom it asks, and in which language it speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from vlm_notebook.chat.secret import Secret
from vlm_notebook.client import Client
from vlm_notebook.view.control import Control, css, esm
from vlm_notebook.view.surface import page_id

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vlm_notebook.markup.transcript import Bundle
    from vlm_notebook.view.control import State


class Header(Control):
    """Says who answers, connects to another endpoint, switches the language.

    In JupyterLab and Notebook 7 it also has the document hold what is to be kept where the page
    shows the widget `root`: what is saved can be read without a kernel.

    Args:
        client: whom the playground asks.
        on_connect: called with a new client.
        on_language: called with "en" or "zh".
        on_hello: called when a page came whose language is heard.
    """

    part = "header"
    _esm = esm("header", "company")
    _css = css()
    root = traitlets.Unicode().tag(sync=True)
    page = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        client: Client,
        *,
        on_connect: Callable[[Client], None],
        on_language: Callable[[str], None],
        on_hello: Callable[[], None] = lambda: None,
        language: str | None = None,
    ) -> None:
        super().__init__(language=language, page=page_id())
        self.client = client
        self._parts: list[Bundle] = []
        self._on_connect, self._on_language, self._on_hello = on_connect, on_language, on_hello

    def state(self) -> State:
        """Tell who answers."""
        known = self.client.is_embedded
        where = self.word("offline") if known else self.word("connected", where=self._address())
        return {"where": where}, []

    def keep(self, parts: Sequence[Bundle]) -> None:
        """Have the document hold these parts; the front end is told those that it has not yet."""
        pairs = enumerate(zip(self._parts, parts, strict=False))
        changed = (at for at, (one, other) in pairs if one != other)
        first = next(changed, min(len(self._parts), len(parts)))
        self._parts = list(parts)
        if first < len(parts):
            self._tell(first)

    def _tell(self, first: int) -> None:
        """Tell what is kept from part `first` on at once: the document never holds less of it."""
        self.send({"kind": "keep", "at": first, "parts": self._parts[first:]})

    def _address(self) -> str:
        hint = self.client.key_hint
        return f"{self.client.base_url} ({hint})" if hint else self.client.base_url

    def _take_hello(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        super()._take_hello(content, buffers)
        self._tell(0)
        self._on_hello()

    def _take(self, client: Client) -> None:
        self.client = client
        self.say("")
        self._on_connect(client)
        self.refresh()

    def _take_connect(self, content: dict[str, Any], _: list[bytes]) -> None:
        key = Secret(content.pop("key", None))  # from here on no traceback with locals shows it
        self._take(Client(str(content["base_url"]), key, model=content.get("model") or None))

    def _take_embed(self, _: dict[str, Any], __: list[bytes]) -> None:
        self._take(Client(model="embedded"))

    def _take_speak(self, content: dict[str, Any], _: list[bytes]) -> None:
        self._on_language(str(content["language"]))
