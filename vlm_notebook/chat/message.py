"""Messages of a conversation and the JSON they become."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vlm_notebook.detail import Detail
    from vlm_notebook.images.prepare import PreparedImage
    from vlm_notebook.markup.words import Language

Role = Literal["system", "user", "assistant"]
Keep = Literal["all"] | int
"""Which pictures of a conversation are sent again: all of them, or so many of the latest."""

_FIRST_HAN, _LAST_HAN = "\u4e00", "\u9fff"


@dataclass(frozen=True, slots=True)
class TextPart:
    """Words."""

    text: str

    def to_json(self, *, shorten: bool = False) -> dict[str, Any]:  # noqa: ARG002 - as ImagePart
        """Return the part as the wire format has it."""
        return {"type": "text", "text": self.text}


@dataclass(frozen=True, slots=True)
class ImagePart:
    """A picture and the level of detail it is to be looked at with.

    With `inline` False a picture that came from an http(s) URL travels as that URL, and the
    provider downloads it. With `detail` None no level is sent.
    """

    image: PreparedImage
    detail: Detail | None = "auto"
    inline: bool = True

    def to_json(self, *, shorten: bool = False) -> dict[str, Any]:
        """Return the part as the wire format has it; `shorten` leaves base64 out."""
        url = self.image.url if not self.inline else None
        if url is None and shorten:
            url = f"data:{self.image.media_type};base64,...{self.image.nbytes} bytes"
        url = url or self.image.data_url
        level = {} if self.detail is None else {"detail": self.detail}
        return {"type": "image_url", "image_url": {"url": url, **level}}


@dataclass(frozen=True, slots=True)
class MentionPart:
    """Words in the place of a picture that is not sent; `refused`: the provider did not take it."""

    image: PreparedImage
    text: str
    refused: bool = False

    def to_json(self, *, shorten: bool = False) -> dict[str, Any]:  # noqa: ARG002 - as ImagePart
        """Return the part as the wire format has it."""
        return {"type": "text", "text": self.text}


Part = TextPart | ImagePart | MentionPart


@dataclass(frozen=True, slots=True)
class Message:
    """One turn: who speaks, and the text and pictures in order."""

    role: Role
    parts: tuple[Part, ...]

    @classmethod
    def of_text(cls, role: Role, text: str) -> Message:
        """Make a message of words alone.

        >>> Message.of_text("user", "Hello").to_json()
        {'role': 'user', 'content': 'Hello'}
        """
        return cls(role, (TextPart(text),))

    @property
    def images(self) -> tuple[PreparedImage, ...]:
        """The pictures that are sent, in order."""
        return tuple(part.image for part in self.parts if isinstance(part, ImagePart))

    @property
    def pictures(self) -> tuple[PreparedImage, ...]:
        """The pictures that are sent or mentioned, in order: those that have a number."""
        return tuple(part.image for part in self.parts if not isinstance(part, TextPart))

    @property
    def prompt(self) -> str:
        """The words behind the last picture: the question, without the pictures' labels."""
        after: list[str] = []
        for part in self.parts:
            after = [*after, part.text] if isinstance(part, TextPart) else []
        return "".join(after)

    def after(self, text: str) -> Message:
        """Return the message behind some words."""
        return replace(self, parts=(TextPart(text), *self.parts))

    def to_json(self, *, shorten: bool = False) -> dict[str, Any]:
        """Return the message as the wire format has it; `shorten` leaves base64 out."""
        if all(isinstance(part, TextPart) for part in self.parts):
            content: Any = "".join(part.to_json()["text"] for part in self.parts)
        else:
            content = [part.to_json(shorten=shorten) for part in self.parts]
        return {"role": self.role, "content": content}


@dataclass(frozen=True, slots=True)
class Request:
    """Everything one call sends.

    Attributes:
        model: the model's id.
        messages: the conversation, the new question last.
        options: further fields of the request's body, such as ("temperature", 0).
        omitted: names of fields that are left out of the body.
        keep_images: which pictures are to be sent; `album.sent` goes by it.
    """

    model: str
    messages: tuple[Message, ...]
    options: tuple[tuple[str, Any], ...] = field(default=())
    omitted: tuple[str, ...] = ()
    keep_images: Keep = "all"

    @property
    def images(self) -> tuple[PreparedImage, ...]:
        """The pictures of the whole conversation, in order."""
        return tuple(image for message in self.messages for image in message.images)

    def body(self) -> dict[str, Any]:
        """Return the JSON body, asking for a stream that ends with its usage."""
        messages = [message.to_json() for message in self.messages]
        usage = {"include_usage": True}
        body = {"model": self.model, "messages": messages, "stream": True, "stream_options": usage}
        body |= dict(self.options)
        return {name: value for name, value in body.items() if name not in self.omitted}


def user_message(
    prompt: str,
    images: Sequence[PreparedImage],
    *,
    detail: Detail,
    inline: bool = True,
    earlier: int = 0,
) -> Message:
    """Make the user's message: pictures first, then the prompt.

    Several pictures are numbered, each behind its name, so that question and answer can say
    which one they mean; the count goes on from the `earlier` ones of the conversation.
    """
    parts: list[Part] = []
    for number, image in enumerate(images, 1 + earlier):
        if earlier + len(images) > 1:
            parts.append(TextPart(label(number, image.origin, chinese=is_chinese(prompt))))
        parts.append(ImagePart(image, detail, inline))
    return Message("user", (*parts, TextPart(prompt)))


def label(number: int, name: str, *, chinese: bool = False) -> str:
    """Return the line that stands before the picture of that number, counted from 1.

    >>> label(2, "cat.jpg")
    'Picture 2 (cat.jpg):'
    """
    return f"图{number}（{name}）：" if chinese else f"Picture {number} ({name}):"


def language_of(text: str) -> Language:
    """Return the language that a question is answered in by what stands around the answer.

    >>> language_of("这是什么?"), language_of("Qu'est-ce que c'est ?")
    ('zh', 'en')
    """
    return "zh" if is_chinese(text) else "en"


def is_chinese(text: str) -> bool:
    """Tell whether a text holds Chinese characters.

    >>> is_chinese("这是什么?"), is_chinese("What is it?")
    (True, False)
    """
    return any(_FIRST_HAN <= char <= _LAST_HAN for char in text)
