"""Describing a picture: one sentence that sums up, then a short list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlm_notebook.offline.appearance import kind, light, orientation
from vlm_notebook.offline.things import places
from vlm_notebook.offline.transcript import say_gist

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vlm_notebook.offline.perception import Perception
    from vlm_notebook.offline.voice import Voice

MAIN_COLORS = 2
SUMMED_UP = 3
"""Things named in the opening sentence."""


def describe(
    voice: Voice, seen: Perception, *, text: bool = True, last: bool = True
) -> Iterator[str]:
    """Describe a picture, beginning with what its header tells.

    With `text` it says how the text begins; the `last` of several says what no description
    here can tell.
    """
    yield from opening(voice, seen)
    yield "\n\n"
    if where := places(voice, seen, seen.findings or ()):
        yield voice.say("bullet.where", things=where)
    yield voice.say("bullet.colors", colors=voice.colors(seen.scene.colors))
    yield voice.say("bullet.light", light=light(voice, seen.scene))
    if text:
        yield voice.say("bullet.text")
        yield from say_gist(voice, seen)
    if last:
        yield voice.say("bullet.beyond")


def opening(voice: Voice, seen: Perception) -> Iterator[str]:
    """Sum a picture up in a sentence that grows as it is looked at."""
    width, height = seen.size
    facing = voice.say(f"orientation.{orientation(seen.size)}")
    yield voice.say("open", width=width, height=height, orientation=facing)
    main = voice.colors(seen.scene.colors[:MAIN_COLORS], shares=False)
    yield voice.say("open.colors", colors=main)
    yield voice.say("open.kind", kind=kind(voice, seen))
    yield _recognised(voice, seen)


def _recognised(voice: Voice, seen: Perception) -> str:
    findings = seen.findings
    if findings:
        return voice.say("open.things", things=voice.things(findings, SUMMED_UP))
    tried = findings is not None and seen.kind == "photo"
    return voice.say("open.nothing" if tried else "stop")
