"""Comparing pictures, in words: the verdict first, then what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from vlm_notebook.offline.appearance import kind
from vlm_notebook.offline.compare import compare
from vlm_notebook.offline.part import lies_in
from vlm_notebook.offline.quotation import span
from vlm_notebook.offline.textdiff import changes
from vlm_notebook.offline.transcript import say_gist

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from vlm_notebook.offline.compare import Comparison
    from vlm_notebook.offline.perception import Perception
    from vlm_notebook.offline.scene import Scene
    from vlm_notebook.offline.textdiff import TextChange
    from vlm_notebook.offline.voice import Voice

MOST_CHANGES = 12
"""Lines of text that are listed one by one."""

NOTABLE_LIGHT = 0.05
NOTABLE_SHARPNESS = 0.15
NOTABLE_SHARE = 0.05
"""Smaller differences in brightness, sharpness or a colour's share go unmentioned."""

MAX_ALL_PAIRS = 5
"""Up to so many pictures each is held against each other one."""


class Named(NamedTuple):
    """A picture and the number it is called by."""

    number: int
    seen: Perception


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two pictures and how their pixels differ."""

    voice: Voice
    first: Named
    second: Named
    found: Comparison
    part: str = ""

    def lines(self, named: Named) -> list[str]:
        """Return the lines of text of one of them, or those in the part that is compared."""
        size, lines = named.seen.image.size, named.seen.reading.lines
        return [x.text for x in lines if not self.part or lies_in(x.box, self.part, size)]

    @property
    def names(self) -> dict[str, str]:
        return _named(self.voice, self.first, self.second)

    @property
    def scenes(self) -> tuple[Scene, Scene]:
        return self.first.seen.scene, self.second.seen.scene


def say_comparison(voice: Voice, pictures: Sequence[Named]) -> Iterator[str]:
    """Compare pictures: two with each other, more with the first."""
    if len(pictures) == 2:  # noqa: PLR2004 - a pair
        yield from _compared(voice, *pictures)
        return
    for other in pictures[1:]:
        names = _named(voice, pictures[0], other)
        yield voice.say("compare.pair", **names)
        yield from _compared(voice, pictures[0], other)
        yield "\n"
    yield _alike(voice, pictures)


def say_text_changes(voice: Voice, pictures: Sequence[Named]) -> Iterator[str]:
    """Say how the text of two pictures differs."""
    first, second = pictures
    yield voice.say("offer.changes")
    yield from _text(_Pair(voice, first, second, compare(first.seen.image, second.seen.image)))


def say_changes_in(voice: Voice, pictures: Sequence[Named], part: str) -> Iterator[str]:
    """Say what changed in one part of two pictures."""
    first, second = pictures
    pair = _Pair(voice, first, second, compare(first.seen.image, second.seen.image), part)
    size = first.seen.image.size
    count = sum(lies_in(region.box, part, size) for region in pair.found.regions)
    where = voice.say(f"part.{part}")
    if not pair.found.aligned:
        yield voice.say("part.changed.other", part=where)
    elif count:
        yield voice.count("part.changed", count, part=where)
    else:
        yield voice.say("part.changed.none", part=where)
    yield "\n\n"
    yield from _text(pair)


def _named(voice: Voice, first: Named, second: Named) -> dict[str, str]:
    """Return what both are called, for use in phrases; capitalised where a sentence begins."""
    one, two = (voice.say("name", number=named.number) for named in (first, second))
    return {"name1": one, "name2": two, "Name1": one[0].upper() + one[1:]}


def _compared(voice: Voice, first: Named, second: Named) -> Iterator[str]:
    yield _sizes(voice, first, second)
    pair = _Pair(voice, first, second, compare(first.seen.image, second.seen.image))
    yield _verdict(pair)
    if pair.found.identical:
        return
    yield "\n"
    for part in PARTS:
        yield from part(pair)


def _sizes(voice: Voice, first: Named, second: Named) -> str:
    (width1, height1), (width2, height2) = first.seen.size, second.seen.size
    if first.seen.size == second.seen.size:
        return voice.say("compare.size.same", width=width1, height=height1)
    names = _named(voice, first, second)
    sizes = {"width1": width1, "height1": height1, "width2": width2, "height2": height2}
    return voice.say("compare.size.other", **names, **sizes)


def _verdict(pair: _Pair) -> str:
    voice, found = pair.voice, pair.found
    if found.identical:
        return voice.say("compare.identical")
    if not found.aligned:
        return voice.say("compare.different")
    area = voice.area(found.changed_share)
    if found.regions:
        return voice.count("compare.changed", len(found.regions), percent=area)
    throughout = [*_throughout(pair), *_brighter(pair)]
    if throughout:
        return voice.say("compare.same.but", how=voice.join(throughout))
    return voice.say("compare.same")


def _throughout(pair: _Pair) -> Iterator[str]:
    """Yield what is different about the whole picture and no change of what it shows."""
    voice, names, found = pair.voice, pair.names, pair.found
    if found.colorless:
        name = names["name1" if found.colorless == "first" else "name2"]
        yield voice.say("compare.colorless", name=name)
    right, down = found.shift
    steps = [(right, "right" if right > 0 else "left"), (down, "down" if down > 0 else "up")]
    told = [voice.say(f"compare.shift.{way}", count=abs(step)) for step, way in steps if step]
    if told:
        yield voice.say("compare.shift", steps=voice.join(told), **names)


def _brighter(pair: _Pair) -> Iterator[str]:
    before, after = (scene.brightness for scene in pair.scenes)
    if abs(after - before) >= NOTABLE_LIGHT:
        yield _more(pair, "compare.throughout", before, after)


def _whole(pair: _Pair) -> Iterator[str]:
    told = [*_throughout(pair)] if pair.found.regions else []
    if told:
        yield pair.voice.say("compare.whole", how=pair.voice.join(told))


def _where(pair: _Pair) -> Iterator[str]:
    places = dict.fromkeys(region.place for region in pair.found.regions)
    if places:
        named = pair.voice.join(pair.voice.place(place) for place in places)
        yield pair.voice.say("compare.where", places=named)


def _text(pair: _Pair) -> Iterator[str]:
    voice = pair.voice
    if pair.first.seen.reading.engine is None:
        yield voice.say("compare.text.noreader")
        return
    found = changes(pair.lines(pair.first), pair.lines(pair.second))
    same = sum(change.kind == "same" for change in found)
    other = [change for change in found if change.kind != "same"]
    if not found:
        yield voice.say("compare.text.none")
    elif not other:
        yield voice.count("compare.text.same", same, text=span(found[0].before))
    elif not same and not pair.part and all(change.kind != "changed" for change in other):
        yield from _other_text(pair)
    else:
        yield _text_verdict(voice, same)
        yield from _text_changes(pair, other)


def _other_text(pair: _Pair) -> Iterator[str]:
    yield pair.voice.say("compare.text.other")
    for named in (pair.first, pair.second):
        yield pair.voice.say("compare.text.of", name1=_named(pair.voice, named, named)["Name1"])
        yield from say_gist(pair.voice, named.seen)


def _text_verdict(voice: Voice, same: int) -> str:
    if not same:
        return voice.say("compare.text.all")
    return voice.say("compare.text.changes", same=voice.count("compare.lines", same))


def _text_changes(pair: _Pair, found: Sequence[TextChange]) -> Iterator[str]:
    for change in found[:MOST_CHANGES]:
        words = {"before": span(change.before), "after": span(change.after)}
        yield pair.voice.say(f"compare.text.{change.kind}", **words, **pair.names)
    if more := len(found[MOST_CHANGES:]):
        yield pair.voice.count("compare.text.more", more)


def _things(pair: _Pair) -> Iterator[str]:
    one, two = pair.first.seen.findings, pair.second.seen.findings
    if not one and not two:
        return
    nothing = pair.voice.say("compare.things.nothing")
    things1, things2 = (pair.voice.things(found) if found else nothing for found in (one, two))
    key = "compare.things.same" if things1 == things2 else "compare.things"
    yield pair.voice.say(key, things1=things1, things2=things2, **pair.names)


def _colors(pair: _Pair) -> Iterator[str]:
    one, two = pair.scenes
    key = "compare.colors.same" if _same_colors(one, two) else "compare.colors"
    colors = {"colors1": pair.voice.colors(one.colors), "colors2": pair.voice.colors(two.colors)}
    yield pair.voice.say(key, **colors, **pair.names)


def _same_colors(one: Scene, two: Scene) -> bool:
    shares1, shares2 = ({c.name: c.share for c in scene.colors} for scene in (one, two))
    names = shares1.keys() | shares2.keys()
    return all(abs(shares1.get(n, 0) - shares2.get(n, 0)) <= NOTABLE_SHARE for n in names)


def _light(pair: _Pair) -> Iterator[str]:
    voice, (one, two) = pair.voice, pair.scenes
    said = [
        _more(pair, key, before, after)
        for key, before, after, notable in (
            ("compare.brighter", one.brightness, two.brightness, NOTABLE_LIGHT),
            ("compare.sharper", one.sharpness, two.sharpness, NOTABLE_SHARPNESS),
        )
        if abs(after - before) >= notable
    ]
    same = voice.say("compare.light.same")
    yield voice.say("compare.light", light=voice.say("semicolon").join(said) if said else same)


def _more(pair: _Pair, key: str, before: float, after: float) -> str:
    return pair.voice.say(key, name=pair.names["name1" if before > after else "name2"])


def _kind(pair: _Pair) -> Iterator[str]:
    kind1, kind2 = (kind(pair.voice, named.seen) for named in (pair.first, pair.second))
    if kind1 != kind2:
        yield pair.voice.say("compare.kind", kind1=kind1, kind2=kind2, **pair.names)


PARTS: tuple[Callable[[_Pair], Iterator[str]], ...] = (
    _where, _whole, _colors, _light, _text, _kind, _things,
)  # fmt: skip
"""What a comparison lists: first what is measured at once, then what takes reading."""


def _alike(voice: Voice, pictures: Sequence[Named]) -> str:
    """Return which pictures show the same scene."""
    if len(pictures) > MAX_ALL_PAIRS:
        pairs = [(pictures[0], other) for other in pictures[1:]]
    else:
        pairs = list(combinations(pictures, 2))
    alike = [
        voice.say("compare.alike.pair", one=one.number, two=two.number)
        for one, two in pairs
        if compare(one.seen.image, two.seen.image).aligned
    ]
    if not alike:
        return voice.say("compare.alike.none")
    return voice.say("compare.alike", pairs=voice.say("semicolon").join(alike))
