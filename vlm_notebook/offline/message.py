"""Messages of the wire format -> turns, whose pictures are those that each message is about."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Any

from vlm_notebook.chat import mention
from vlm_notebook.errors import VlmError
from vlm_notebook.images import dataurl
from vlm_notebook.offline.conversation import Gap, Turn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from vlm_notebook.chat.mention import Mention

Found = bytes | Gap


def turns(messages: Sequence[dict[str, Any]]) -> list[Turn]:
    """Read a conversation; where a picture is the same as another one, it stands there too.

    Raises:
        VlmError: a picture is not sent inline.
    """
    pictures = [[*_pictures(message["content"])] for message in messages]
    sent = dict(enumerate((picture for group in pictures for picture in group), 1))
    return [
        Turn(message["role"], _text(message["content"]), tuple(_found(one, sent) for one in group))
        for message, group in zip(messages, pictures, strict=True)
    ]


def _found(picture: bytes | Mention, sent: Mapping[int, bytes | Mention]) -> Found:
    if isinstance(picture, bytes):
        return picture
    other = sent.get(picture.same_as or 0)
    return other if isinstance(other, bytes) else Gap(picture.number)


def _pictures(content: str | list[dict[str, Any]]) -> Iterator[bytes | Mention]:
    for part in content if isinstance(content, list) else []:
        if part["type"] == "image_url":
            yield _inline(part["image_url"]["url"])
        elif mentioned := _mention(part, content):
            yield mentioned


def _mention(part: dict[str, Any], content: Sequence[Any]) -> Mention | None:
    """Return what a part says of a picture; the last part is the user's own words."""
    return mention.read(part["text"]) if part is not content[-1] else None


def _text(content: str | list[dict[str, Any]]) -> str:
    """Return the question, which stands behind the last picture, else all the words."""
    if isinstance(content, str):
        return content
    behind = list(takewhile(lambda part: not _is_picture(part, content), reversed(content)))[::-1]
    words = behind or [part for part in content if not _is_picture(part, content)]
    return "".join(part["text"] for part in words)


def _is_picture(part: dict[str, Any], content: Sequence[Any]) -> bool:
    return part["type"] == "image_url" or _mention(part, content) is not None


def _inline(url: str) -> bytes:
    if not url.startswith("data:"):
        raise VlmError("the embedded model does not download pictures: send them inline")
    return dataurl.parse(url)[1]
