"""What a model really does with pictures: asked with tiny ones whose content is known."""

from __future__ import annotations

import re
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vlm_notebook.chat.deadline import deadline
from vlm_notebook.chat.digit import SIDE_PX, pictures
from vlm_notebook.chat.draft import Draft
from vlm_notebook.chat.message import ImagePart, Message, Request, TextPart
from vlm_notebook.errors import StatusError, StreamError, one_line
from vlm_notebook.models import cost, tokens
from vlm_notebook.models.pricing import USD
from vlm_notebook.models.text import text_tokens

if TYPE_CHECKING:
    from decimal import Decimal

    from vlm_notebook.chat.account import Account
    from vlm_notebook.chat.answer import Answer
    from vlm_notebook.chat.endpoint import Endpoint
    from vlm_notebook.detail import Detail
    from vlm_notebook.images.prepare import PreparedImage
    from vlm_notebook.models.catalog import ModelCard

ANSWER_TOKENS = 20
"""What a short answer takes; a model that thinks first takes more, and nobody knows how much."""

_ONE = "Which digit is written in the picture, and what colour is its background? Two words."
_TWO = "Picture 1 and picture 2: what colour is the background of each? Two words."
_CONTROL = "Answer with one word: what colour is grass?"
_LINK = "What is in the picture? Three words."
_BLIND = re.compile(
    r"(cannot|can't|can not|unable to|don't|do not) (see|view)|no (image|picture)",
    re.IGNORECASE,
)

_MAX_REASON_CHARS = 90
_MARKS = {True: "yes", False: "no", None: "unknown"}


@dataclass(frozen=True, slots=True)
class Plan:
    """What a probe is going to send, and about what it will take.

    Attributes:
        model: the model's id.
        requests: how many requests go out; refusals add up to two.
        tokens: about how many tokens they and their short answers take.
        low: the fewest.
        high: the most, without what a model may think before it answers.
        price: in `currency`, or None: not known.
        currency: by ISO 4217.
    """

    model: str
    requests: int
    tokens: int
    low: int
    high: int
    price: Decimal | None
    currency: str = USD

    def __str__(self) -> str:
        range_ = f" ({self.low} to {self.high})" if self.low < self.high else ""
        price = "price unknown" if self.price is None else cost.money(self.price, self.currency)
        what = f"{self.requests} small requests to {self.model}"
        return f"{what}: about {self.tokens} tokens{range_}, {price}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found out: True, False, or None for unknown, and why."""

    says: bool | None
    reason: str

    @classmethod
    def yes(cls, reason: str) -> Finding:
        """Return a finding that it does."""
        return cls(says=True, reason=reason)

    @classmethod
    def no(cls, reason: str) -> Finding:
        """Return a finding that it does not."""
        return cls(says=False, reason=reason)


UNTRIED = Finding(None, "not tried")


@dataclass(frozen=True, slots=True, repr=False)
class Probe:
    """What a model did with known pictures.

    Attributes:
        plan: what was sent, and what it was expected to take.
        vision: whether it sees.
        detail: whether a level of detail is accepted.
        several: whether it sees two pictures in one question.
        url: whether it takes a picture by its URL.
        usage: whether the endpoint tells the tokens billed.
    """

    plan: Plan
    vision: Finding = UNTRIED
    detail: Finding = UNTRIED
    several: Finding = UNTRIED
    url: Finding = UNTRIED
    usage: Finding = UNTRIED

    def _rows(self) -> list[tuple[str, str, str]]:
        names = ("vision", "detail", "several", "url", "usage")
        found = [(name, getattr(self, name)) for name in names]
        return [(name, _MARKS[finding.says], finding.reason) for name, finding in found]

    def __repr__(self) -> str:
        rows = (f"{name:<8} {said:<8} {reason}".rstrip() for name, said, reason in self._rows())
        return "\n".join((str(self.plan), *rows))

    def _repr_markdown_(self) -> str:
        rows = (f"| {name} | {said} | {_cell(reason)} |" for name, said, reason in self._rows())
        table = "\n".join((f"| `{self.plan.model}` | | |", "|---|---|---|", *rows))
        return f"{table}\n\n{_cell(str(self.plan))}"


def _cell(reason: str) -> str:
    """Return words of a server so that Markdown has nothing to find in them."""
    return re.sub(r"([\\`*_{}\[\]<>#|!&$~])", r"\\\1", reason)


def plan(
    model: str, *, card: ModelCard | None = None, base_url: str | None = None, url: bool = False
) -> Plan:
    """Return what a probe would send and take; nothing is sent.

    Args:
        model: the model's id.
        card: the model as its endpoint lists it, for the price.
        base_url: the endpoint's, likewise.
        url: whether a picture is to go by its URL too, which is counted as one of ours.
    """
    sizes = [(SIDE_PX, SIDE_PX)] * (4 if url else 3)
    seen = tokens.estimate(sizes, model=model, detail="low")
    asked = [_ONE, _TWO, *([_LINK] if url else [])]
    words = text_tokens("".join(asked)).tokens
    written = ANSWER_TOKENS * len(asked)
    more = words + written
    price = cost.price(card or model, base_url=base_url)
    return Plan(
        model,
        len(asked),
        seen.tokens + more,
        seen.low + more,
        seen.high + more,
        price.of(seen.prompt_tokens + words, written) if price else None,
        price.currency if price else USD,
    )


