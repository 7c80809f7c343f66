"""Cards -> what a notebook keeps of a whole session: HTML, Markdown and text, part by part."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vlm_notebook.markup.card import Card
from vlm_notebook.markup.words import texts

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS = ("text/html", "text/markdown", "text/plain")

BETWEEN = ("", "\n\n---\n\n", "\n\n")
"""What stands between two parts, by kind."""

Bundle = dict[str, str]


class Transcript:
    """Grows by a card, or by what is a bundle already; each picture is shown once.

    >>> kept = Transcript()
    >>> kept.add(Card(prompt="Why?", text="So."))
    >>> kept.bundle["text/plain"]
    'So.'

    Attributes:
        parts: a bundle each, in the order in which they came.
    """

    def __init__(self) -> None:
        self.parts: list[Bundle] = []
        self._known: set[bytes] = set()

    def add(self, part: Card | Mapping[str, str]) -> None:
        """Put a card, or a bundle, at the end."""
        self.parts.append(bundle(self._sparing(part)))

    @property
    def bundle(self) -> Bundle:
        """All parts as one."""
        joined = (
            between.join(part[kind] for part in self.parts)
            for kind, between in zip(KINDS, BETWEEN, strict=True)
        )
        return dict(zip(KINDS, joined, strict=True))

    def _sparing(self, part: Card | Mapping[str, str]) -> Card | Mapping[str, str]:
        """Leave out pictures that an earlier card shows, but not their names."""
        if not isinstance(part, Card):
            return part
        fresh = tuple(one for one in part.pictures if one.thumbnail not in self._known)
        again = [one.name for one in part.pictures if one.thumbnail in self._known]
        self._known.update(one.thumbnail for one in fresh)
        above = texts(part.language)["above"].format(names=", ".join(again))
        notices = (above,) if again else ()
        return replace(part, pictures=fresh, notices=(*notices, *part.notices))


def bundle(part: Card | Mapping[str, str]) -> Bundle:
    """Return a card, or what is a bundle already, as the three kinds that a notebook keeps."""
    if not isinstance(part, Card):
        return {kind: part[kind] for kind in KINDS}
    return dict(zip(KINDS, (part.html(), part.markdown(), part.plain()), strict=True))
