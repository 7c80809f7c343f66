"""Habits: what a client has learned of its provider, and the request that each call makes of it."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from vlm_notebook.chat.providers import provider_at, quirks_of
from vlm_notebook.chat.quirks import quirk_of
from vlm_notebook.errors import StatusError

if TYPE_CHECKING:
    from vlm_notebook.chat.message import Request
    from vlm_notebook.chat.quirks import Quirk
    from vlm_notebook.errors import EndpointError

MAX_STEPS = 4
"""Calls that one question may cost to find out what its provider does not take."""

_REFUSED = frozenset({400, 422})


class Habits:
    """What a provider does not take, by model; for one base URL.

    Args:
        base_url: of the endpoint, by which some providers are known beforehand.
        host: what the user is told that it is called.
    """

    def __init__(self, base_url: str, host: str) -> None:
        self.provider = provider_at(base_url)
        self.host = host
        self._learned: dict[str, tuple[Quirk, ...]] = {}
        self._lock = Lock()

    def of(self, model: str) -> tuple[Quirk, ...]:
        """Return what a model's requests have to be without, in the order of finding out."""
        return (*quirks_of(self.provider, model), *self._learned.get(model, ()))

    def learn(self, model: str, quirks: tuple[Quirk, ...]) -> None:
        """Remember what made the difference between a refusal and an answer."""
        with self._lock:
            self._learned[model] = (*dict.fromkeys((*self._learned.get(model, ()), *quirks)),)


class Adaptation:
    """A request as its provider takes it, changed one thing at a time.

    Attributes:
        request: what to send next.
        notes: what the user is told of the changes, in sentences.
    """

    def __init__(self, request: Request, habits: Habits) -> None:
        self.request = request
        self._habits = habits
        self._found: tuple[Quirk, ...] = ()
        self._told: list[str] = []
        for quirk in habits.of(request.model):
            self._take(quirk, tell=quirk.repeated)

    def _take(self, quirk: Quirk, *, tell: bool) -> None:
        changed = quirk.change(self.request)
        if tell and quirk.note and changed != self.request:
            self._told.append(f"{self._habits.host} {quirk.note}.")
        self.request = changed

    @property
    def notes(self) -> tuple[str, ...]:
        """What was changed, and what there is too much of."""
        notice = self._habits.provider.notice(self.request)
        return (*self._told, *([notice] if notice else []))

    def step(self, error: EndpointError) -> bool:
        """Change what a refusal names; return whether there is something new to send."""
        if not isinstance(error, StatusError) or error.status not in _REFUSED:
            return False
        quirk = quirk_of(error.words, self.request) if len(self._found) < MAX_STEPS else None
        if quirk is None:
            return False
        self._found = (*self._found, quirk)
        self._take(quirk, tell=True)
        return True

    def keep(self) -> bool:
        """Remember what was found out, for the provider has taken the request; return True."""
        if self._found:
            self._habits.learn(self.request.model, self._found)
        return True
