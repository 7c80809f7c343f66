"""How a picture looks: colours, size, light, focus and kind, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlm_notebook.offline.catalogue import covered
from vlm_notebook.offline.quotation import word
from vlm_notebook.offline.regions import place
from vlm_notebook.offline.scene import SQUARE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vlm_notebook.offline.perception import Perception
    from vlm_notebook.offline.scene import Scene
    from vlm_notebook.offline.voice import Voice

BRIGHTNESS = ((0.8, "very bright"), (0.6, "bright"), (0.35, "medium"), (0.18, "dark"))
CONTRAST = ((0.75, "high"), (0.4, "medium"))
SHARPNESS = ((0.5, "sharp"), (0.3, "soft"))
"""From these measurements on, the word; `Scene` says what each measures."""

FLAT = 0.02
"""Below this contrast there is no edge whose sharpness could be judged."""


def orientation(size: tuple[int, int]) -> str:
    """Return which side of (width, height) is longer; under 5 % of difference is square.

    >>> orientation((640, 480)), orientation((100, 103))
    ('landscape', 'square')
    """
    width, height = size
    if max(size) < SQUARE * min(size):
        return "square"
    return "landscape" if width > height else "portrait"


def light(voice: Voice, scene: Scene) -> str:
    """Return brightness, contrast and sharpness as a list of words."""
    flat = scene.contrast < FLAT
    sharp = "unknown" if flat else _level(scene.sharpness, SHARPNESS, "blurred")
    words = (
        voice.say(f"bright.{_level(scene.brightness, BRIGHTNESS, 'very dark')}"),
        voice.say(f"contrast.{_level(scene.contrast, CONTRAST, 'low')}"),
        voice.say(f"sharp.{sharp}"),
    )
    return voice.say("comma").join(words)


def say_colors(voice: Voice, seen: Perception, target: str) -> Iterator[str]:
    """Say which colours the picture has, or a thing in it, with their shares."""
    if target:
        yield from _colors_of(voice, seen, target)
        return
    scene = seen.scene
    key = "colors.gray" if scene.grayscale else "colors"
    yield voice.say(key, colors=voice.colors(scene.colors))


def say_size(voice: Voice, seen: Perception, _: str) -> Iterator[str]:
    """Say how many pixels the picture has, and which way it lies."""
    width, height = seen.size
    yield voice.say(
        "size",
        width=width,
        height=height,
        megapixels=f"{width * height / 1e6:.2g}",
        orientation=voice.say(f"orientation.{orientation(seen.size)}"),
    )


def say_quality(voice: Voice, seen: Perception, _: str) -> Iterator[str]:
    """Say how bright and how sharp the picture is."""
    yield voice.say("quality", light=light(voice, seen.scene))
    yield voice.say("quality.why")


def say_kind(voice: Voice, seen: Perception, _: str) -> Iterator[str]:
    """Say what kind of picture it is."""
    yield voice.say("kind", kind=kind(voice, seen))
    yield voice.say("kind.why")


def kind(voice: Voice, seen: Perception) -> str:
    """Return the kind of picture with its article."""
    return voice.kind(seen.kind, grayscale=seen.scene.grayscale)


def _colors_of(voice: Voice, seen: Perception, target: str) -> Iterator[str]:
    from vlm_notebook.offline.palette import colors

    names = covered(target)
    found = [f for f in seen.findings or () if f.box is not None and f.name in names]
    if not found:
        whole = voice.colors(seen.scene.colors)
        yield voice.say("colors.of.unknown", target=word(target), colors=whole)
    for finding in found[:1]:
        assert finding.box is not None  # noqa: S101 - chosen so above, said again for the types
        yield voice.say(
            "colors.of",
            name=voice.name(finding),
            place=voice.place(place(finding.box, *seen.image.size)),
            colors=voice.colors(colors(seen.image.crop(finding.box))),
        )


def _level(value: float, levels: tuple[tuple[float, str], ...], lowest: str) -> str:
    return next((name for least, name in levels if value >= least), lowest)