async def probe(
    endpoint: Endpoint,
    planned: Plan,
    *,
    link: PreparedImage | None = None,
    account: Account | None = None,
) -> Probe:
    """Ask a model about known pictures.

    Args:
        endpoint: whom to ask.
        planned: of `plan`.
        link: a picture that has a `.url`, which the provider is to download; None leaves it out.
        account: where each request is entered, as any other call is.

    Raises:
        BudgetError: the next request would pass the account's budget.
        EndpointError: the endpoint refuses text as well, or cannot be asked.
    """
    asker = _Asker(endpoint, planned.model, account)
    found = await asker.one(Probe(planned))
    if found.vision.says is False:
        return found
    detail: Detail | None = "low" if found.detail.says else None
    found = replace(found, several=await asker.several(detail))
    if link is not None:
        part = replace(ImagePart(link, inline=False), detail=detail)
        found = replace(found, url=await asker.linked(part))
    return found


class _Asker:
    """Puts the questions of a probe to one model, as they are: nothing is left out or repeated."""

    def __init__(self, endpoint: Endpoint, model: str, account: Account | None) -> None:
        self._endpoint, self._model, self._account = endpoint, model, account

    async def ask(self, *parts: ImagePart | TextPart) -> Answer:
        request = Request(self._model, (Message("user", parts),))
        draft = Draft(request, detail="low")
        entry = self._account.open(request, "low", tell=False) if self._account else None
        try:
            async with (
                deadline(self._endpoint.host, self._endpoint.total_s),
                aclosing(self._endpoint.stream(request)) as deltas,
            ):
                async for delta in deltas:
                    draft.add(delta)
        finally:  # what had arrived is billed, however it ended
            if entry:
                entry.close(draft.answer(), learn=False)
        return draft.answer()

    async def one(self, found: Probe) -> Probe:
        """Show one picture, with a level of detail, then without where that is refused."""
        part, question = ImagePart(pictures()[0], "low"), TextPart(_ONE)
        try:
            answer = await self.ask(part, question)
            detail = Finding.yes("accepted")
        except (StatusError, StreamError) as first:
            try:
                answer = await self.ask(replace(part, detail=None), question)
            except (StatusError, StreamError) as error:
                await self.ask(TextPart(_CONTROL))  # if this fails too, it is not the picture
                return replace(found, vision=Finding.no(_words(error)))
            detail = Finding.no(_words(first))
        usage = Finding(not answer.usage.estimated, _used(answer))
        return replace(found, vision=_seen(answer.text), detail=detail, usage=usage)

    async def several(self, detail: Detail | None) -> Finding:
        """Show two pictures at once."""
        first, second = (ImagePart(image, detail) for image in pictures())
        labels = TextPart("Picture 1:"), TextPart("Picture 2:")
        try:
            answer = await self.ask(labels[0], first, labels[1], second, TextPart(_TWO))
        except (StatusError, StreamError) as error:
            return Finding.no(_words(error))
        named = [colour for colour in ("green", "blue") if _names(answer.text, colour)]
        if len(named) == len(labels):
            return Finding.yes("named the colours of both")
        return Finding(None, f"named {' and '.join(named) or 'neither colour'} only")

    async def linked(self, part: ImagePart) -> Finding:
        """Show a picture by its URL."""
        try:
            answer = await self.ask(part, TextPart(_LINK))
        except (StatusError, StreamError) as error:
            return Finding.no(_words(error))
        if _BLIND.search(answer.text):
            return Finding.no(_said(answer.text))
        return Finding.yes(_said(answer.text))


def _seen(text: str) -> Finding:
    """Judge an answer about the first picture: a white 4 on green."""
    if _BLIND.search(text):
        return Finding.no(_said(text))
    colour, number = _names(text, "green"), _names(text, "4") or _names(text, "four")
    if colour and number:
        return Finding.yes("named the colour and the digit")
    if colour or number:
        return Finding.yes(f"named the {'colour' if colour else 'digit'} only")
    return Finding.no(_said(text))


def _names(text: str, word: str) -> bool:
    return re.search(rf"\b{word}\b", text, re.IGNORECASE) is not None


def _said(text: str) -> str:
    return f"answered: {one_line(text, max_chars=_MAX_REASON_CHARS) or 'nothing'}"


def _words(error: Exception) -> str:
    return one_line(str(error), max_chars=_MAX_REASON_CHARS)


def _used(answer: Answer) -> str:
    if answer.usage.estimated:
        return "the endpoint sends none"
    return f"{answer.usage.prompt_tokens} + {answer.usage.completion_tokens} tokens for the first"
