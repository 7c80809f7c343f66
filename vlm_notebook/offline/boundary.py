"""What the embedded reader cannot do: said in a sentence, with what would, and what it offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlm_notebook.offline.description import opening
from vlm_notebook.offline.transcript import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vlm_notebook.offline.perception import Perception
    from vlm_notebook.offline.topics import Topic
    from vlm_notebook.offline.voice import Voice

ABOUT_TEXT: frozenset[Topic] = frozenset({"translate", "summarise", "calculate"})
NOBODY_SHOULD: frozenset[Topic] = frozenset({"identity"})
"""What no other model is recommended for either."""

MOST_LINES = 12


def decline(voice: Voice, topics: Sequence[Topic]) -> Iterator[str]:
    """Say what cannot be done, and once what a full model would need."""
    yield voice.say("space").join(voice.say(f"cannot.{topic}") for topic in topics)
    if not NOBODY_SHOULD.issuperset(topics):
        yield voice.say("needs")


def offer(
    voice: Voice, seen: Perception, topics: Sequence[Topic], most: int = MOST_LINES
) -> Iterator[str]:
    """Say what can be said instead: the text for questions about text, else a summary."""
    if ABOUT_TEXT.isdisjoint(topics):
        yield from _summary(voice, seen)
        return
    lines = seen.reading.lines
    if not lines:
        yield voice.say("offer.notext" if seen.reading.engine else "read.noreader")
        return
    key = "offer.text.some" if len(lines) > most else "offer.text"
    yield voice.say(key, count=most)
    yield from quoted(lines[:most])


def say_unknown(voice: Voice, seen: Perception) -> Iterator[str]:
    """Say that a question is beyond a reader, and sum the picture up."""
    yield voice.say("cannot.answer") + voice.say("needs")
    yield "\n\n"
    yield from _summary(voice, seen)


def _summary(voice: Voice, seen: Perception) -> Iterator[str]:
    yield voice.say("offer.summary")
    yield from opening(voice, seen)
    if lines := seen.reading.lines:
        yield voice.count("offer.gist", len(lines))
