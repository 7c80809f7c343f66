"""The embedded reader's answer to a conversation, piece by piece as it looks."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from vlm_notebook.offline import appearance, boundary, things, transcript
from vlm_notebook.offline.catalogue import covered
from vlm_notebook.offline.comparison import Named, say_changes_in, say_comparison, say_text_changes
from vlm_notebook.offline.conversation import Gap, Turn, in_focus, question, unknown_numbers
from vlm_notebook.offline.description import describe, opening
from vlm_notebook.offline.intent import BRIEF, Intent, Wish, understand
from vlm_notebook.offline.language import spoken
from vlm_notebook.offline.part import asked_part, say_part
from vlm_notebook.offline.perception import perceive
from vlm_notebook.offline.script import holds
from vlm_notebook.offline.topics import UNABLE, Topic
from vlm_notebook.offline.voice import Voice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from vlm_notebook.offline.perception import Perception
    from vlm_notebook.offline.script import Script

    Say = Callable[[Voice, Perception, str], Iterator[str]]

__all__ = ["Turn", "respond"]

SAY: dict[Topic, Say] = {
    "colors": appearance.say_colors,
    "size": appearance.say_size,
    "quality": appearance.say_quality,
    "kind": appearance.say_kind,
    "lines": transcript.say_counts,
    "things": things.say_things,
    "breed": things.say_breed,
    "exists": things.say_exists,
    "count": things.say_count,
    "where": things.say_where,
    "part": say_part,
}
"""How each wish about one picture is answered; the rest is below."""

MANY_LINES = 30
"""Lines to look a word up in that was asked for in another language."""

PAIR = 2
"""Pictures that are held against each other part by part."""


def respond(turns: Sequence[Turn]) -> Iterator[str]:
    """Yield the answer to a conversation's last question as Markdown, piece by piece.

    The answer is in English or Chinese, after the question, and the same each time. Every
    picture it is about is decoded before the first piece; all other looking happens between
    the pieces.

    Raises:
        SourceError: a picture is of no format that is read.
        PrepareError: a picture is damaged, empty or too large.
        ModelError: the text reader failed, or weights of the package are damaged.

    >>> "".join(respond([Turn("user", "Thank you!")]))
    'You are welcome. Ask me more about the picture if you like.'
    """
    asked = question(turns)
    said = spoken([turn.text for turn in turns if turn.role == "user"])
    intent = Intent((Wish("describe"),), guessed=True) if said.foreign else understand(asked)
    if intent.guessed and len(in_focus(turns, comparing=False)) > 1:
        intent = Intent((Wish("compare"),), intent.form)
    focus = in_focus(turns, comparing=intent.comparing)
    pictures = tuple(
        (shown.number, perceive(shown.data)) for shown in focus if not isinstance(shown.data, Gap)
    )
    voice = Voice(said.language)
    answer = _Answer(voice, intent, pictures, asked.lower())
    gaps = [shown.data.number for shown in focus if isinstance(shown.data, Gap)]
    gaps = gaps if answer.is_about_pictures else []
    heads = (
        *(voice.say("unknown", number=number) for number in unknown_numbers(turns)),
        *(voice.say("unsent", number=number) for number in gaps),
        *([voice.say("foreign")] if said.foreign else []),
    )
    parts = iter(()) if gaps and not pictures else answer.parts()
    yield from _paragraphs(chain((iter([words]) for words in heads), parts))


def _paragraphs(parts: Iterator[Iterator[str]]) -> Iterator[str]:
    """Yield the pieces of each part, with an empty line between parts that say something."""
    held = ""  # ends of lines wait for the words after them: an answer ends without
    said = False
    for part in parts:
        held = "\n\n" if said else ""
        for piece in part:
            words = piece.rstrip("\n") if said else piece.strip("\n")
            if words:
                yield held + words
                held, said = "", True
            held += piece[len(piece.rstrip("\n")) :]


class _Answer:
    """An answer in the making: `pictures` are numbered when there are several."""

    def __init__(
        self,
        voice: Voice,
        intent: Intent,
        pictures: tuple[tuple[int | None, Perception], ...],
        asked: str = "",
    ) -> None:
        self.voice = voice
        self.intent = intent
        self.pictures = pictures
        self.asked = asked

    @property
    def is_about_pictures(self) -> bool:
        """Whether more is wished for than a greeting."""
        return any(wish.topic not in {"greet", "thanks"} for wish in self.intent.wishes)

    def parts(self) -> Iterator[Iterator[str]]:
        """Yield the answer to each wish; what cannot be done is said together at the end."""
        able = [wish for wish in self.intent.wishes if wish.topic not in UNABLE]
        unable = [wish.topic for wish in self.intent.wishes if wish.topic in UNABLE]
        for wish in able:
            yield from self._wish(wish)
        if unable:
            yield boundary.decline(self.voice, unable)
            if not able and len(self.pictures) == PAIR and unable == ["explain"]:
                yield say_text_changes(self.voice, self._named())
            elif not able:
                yield from self._each(lambda seen: boundary.offer(self.voice, seen, unable))
        if any(seen.lacks for _, seen in self.pictures):
            yield iter([self.voice.say("missing")])

    def _wish(self, wish: Wish) -> Iterator[Iterator[str]]:
        if wish.topic in {"greet", "thanks"}:
            yield iter([self.voice.say(wish.topic)])
        elif not self.pictures:
            yield iter([self.voice.say("nopicture")])
        elif wish.topic == "compare":
            yield from self._compare()
        elif wish.topic == "find":
            yield from self._find(wish.target)
        else:
            yield from self._each(lambda seen: self._single(wish, seen))

    def _single(self, wish: Wish, seen: Perception) -> Iterator[str]:
        if wish.topic == "describe":
            if wish.target == BRIEF:
                return opening(self.voice, seen)
            return self._describe(seen)
        if wish.topic == "read":
            return transcript.say_text(self.voice, seen, self.intent.form, self.intent.script)
        if wish.topic == "sure":
            return self._sure(seen)
        return SAY[wish.topic](self.voice, seen, wish.target)

    def _describe(self, seen: Perception) -> Iterator[str]:
        """Describe a picture, leaving out its text where that is read out anyway."""
        text = all(wish.topic != "read" for wish in self.intent.wishes)
        return describe(self.voice, seen, text=text, last=seen is self.pictures[-1][1])

    def _each(self, say: Callable[[Perception], Iterator[str]]) -> Iterator[Iterator[str]]:
        for number, seen in self.pictures:
            yield self._headed(number, say(seen))

    def _headed(self, number: int | None, pieces: Iterator[str]) -> Iterator[str]:
        if number is not None:
            yield self.voice.say("heading", number=number)
        yield from pieces

    def _compare(self) -> Iterator[Iterator[str]]:
        part = asked_part(self.asked)
        if part and len(self.pictures) == PAIR:
            yield say_changes_in(self.voice, self._named(), part)
        elif len(self.pictures) > 1:
            yield say_comparison(self.voice, self._named())
        else:
            yield iter([self.voice.say("compare.single")])
            yield describe(self.voice, self.pictures[0][1])

    def _named(self) -> list[Named]:
        return [Named(number or at, seen) for at, (number, seen) in enumerate(self.pictures, 1)]

    def _find(self, keywords: str) -> Iterator[Iterator[str]]:
        """Quote the pictures that have matching lines; else look for a thing of that name."""
        found = False
        for number, seen in self.pictures:
            quotes = list(transcript.say_found(self.voice, seen, keywords))
            if quotes:
                yield self._headed(number, iter(quotes))
                found = True
        if not found and " " not in keywords and covered(keywords):
            yield from self._each(lambda seen: self._thing(seen, keywords))
        elif not found:
            yield from self._each(lambda s: transcript.say_not_found(self.voice, s, keywords))
            if any(_in_other_script(seen, keywords) for _, seen in self.pictures):
                yield self._other_script()
            elif len(self.intent.wishes) == 1:
                yield boundary.say_unknown(self.voice, self.pictures[0][1])

    def _other_script(self) -> Iterator[str]:
        yield self.voice.say("find.script")
        yield from boundary.offer(self.voice, self.pictures[0][1], ["translate"], MANY_LINES)

    def _thing(self, seen: Perception, target: str) -> Iterator[str]:
        if things.matches(seen, target):
            return things.say_things(self.voice, seen, "")
        return things.say_exists(self.voice, seen, target)

    def _sure(self, seen: Perception) -> Iterator[str]:
        if seen.findings:
            things_ = self.voice.things(seen.findings)
            yield self.voice.say("sure.things", things=things_) + self.voice.say("space")
        yield self.voice.say("sure.rest")


def _in_other_script(seen: Perception, keywords: str) -> bool:
    """Whether words are looked for in a script that the text of the picture does not have."""
    text = seen.reading.text
    pair: tuple[Script, Script] = ("chinese", "english")
    asked, other = pair if holds(keywords, "chinese") else pair[::-1]
    return holds(text, other) and not holds(text, asked)
