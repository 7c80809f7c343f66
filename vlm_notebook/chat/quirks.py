"""Quirks: what a provider may refuse, by which words it says so, and the request without it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vlm_notebook.chat.message import ImagePart, Message, TextPart
from vlm_notebook.images.recoded import as_jpeg

if TYPE_CHECKING:
    from collections.abc import Callable

    from vlm_notebook.chat.message import Part, Request

_FLAGS = re.IGNORECASE | re.DOTALL


@dataclass(frozen=True, slots=True)
class Quirk:
    """One thing that some providers do not take, and what they are sent instead.

    Attributes:
        name: in one or two words.
        words: matches a refusal that is about it.
        change: request -> the request without it; the same one where there is nothing to change.
        note: what the user is told, behind the provider's name; empty: nothing.
        repeated: whether to say it each time; else only when it is found out, since the answer is
            the same without it.
    """

    name: str
    words: re.Pattern[str]
    change: Callable[[Request], Request]
    note: str = ""
    repeated: bool = True


def _without(name: str) -> Callable[[Request], Request]:
    def change(request: Request) -> Request:
        options = tuple(option for option in request.options if option[0] != name)
        sent = name == "stream_options" or options != request.options
        if name in request.omitted or not sent:
            return request
        return replace(request, options=options, omitted=(*request.omitted, name))

    return change


def _renamed(name: str, other: str) -> Callable[[Request], Request]:
    def change(request: Request) -> Request:
        options = ((other if key == name else key, value) for key, value in request.options)
        return replace(request, options=tuple(options))

    return change


def _with_images(change: Callable[[ImagePart], ImagePart]) -> Callable[[Request], Request]:
    def changed(part: Part) -> Part:
        return change(part) if isinstance(part, ImagePart) else part

    def change_all(request: Request) -> Request:
        return _with_messages(
            request, lambda message: replace(message, parts=tuple(map(changed, message.parts)))
        )

    return change_all


def _with_messages(request: Request, change: Callable[[Message], Message]) -> Request:
    return replace(request, messages=tuple(map(change, request.messages)))


def _no_detail(part: ImagePart) -> ImagePart:
    return replace(part, detail=None)


def _high_for_auto(part: ImagePart) -> ImagePart:
    return replace(part, detail="high") if part.detail == "auto" else part


def _high_for_original(part: ImagePart) -> ImagePart:
    return replace(part, detail="high") if part.detail == "original" else part


def _inline(part: ImagePart) -> ImagePart:
    return replace(part, inline=True) if part.image.url else part


def _jpeg(part: ImagePart) -> ImagePart:
    return replace(part, image=as_jpeg(part.image))


def _system_in_front(request: Request) -> Request:
    """Put what the system message says in front of the first question."""
    said = "\n\n".join(message.prompt for message in request.messages if message.role == "system")
    others = [message for message in request.messages if message.role != "system"]
    if not said or not others:
        return request
    first = others[0].after(f"{said}\n\n")
    return replace(request, messages=(first, *others[1:]))


def _text_first(request: Request) -> Request:
    return _with_messages(request, _question_first)


def _question_first(message: Message) -> Message:
    if not message.images or not isinstance(message.parts[-1], TextPart):
        return message
    return replace(message, parts=(message.parts[-1], *message.parts[:-1]))


_UNKNOWN = (
    r"instead|unsupported|not support|unrecogni[sz]ed|unknown|unexpected|not permitted"
    r"|not allowed|forbidden|extra (input|field)|cannot|deprecated"
)
"""Words that refuse a field as such; others refuse its value, which is for the user to change."""

_DETAIL = r"(?<!more )(?<!in )\bdetail\b(?![\"']\s*:)"


def _refused(field: str) -> re.Pattern[str]:
    return re.compile(rf"\A(?=.*\b{field}\b)(?=.*({_UNKNOWN}))", _FLAGS)


def _option(name: str) -> Quirk:
    return Quirk(name, _refused(name), _without(name), f"takes no {name}: sent without it")


NO_DETAIL = Quirk(
    "detail",
    re.compile(_DETAIL, _FLAGS),
    _with_images(_no_detail),
    "takes no detail: sent without it, the pictures fitted all the same",
)
HIGH_FOR_AUTO = Quirk(
    "detail auto",
    re.compile(rf"\A(?=.*{_DETAIL})(?=.*(\bauto\b|\bhigh\b|one of|enum|literal))", _FLAGS),
    _with_images(_high_for_auto),
    "knows no detail auto: sent as high",
)
HIGH_FOR_ORIGINAL = Quirk(
    "detail original",
    re.compile(
        rf"\A(?=.*({_DETAIL}|[\"'`]original\b))(?=.*(\boriginal\b|\bhigh\b|one of|enum|literal))",
        _FLAGS,
    ),
    _with_images(_high_for_original),
    "has no detail original for this model: sent as high",
)
AUTO_IS_LOW = Quirk("detail auto is low", re.compile("(?!)"), _with_images(_high_for_auto))
"""For who looks at auto as at low: the pictures are fitted for auto, and are to be seen so."""

INLINE = Quirk(
    "URLs",
    re.compile(r"\burls?\b|image_url|https?:|download|fetch|base64|data uri", _FLAGS),
    _with_images(_inline),
    "downloads no pictures: sent along instead",
)
TEXT_FIRST = Quirk("text first", re.compile("(?!)"), _text_first)

LADDER = (
    Quirk(
        "stream_options",
        re.compile(r"stream_options|include_usage", _FLAGS),
        _without("stream_options"),
        "takes no stream_options: sent without it, so tokens may be counted here",
        repeated=False,
    ),
    HIGH_FOR_ORIGINAL,
    HIGH_FOR_AUTO,
    NO_DETAIL,
    INLINE,
    Quirk(
        "PNG",
        re.compile(r"\bpng\b|(image|picture|media|mime|file)[ _-]?(format|type)", _FLAGS),
        _with_images(_jpeg),
        "takes no PNG: sent as JPEG",
    ),
    Quirk(
        "max_tokens",
        _refused("max_tokens"),
        _renamed("max_tokens", "max_completion_tokens"),
        "calls max_tokens max_completion_tokens: sent as that",
        repeated=False,
    ),
    Quirk(
        "max_completion_tokens",
        _refused("max_completion_tokens"),
        _renamed("max_completion_tokens", "max_tokens"),
        "calls max_completion_tokens max_tokens: sent as that",
        repeated=False,
    ),
    Quirk(
        "system message",
        re.compile(
            r"\b(system|developer)\b.{0,40}\b(role|message|prompt|instruction)"
            r"|\brole.{0,40}\b(system|developer)\b|roles must alternate",
            _FLAGS,
        ),
        _system_in_front,
        "takes no system message: sent in front of the question",
    ),
    *map(_option, ("temperature", "top_p", "presence_penalty", "frequency_penalty", "seed")),
)
"""In the order in which they are looked for: the smallest loss first."""


def quirk_of(words: str, request: Request) -> Quirk | None:
    """Return the first quirk that a refusal's words are about and that the request can do without.

    >>> from vlm_notebook.chat.message import Request
    >>> quirk_of("Unknown field: stream_options", Request("m", ())).name
    'stream_options'
    """
    about = (quirk for quirk in LADDER if quirk.words.search(words))
    return next((quirk for quirk in about if quirk.change(request) != request), None)
