"""Album: the pictures of a conversation by their numbers, and which of them a request sends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from vlm_notebook.chat.mention import Mention
from vlm_notebook.chat.message import ImagePart, MentionPart, TextPart, is_chinese
from vlm_notebook.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from vlm_notebook.chat.mention import Fate
    from vlm_notebook.chat.message import Keep, Message, Part, Request
    from vlm_notebook.images.prepare import PreparedImage

At = tuple[int, int]
"""Which message, and which of its parts, from 0."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a picture stands.

    Attributes:
        number: counted from 1 through the whole conversation, as its label has it.
        at: which message, and which of its parts, from 0.
        part: the picture, or what is said in its place.
        chinese: whether its question is Chinese.
    """

    number: int
    at: At
    part: ImagePart | MentionPart
    chinese: bool

    @property
    def sha256(self) -> str:
        """What the same picture has the same of."""
        return self.part.image.sha256

    def mentioned(self, fate: Fate, same_as: int | None = None) -> MentionPart:
        """Return the words that stand in the picture's place."""
        mention = Mention(self.number, self.part.image.origin, fate, same_as)
        text = mention.written(chinese=self.chinese)
        return MentionPart(self.part.image, text, refused=fate == "refused")


class Shown(Place):
    """Where a picture stands that is sent."""

    __slots__ = ()
    part: ImagePart


def check(keep_images: Any) -> Keep:
    """Return a policy when it is one.

    Raises:
        ModelError: it is neither "all" nor a whole number from 0 on.

    >>> check("all"), check(2)
    ('all', 2)
    """
    if isinstance(keep_images, str) and keep_images == "all":
        return "all"
    if isinstance(keep_images, int) and not isinstance(keep_images, bool) and keep_images >= 0:
        return keep_images
    raise ModelError(
        f'keep_images is {keep_images!r}: give "all", or how many of the latest pictures are sent, '
        "from 0 on"
    )


def places(messages: Iterable[Message]) -> tuple[Place, ...]:
    """Return where the pictures of a conversation stand, in order."""
    found: list[Place] = []
    for at, message in enumerate(messages):
        chinese = is_chinese(message.prompt)
        for index, part in enumerate(message.parts):
            if not isinstance(part, TextPart):
                found.append(Place(len(found) + 1, (at, index), part, chinese))
    return tuple(found)


def shown(messages: Iterable[Message]) -> list[Shown]:
    """Return where pictures stand that are sent, by their numbers among all."""
    return [
        Shown(place.number, place.at, part, place.chinese)
        for place in places(messages)
        if isinstance(part := place.part, ImagePart)
    ]


def sent(request: Request) -> Request:
    """Return a request with each picture that is to be sent in it once, and words for the others.

    With `keep_images` a number, only so many different pictures are sent, the latest; those of
    the last message always are. A picture that is there more than once is sent where it is
    first met among the kept ones, so that a conversation that grows begins with the same bytes,
    which providers need not read again; elsewhere, also before that place, its number is named.
    It is sent at the level of detail that was wanted last. Where nothing is left out, the
    request is the same to the byte.
    """
    album = shown(request.messages)
    kept = _kept(album, len(request.messages) - 1, request.keep_images)
    first = {place.sha256: place for place in reversed(kept)}
    wanted = {place.sha256: place.part for place in kept}
    changes = {place.at: _as_sent(place, first, wanted) for place in album}
    return replace(request, messages=_changed(request.messages, changes), keep_images="all")


def _kept(album: Sequence[Shown], last: int, keep: Keep) -> list[Shown]:
    """Return the latest with at most `keep` different pictures, and all of message `last`."""
    if keep == "all":
        return list(album)
    kept: list[Shown] = []
    different: set[str] = set()
    for place in reversed(album):
        different.add(place.sha256)
        if len(different) > keep and place.at[0] < last:
            break
        kept.append(place)
    return kept[::-1]


def _as_sent(place: Shown, first: Mapping[str, Shown], wanted: Mapping[str, ImagePart]) -> Part:
    kept = first.get(place.sha256)
    if kept is None:
        return place.mentioned("dropped")
    if kept.at != place.at:
        return place.mentioned("same", kept.number)
    return replace(place.part, detail=wanted[place.sha256].detail)


def _changed(messages: Iterable[Message], changes: Mapping[At, Part]) -> tuple[Message, ...]:
    """Return the messages with other parts in some places."""
    return tuple(
        replace(
            message,
            parts=tuple(changes.get((at, i), part) for i, part in enumerate(message.parts)),
        )
        for at, message in enumerate(messages)
    )


def set_aside(request: Request, numbers: Container[int]) -> Request:
    """Return a request that mentions the pictures of these numbers, wherever they stand."""
    album = places(request.messages)
    refused = {place.sha256 for place in album if place.number in numbers}
    changes = {place.at: place.mentioned("refused") for place in album if place.sha256 in refused}
    return replace(request, messages=_changed(request.messages, changes))


def refused(messages: Iterable[Message]) -> tuple[PreparedImage, ...]:
    """Return the pictures of a conversation that were set aside."""
    return tuple(place.part.image for place in _aside(messages))


def notes(messages: Iterable[Message]) -> tuple[str, ...]:
    """Return what the user is told of the pictures that were set aside."""
    return tuple(
        f"picture {place.number} ({place.part.image.origin}) was set aside: "
        "the provider refused it."
        for place in _aside(messages)
    )


def _aside(messages: Iterable[Message]) -> list[Place]:
    return [
        place
        for place in places(messages)
        if isinstance(place.part, MentionPart) and place.part.refused
    ]
