"""The model picker: an endpoint's models, hundreds of them, searched by typing."""

from __future__ import annotations

import asyncio
import hashlib
from threading import RLock
from typing import TYPE_CHECKING, Any

import traitlets

from vlm_notebook.chat.engine import engine
from vlm_notebook.default import default_client
from vlm_notebook.models.catalog import UNSAID, seeing
from vlm_notebook.models.cost import FREE, money, price
from vlm_notebook.view.control import Control, State, css, esm
from vlm_notebook.widgets import recent

if TYPE_CHECKING:
    from vlm_notebook.chat.engine import Submission
    from vlm_notebook.client import Client
    from vlm_notebook.models.catalog import ModelCard

MAX_MODELS = 2_000
"""So many are told to a front end; no list of November 2026 has half of them."""

MAX_ID_CHARS = 200
"""Longer ids are no model's; with `MAX_MODELS` it keeps a list below 4 MiB."""

_REASON_CHARS = 60
"""Endpoints' own fields have shorter names."""


class ModelPicker(Control):
    """Chooses a model of an endpoint; an id that is not in its list can be typed.

    The list is read when the picker is first shown, or by `load`.

    Args:
        client: whose models; the default client if not given.
        value: the model chosen at first; the client's own if not given.
        language: of the interface, "en" or "zh"; None for the browser's.
    """

    part = "picker"
    _esm = esm("picker", "memory", "marks")
    _css = css("picker")
    value = traitlets.Unicode().tag(sync=True)
    vision_only = traitlets.Bool(default_value=True).tag(sync=True)

    def __init__(
        self,
        client: Client | None = None,
        *,
        value: str | None = None,
        language: str | None = None,
    ) -> None:
        self._client = client or default_client()
        self._cards: tuple[ModelCard, ...] = ()
        self._turn = 0
        self._loading = False
        self._lock = RLock()
        super().__init__(language=language, value=value or self._client.model or "")
        self.observe(self._note, "value")

    @property
    def client(self) -> Client:
        """Whose models; another client's own model is chosen, and its list is read."""
        return self._client

    @client.setter
    def client(self, client: Client) -> None:
        with self._lock:
            self._turn += 1  # what the former client's endpoint still says is dropped
            self._client, self._cards = client, ()
        self.value = client.model or ""
        self.load()

    @property
    def cards(self) -> list[ModelCard]:
        """The models as read last."""
        return list(self._cards)

    def load(self, *, refresh: bool = False) -> Submission[None]:
        """Read the list of models; returns at once, what fails is said below the control.

        Args:
            refresh: ask the endpoint again, however lately it was asked.
        """
        with self._lock:
            self._turn += 1
            self._loading, turn = True, self._turn
        self.say("")
        self.refresh()
        return engine().submit(self._read(turn, refresh=refresh))

    async def _read(self, turn: int, *, refresh: bool) -> None:
        asking = asyncio.to_thread(self._client.models, vision_only=False, refresh=refresh)
        (found,) = await asyncio.gather(asking, return_exceptions=True)
        with self._lock:
            if turn != self._turn:
                return
            self._loading = False
            with self.telling():
                if isinstance(found, BaseException):
                    raise found
                self._cards = tuple(found)
            self.refresh()

    def state(self) -> State:
        """Return the models as plain values, and those used lately."""
        with self._lock:
            listed, is_busy = self._cards, self._loading
        told = [card for card in listed if len(card.id) <= MAX_ID_CHARS][:MAX_MODELS]
        offered = {card.id for card in seeing(told)}
        return {
            "models": [self._told(card) | {"fits": card.id in offered} for card in told],
            "recent": recent.models(self._client.base_url),
            # Addresses can hold passwords, and a browser's storage is no place for those.
            "place": hashlib.sha256(self._client.base_url.encode()).hexdigest()[:16],
            "busy": is_busy,
        }, []

    def _told(self, card: ModelCard) -> dict[str, Any]:
        reason = "" if card.reason == UNSAID else card.reason[:_REASON_CHARS]
        about = {"vision": card.vision, "reason": reason, "context": card.context}
        return {"id": card.id, **about, **_prices(card, self._client.base_url)}

    def refresh(self) -> None:
        """Tell every front end the state, one at a time: the latest comes last."""
        with self._lock:
            super().refresh()

    def _note(self, change: Any) -> None:
        recent.use(self._client.base_url, change["new"])

    def _take_hello(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        super()._take_hello(content, buffers)
        if not self._cards and not self._loading:
            self.load()

    def _take_refresh(self, *_: Any) -> None:
        self.load(refresh=True)


def _prices(card: ModelCard, base_url: str) -> dict[str, Any]:
    """Return in words what a million tokens cost, as far as the list tells."""
    told = card.input_price is not None or card.output_price is not None
    rates = price(card, base_url=base_url) if told else None
    if rates is None:
        return {"read": None, "written": None, "free": False}
    read, written = (
        None if amount is None else money(amount, rates.currency)
        for amount in (rates.input, rates.output)
    )
    return {"read": read, "written": written, "free": rates is FREE}
