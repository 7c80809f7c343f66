"""The detail toggle: low, high, auto (and original), each with what it does to these pictures."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from threading import RLock
from typing import TYPE_CHECKING, Any

import traitlets

from vlm_notebook import detail as levels
from vlm_notebook.chat.engine import engine
from vlm_notebook.default import default_client
from vlm_notebook.models.cost import money
from vlm_notebook.view.control import Control, State, css, esm
from vlm_notebook.view.preview import preview
from vlm_notebook.widgets.effect import Effect, effects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from vlm_notebook.chat.engine import Submission
    from vlm_notebook.client import Client

__all__ = ["DetailToggle", "Effect", "effects"]

MAX_PREVIEWS = 4
"""Each is up to 150 kB of HTML; more than so many nobody compares."""

PREVIEWED = ("low", "high")


class DetailToggle(Control):
    """Chooses a level of detail, and says what each means for a model and some pictures.

    Args:
        client: whose prices count; the default client if not given.
        value: the level chosen at first; the client's own if not given.
        language: of the interface, "en" or "zh"; None for the browser's.

    Raises:
        ModelError: `value` is no level that the client's model has.
    """

    part = "toggle"
    _esm = esm("toggle")
    _css = css("toggle")
    value = traitlets.Unicode("auto").tag(sync=True)

    def __init__(
        self,
        client: Client | None = None,
        *,
        value: str | None = None,
        language: str | None = None,
    ) -> None:
        self._client = client or default_client()
        self._effects: dict[str, Effect] = {}
        self._images: tuple[Any, ...] = ()
        self._model: str | None = None
        self._turn = 0
        self._lock = RLock()
        self._on_preview: Callable[[], object] | None = None
        usual = levels.kept(self._client.detail, self.model)
        super().__init__(language=language, value=value or usual)

    @traitlets.validate("value")
    def _checked(self, proposal: Any) -> str:
        return levels.check(proposal["value"], self.model)

    @property
    def client(self) -> Client:
        """Whose prices count."""
        return self._client

    @client.setter
    def client(self, client: Client) -> None:
        self._client = client

    @property
    def model(self) -> str | None:
        """The model whose levels there are to choose from: what `update` was given last."""
        return self._model or self._client.model

    @property
    def effects(self) -> dict[str, Effect]:
        """What each level does, as shown last."""
        return dict(self._effects)

    def show(self, effects: Mapping[str, Effect]) -> None:
        """Show what each level does; what `update` has under way is dropped."""
        with self._lock:
            self._turn += 1
            self._effects = dict(effects)
            self.refresh()

    def update(self, images: Iterable[Any], model: str | None = None) -> Submission[None]:
        """Find out what each level does, and show it; returns at once.

        Of several under way only the latest is shown. What fails is said below the control.
        "original" becomes "high" where the model has no such level.

        Args:
            images: anything `load` takes; an `ImageSource` is the fastest.
            model: the model's id; the client's own if not given.
        """
        with self._lock:
            self._turn += 1
            turn, self._images, self._model = self._turn, tuple(images), model
            self.value = levels.kept(self.value, self.model)
        return engine().submit(self._find(turn, self._images, model))

    async def _find(self, turn: int, images: tuple[Any, ...], model: str | None) -> None:
        finding = asyncio.to_thread(effects, images, model=model, client=self._client)
        (found,) = await asyncio.gather(finding, return_exceptions=True)
        with self._lock:
            if turn != self._turn:
                return
            self._effects = {}
            self.say("")
            with self.telling():
                if isinstance(found, BaseException):
                    raise found
                self._effects = found
            self.refresh()

    def state(self) -> State:
        """Return which levels there are and what each does, as plain values."""
        told = {level: _told(effect) for level, effect in self._effects.items()}
        there = list(levels.levels_of(self.model))
        return {"effects": told, "pictures": len(self._images), "levels": there}, []

    def refresh(self) -> None:
        """Tell every front end the state, one at a time: the latest comes last."""
        with self._lock:
            super().refresh()

    def on_preview(self, callback: Callable[[], object] | None) -> None:
        """Call `callback()` for a preview; with None the control shows one itself."""
        self._on_preview = callback

    def _take_preview(self, *_: Any) -> None:
        if self._on_preview:
            self._send_preview()
            self._on_preview()
        else:
            engine().submit(self._preview(self._images[:MAX_PREVIEWS], self._model))

    async def _preview(self, images: tuple[Any, ...], model: str | None) -> None:
        sections: list[str] = []
        self.say("" if images else self.word("no_pictures"), error=False)
        with self.telling():
            sections = await asyncio.to_thread(_previews, images, model or self._client.model)
        self._send_preview(sections)

    def _send_preview(self, sections: Iterable[str] = ()) -> None:
        self.send({"kind": "preview", "sections": list(sections)})


def _previews(images: Iterable[Any], model: str | None) -> list[str]:
    """Return safe HTML for each picture, made in the kernel."""
    return [preview(one, model=model, detail=PREVIEWED)._repr_html_() for one in images]


def _told(effect: Effect) -> dict[str, Any]:
    """Return an effect as JSON, its cost as an amount in words."""
    cost = None if effect.cost is None else money(effect.cost, effect.currency)
    return asdict(effect) | {"cost": cost}
