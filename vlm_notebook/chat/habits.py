"""Habits: what a client has learned of its provider, and the request that each call makes of it."""

from __future__ import annotations

from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING

from vlm_notebook.chat import album
from vlm_notebook.chat.blame import blamed
from vlm_notebook.chat.providers import check, provider_at, quirks_of
from vlm_notebook.chat.quirks import HIGH_FOR_ORIGINAL, INLINE, NO_DETAIL, quirk_of
from vlm_notebook.detail import levels_of
from vlm_notebook.errors import StatusError

if TYPE_CHECKING:
    from vlm_notebook.chat.message import Request
    from vlm_notebook.chat.probe import Probe
    from vlm_notebook.chat.question import Question
    from vlm_notebook.chat.quirks import Quirk
    from vlm_notebook.errors import EndpointError
    from vlm_notebook.models.catalog import ModelCard

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
        self._probes: dict[str, Probe] = {}
        self._lock = Lock()

    def of(self, model: str) -> tuple[Quirk, ...]:
        """Return what a model's requests have to be without, in the order of finding out."""
        probe = self._probes.get(model)
        needless = {quirk for quirk, says in _says(probe) if says} if probe else set()
        known = (quirk for quirk in quirks_of(self.provider, model) if quirk not in needless)
        return (*dict.fromkeys((*known, *self._learned.get(model, ()))),)

    def probe(self, model: str) -> Probe | None:
        """Return what a model was found to do with pictures; None where it was not probed."""
        return self._probes.get(model)

    def take(self, probe: Probe) -> None:
        """Go by what a probe found out: it counts for more than what providers are known for."""
        model, says = probe.plan.model, dict(_says(probe))
        with self._lock:
            self._probes[model] = probe
            kept = [quirk for quirk in self._learned.get(model, ()) if not says.get(quirk)]
            self._learned[model] = (*kept,)
        self.learn(model, (*(quirk for quirk in says if says[quirk] is False),))

    def described(self, card: ModelCard) -> ModelCard:
        """Return a model's card with what a probe saw in the place of what its list says."""
        probe = self._probes.get(card.id)
        if probe is None or probe.vision.says is None:
            return card
        seen = probe.vision
        return replace(card, vision=seen.says, reason=f"a probe: {seen.reason}")

    def ready(self, question: Question) -> Question:
        """Return a question with what is to be said of it before it is answered.

        Raises:
            ModelError: it has more pictures than are taken, or larger ones.
        """
        sent = album.sent(question.request)
        check(self.provider, sent)
        return replace(question, notices=self.doubts(sent))

    def doubts(self, request: Request) -> tuple[str, ...]:
        """Return what there is too much of in a request, and what a probe makes doubtful of it."""
        advice = self.provider.notice(request)
        return (*([advice] if advice else []), *self._probed(request))

    def _probed(self, request: Request) -> tuple[str, ...]:
        probe, count = self._probes.get(request.model), len(request.images)
        if probe is None or not count:
            return ()
        if probe.vision.says is False:
            return (f"A probe found that {request.model} does not see pictures.",)
        if probe.several.says is False and count > 1:
            one = "takes one picture at a time: montage=True sends them as one"
            return (f"A probe found that {request.model} {one}.",)
        return ()

    def learn(self, model: str, quirks: tuple[Quirk, ...]) -> None:
        """Remember what made the difference between a refusal and an answer."""
        with self._lock:
            self._learned[model] = (*dict.fromkeys((*self._learned.get(model, ()), *quirks)),)


def _says(probe: Probe) -> tuple[tuple[Quirk, bool | None], ...]:
    """Return the quirks that a probe is about, and whether it found them needless."""
    return ((NO_DETAIL, probe.detail.says), (INLINE, probe.url.says))


class Adaptation:
    """A request as its provider takes it, changed one thing at a time.

    Attributes:
        request: what to send next.
        whole: the request with all its pictures, but for those that the provider refused.
        notes: what the user is told of the changes, in sentences.
    """

    def __init__(self, request: Request, habits: Habits) -> None:
        self.whole = self._asked = request
        self._habits = habits
        self._found: tuple[Quirk, ...] = ()
        self._blame: str | None = None
        self._make()

    def _make(self) -> None:
        self.request = album.sent(self.whole)
        self._told: list[str] = []
        if "original" not in levels_of(self.request.model):  # a level of the client's or of before
            self._take(HIGH_FOR_ORIGINAL, tell=True)
        for quirk in self._habits.of(self.request.model):
            self._take(quirk, tell=quirk.repeated)
        for quirk in self._found:
            self._take(quirk, tell=True)

    def _take(self, quirk: Quirk, *, tell: bool) -> None:
        changed = quirk.change(self.request)
        if tell and quirk.note and changed != self.request:
            self._told.append(f"{self._habits.host} {quirk.note}.")
        self.request = changed

    @property
    def notes(self) -> tuple[str, ...]:
        """What was changed, and what there is too much of."""
        aside = album.notes(self.whole.messages)
        return (*self._told, *aside, *self._habits.doubts(self.request))

    def step(self, error: EndpointError) -> bool:
        """Change what a refusal names; return whether there is something new to send."""
        if not isinstance(error, StatusError):
            return False
        may = error.status in _REFUSED and len(self._found) < MAX_STEPS
        quirk = quirk_of(error.words, self.request) if may else None
        if quirk is None:
            return self._set_aside(error)
        self._found = (*self._found, quirk)
        self._take(quirk, tell=True)
        return True

    def _set_aside(self, error: StatusError) -> bool:
        """Set aside the pictures that a refusal blames; without earlier ones it is worth a try.

        A question is not sent without its own pictures: it is about them. What they are set
        aside for is the next one.
        """
        numbers = blamed(error, self.request)
        if not numbers:
            if self._blame == error.words:  # it was not for the pictures
                self.whole = self._asked
            return False
        is_first = self._blame is None
        self.whole, self._blame = album.set_aside(self.whole, numbers), error.words
        if not is_first or self.whole.messages[-1] != self._asked.messages[-1]:
            return False
        self._found = (*(known for known in self._found if not known.words.search(error.words)),)
        self._make()
        return True

    def keep(self) -> bool:
        """Remember what was found out, for the provider has taken the request; return True."""
        if self._found:
            self._habits.learn(self.request.model, self._found)
        return True
