"""The things in a picture: what they are, whether, how many and where, in words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vlm_notebook.offline import search
from vlm_notebook.offline.appearance import kind
from vlm_notebook.offline.catalogue import countable, covered, fine, says_more
from vlm_notebook.offline.quotation import span, word
from vlm_notebook.offline.regions import place
from vlm_notebook.offline.transcript import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vlm_notebook.offline.finding import Finding
    from vlm_notebook.offline.perception import Perception
    from vlm_notebook.offline.reader import Line
    from vlm_notebook.offline.voice import Voice

MOST_PLACES = 6

_OR = re.compile(r"\s+or\s+(?:an?\s+|any\s+|the\s+)?|或者?|还是")


def say_things(voice: Voice, seen: Perception, _: str) -> Iterator[str]:
    """Say everything that is recognised, with how sure that is."""
    if (refusal := _refusal(voice, seen)) is not None:
        yield refusal
    elif seen.findings:
        yield voice.say("things.found", things=voice.things(seen.findings))
        if where := places(voice, seen, seen.findings):
            yield voice.say("space") + voice.say("where.found", things=where)
        yield voice.say("things.limits")
    else:
        yield voice.say("things.nothing") + voice.say("things.limits")


def say_exists(voice: Voice, seen: Perception, target: str) -> Iterator[str]:
    """Say whether a thing is there, or each of several, as far as that is known."""
    either = [target] if covered(target) and not says_more(target) else _OR.split(target)
    for at, one in enumerate(either):
        yield voice.say("space") if at else ""
        yield from _exists(voice, seen, one)


def _exists(voice: Voice, seen: Perception, target: str) -> Iterator[str]:
    matching = matches(seen, target)
    if matching:
        key = "exists.part" if says_more(target) else "exists.yes"
        yield voice.say(key, things=_placed(voice, seen, matching), target=word(target))
        return
    in_text = list(_in_text(voice, seen, target))
    yield _absent(voice, seen, target, found_in_text=bool(in_text))
    yield from in_text


def say_breed(voice: Voice, seen: Perception, _: str) -> Iterator[str]:
    """Say the finest name of what is recognised, and that there is no finer one."""
    finest = [f for f in seen.findings or () if f.name in fine()]
    if (refusal := _refusal(voice, seen)) is not None:
        yield refusal
    elif finest:
        yield voice.say("breed.fine", things=voice.things(finest))
    elif seen.findings:
        yield voice.say("breed.unknown", things=voice.things(seen.findings))
    else:
        yield voice.say("things.nothing") + voice.say("things.limits")


def say_count(voice: Voice, seen: Perception, target: str) -> Iterator[str]:
    """Say how many of a kind were located."""
    names = covered(target)
    refusal = _refusal(voice, seen)
    if refusal is not None or not names & countable():
        yield refusal or voice.say("count.unknown", target=word(target))
        yield from _in_text(voice, seen, target)
    else:
        yield from _counted(voice, matches(seen, target), target)


def say_where(voice: Voice, seen: Perception, target: str) -> Iterator[str]:
    """Say where a thing or a word stands; without a target, where everything located is."""
    if not target:
        everything = places(voice, seen, seen.findings or ())
        key = "where.found" if everything else "where.anything"
        yield voice.say(key, things=everything)
        return
    matching = matches(seen, target)
    located = places(voice, seen, matching)
    lines = search.mentions(seen.reading.lines, target)
    if located:
        yield voice.say("where.found", things=located)
    elif lines:
        yield voice.say("where.text", lines=voice.join(_line_place(voice, seen, x) for x in lines))
    elif matching:
        yield voice.say("where.whole", things=voice.things(matching))
    elif (refusal := _refusal(voice, seen)) is not None and seen.findings is None:
        yield refusal
    else:
        yield voice.say("where.nothing", target=word(target))


def matches(seen: Perception, target: str) -> tuple[Finding, ...]:
    """Return what was found that the asker's word covers."""
    names = covered(target)
    return tuple(f for f in (seen.findings or ()) if f.name in names) if names else ()


def places(voice: Voice, seen: Perception, findings: Sequence[Finding]) -> str:
    """Return where each located thing is, or nothing when none was located."""
    located = [(finding, finding.box) for finding in findings if finding.box is not None]
    items = [
        voice.say(
            "where.thing",
            name=voice.name(finding),
            place=voice.place(place(box, *seen.image.size)),
        )
        for finding, box in located[:MOST_PLACES]
    ]
    return voice.join(items) if items else ""


def _placed(voice: Voice, seen: Perception, findings: Sequence[Finding]) -> str:
    things = voice.things(findings)
    first = findings[0]
    if len(findings) > 1 or first.box is None:
        return things
    where = voice.place(place(first.box, *seen.image.size))
    return voice.say("where.thing", name=things, place=where)


def _line_place(voice: Voice, seen: Perception, line: Line) -> str:
    where = voice.place(place(line.box, *seen.image.size))
    return voice.say("where.line", text=span(line.text), place=where)


def _in_text(voice: Voice, seen: Perception, target: str) -> Iterator[str]:
    lines = search.find(seen.reading.lines, target)
    if lines:
        yield "\n\n" + voice.say("exists.text")
        yield from quoted(lines)


def _refusal(voice: Voice, seen: Perception) -> str | None:
    """Return why things cannot be recognised here at all, or None when they can."""
    if seen.findings is None:
        return voice.say("things.missing")
    if seen.kind != "photo":
        return voice.say("things.kind", kind=kind(voice, seen))
    return None


def _absent(voice: Voice, seen: Perception, target: str, *, found_in_text: bool) -> str:
    refusal = _refusal(voice, seen)
    if refusal is not None:
        return "" if found_in_text else refusal
    if not covered(target):
        return "" if found_in_text else voice.say("exists.unknown", target=word(target))
    but = voice.things(seen.findings) if seen.findings else ""
    said = voice.say("exists.no", target=voice.any(word(target)))
    return said + (voice.say("exists.no.but", things=but) if but else "")


def _counted(voice: Voice, matching: Sequence[Finding], target: str) -> Iterator[str]:
    located = [finding for finding in matching if finding.box is not None]
    if located:
        names = {finding.name for finding in located}
        sure = [finding for finding in matching if finding.name in names]
        yield voice.say("count.some", things=voice.things(sure))
    elif matching:
        yield voice.say("count.whole", things=voice.things(matching))
    else:
        yield voice.say("count.none", target=voice.many(word(target)))
