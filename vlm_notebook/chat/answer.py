"""Answer: a frozen fold of deltas that renders itself through markup."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Protocol

from vlm_notebook.chat.delta import Usage
from vlm_notebook.chat.message import Message, is_chinese, language_of
from vlm_notebook.detail import EMBEDDED
from vlm_notebook.markup.card import Card, Picture
from vlm_notebook.markup.catalogue import translated
from vlm_notebook.markup.file import save
from vlm_notebook.markup.words import texts
from vlm_notebook.models.cost import money
from vlm_notebook.models.pricing import USD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from vlm_notebook.chat.message import Keep
    from vlm_notebook.chat.turn import Turn
    from vlm_notebook.detail import Detail
    from vlm_notebook.images.prepare import PreparedImage

_TOLD_ENDS = ("length", "content_filter", "cancelled", "interrupted")
_REPR_CHARS = 60
_NO_ANSWER = {False: "[no answer]", True: "[没有回答]"}


class Owner(Protocol):
    """What an answer asks for its follow-up questions and its place on the screen."""

    def follow_up(self, answer: Answer, prompt: str, *images: Any, **options: Any) -> Answer:
        """Ask the next question of the same conversation."""

    def next_turn(self, answer: Answer, prompt: str = "", *images: Any, **options: Any) -> Turn:
        """Predict what the next question of the same conversation takes."""

    def is_shown(self, answer: Answer) -> bool:
        """Tell whether the running cell shows the answer already."""

    def point_at(self, answer: Answer) -> None:
        """Say where the answer stands, on screens that expect a word about every value."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds from sending the question to the first piece (None: none came) and to the end."""

    first_token_s: float | None
    total_s: float


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """What a model said, to what, and what it took.

    Attributes:
        text: the whole answer, or what had arrived when it ended.
        reasoning: what a reasoning model thought before.
        images: the pictures of this question, as the model got them.
        model: the model's id.
        detail: the level of detail the pictures were sent with.
        usage: tokens billed, or our estimate of them.
        timing: how long it took, in seconds.
        finish_reason: "stop", "length", "content_filter", "cancelled", "interrupted" or "error";
            only after the first three the model had said all it would.
        error: what went wrong, in one line, or None.
        cost: the price in the endpoint's currency, or None where it is not known.
        notes: what the provider does not take and got otherwise, in sentences.
        predicted_tokens: how many the prompt with its pictures was expected to take, or None.
        currency: what `cost` is in, by ISO 4217.
        keep_images: which pictures of the conversation are sent with the next question.
    """

    text: str
    reasoning: str = ""
    images: tuple[PreparedImage, ...] = ()
    model: str = ""
    detail: Detail = "auto"
    usage: Usage = field(default_factory=lambda: Usage(0, 0, estimated=True))
    timing: Timing = field(default=Timing(None, 0.0), compare=False)
    finish_reason: str = "stop"
    error: str | None = None
    cost: float | None = None
    notes: tuple[str, ...] = ()
    predicted_tokens: int | None = None
    currency: str = USD
    keep_images: Keep = "all"
    _history: tuple[Message, ...] = ()
    _owner: Owner | None = field(default=None, compare=False)

    def __getstate__(self) -> list[Any]:
        """Leave the client, which may hold a key, out of pickles and copies."""
        return [None if at.name == "_owner" else getattr(self, at.name) for at in fields(self)]

    @property
    def prompt(self) -> str:
        """The question, without the labels of its pictures."""
        asked = next((m for m in reversed(self._history) if m.role == "user"), None)
        return asked.prompt if asked else ""

    @property
    def history(self) -> tuple[Message, ...]:
        """The conversation with this answer at its end, ready for the next question.

        An answer without a word is said to be none, since many providers take no empty message.
        """
        said = self.text or _NO_ANSWER[is_chinese(self.prompt)]
        return (*self._history, Message.of_text("assistant", said))

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The conversation as JSON-able messages; base64 is shortened."""
        return [message.to_json(shorten=True) for message in self.history]

    def ask(self, prompt: str, *images: Any, **options: Any) -> Answer:
        """Ask a follow-up question in the same conversation, with further pictures if need be.

        Args:
            prompt: the question.
            images: anything `load` takes.
            options: as for `Client.ask`.

        Raises:
            VlmError: the answer is not of a client, or as for `Client.ask`.
        """
        from vlm_notebook.errors import VlmError

        if self._owner is None:
            raise VlmError("this answer has no client to ask: use client.ask(...) for a new one")
        return self._owner.follow_up(self, prompt, *images, **options)

    @property
    def next_turn(self) -> Turn:
        """What the next question will take, before a word or a picture of its own.

        >>> Answer("It is red.").next_turn
        Turn(3 tokens, price unknown)
        """
        if self._owner:
            return self._owner.next_turn(self)
        from vlm_notebook.chat.account import Account
        from vlm_notebook.chat.dialogue import UNASKED
        from vlm_notebook.chat.message import Request

        said = (*self.history, Message.of_text("user", UNASKED))
        request = Request(self.model, said, keep_images=self.keep_images)
        return Account("").forecast(request, self.detail)

    def to_dict(self) -> dict[str, Any]:
        """Return every value as plain JSON-able data; pictures by name, size and hash."""
        pictures = [
            {"origin": image.origin, "size": list(image.size), "sha256": image.sha256}
            for image in self.images
        ]
        return {
            "text": self.text,
            "reasoning": self.reasoning,
            "images": pictures,
            "model": self.model,
            "detail": self.detail,
            "usage": {name: getattr(self.usage, name) for name in Usage.__slots__},
            "timing": {name: getattr(self.timing, name) for name in Timing.__slots__},
            "finish_reason": self.finish_reason,
            "error": self.error,
            "cost": self.cost,
            "currency": self.currency,
            "notes": list(self.notes),
            "predicted_tokens": self.predicted_tokens,
        }

    def to_html(self, path: str | Path | None = None, *, overwrite: bool = False) -> str:
        """Return the conversation up to here as a page of its own, and write it to `path` if given.

        The page holds a card for each turn, with thumbnails of its pictures. It has no script and
        asks for nothing over the network; formulas are their source.

        Raises:
            VlmError: the file is there already and `overwrite` is False, or cannot be written.

        >>> Answer("It is red.").to_html()[:15]
        '<!DOCTYPE html>'
        """
        from vlm_notebook.chat.report import page

        text = page(self)
        if path is not None:
            save(text, path, overwrite=overwrite)
        return text

    @property
    def counts_pictures(self) -> bool:
        """Whether `usage` is of the pictures too, as it is unless nobody knows what they take."""
        is_known = not self.usage.estimated or self.predicted_tokens is not None
        sent = self.images or any(message.pictures for message in self._history)
        return is_known or not sent

    def card(self, language: str | None = None) -> Card:
        """Return what the card shows.

        Args:
            language: of the texts around the answer, "en" or "zh"; None for that of the question.

        Raises:
            VlmError: `language` is neither.
        """
        spoken = language or language_of(self.prompt)
        words = texts(spoken)
        ending = (words[self.finish_reason],) if self.finish_reason in _TOLD_ENDS else ()
        return Card(
            pictures=tuple(map(picture, self.images)),
            prompt=self.prompt,
            text=self.text,
            reasoning=self.reasoning,
            facts=tuple(filter(None, (model_name(self.model, spoken), *self._facts(words)))),
            notices=(*ending, *(translated(note, spoken) for note in self.notes)),
            error=translated(self.error, spoken) if self.error else None,
            language=spoken,
        )

    def _facts(self, words: dict[str, str]) -> Iterator[str]:
        asked, said = f"{self.usage.prompt_tokens:,}", f"{self.usage.completion_tokens:,}"
        tokens = words["tokens"].format(asked=asked, said=said)
        if self.images:
            yield words["detail"].format(level=self.detail)
        about = words["about" if self.counts_pictures else "about_text"]
        yield about.format(tokens=tokens) if self.usage.estimated else tokens
        if self.predicted_tokens is not None and not self.usage.estimated:
            predicted = f"{self.predicted_tokens:,}"
            yield words["predicted"].format(predicted=predicted, billed=asked)
        if self.cost is not None:
            yield money(self.cost, self.currency)
        yield words["seconds"].format(count=f"{self.timing.total_s:.1f}")

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        said = self.text if len(self.text) <= _REPR_CHARS else f"{self.text[:_REPR_CHARS]}…"
        return f"Answer({said!r}, model={self.model!r}, finish_reason={self.finish_reason!r})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: FBT001, ARG002 - IPython's protocol
        printer.text(self.card().plain())

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        card = self.card()
        return {
            "text/html": card.html(),
            "text/markdown": card.markdown(),
            "text/plain": card.plain(),
        }

    def _ipython_display_(self) -> None:
        """Show nothing where the card stands in the cell already; else leave it to the rest."""
        if self._owner is None or not self._owner.is_shown(self):
            raise NotImplementedError
        self._owner.point_at(self)


def model_name(model: str, language: str = "en") -> str:
    """Return how a model is called on a card: the embedded one by what it is.

    >>> model_name("embedded")
    'embedded reader (offline, not a language model)'
    """
    embedded = texts(language)["embedded"]
    return embedded if model == EMBEDDED else model


def picture(image: PreparedImage) -> Picture:
    """Return the thumbnail of a prepared image with its caption."""
    width, height = image.size
    return Picture(image.thumbnail(), image.origin, f"{width}x{height}, {image.nbytes // 1000} kB")
