"""Cards -> what a notebook keeps of a whole session: one bundle of HTML, Markdown and text."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vlm_notebook.markup.card import Card

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vlm_notebook.markup.card import Picture


def transcript(
    cards: Iterable[Card], *, above: str = "above", pictures: tuple[Picture, ...] = ()
) -> dict[str, str]:
    """Return the cards one below the other, each picture shown once.

    Args:
        cards: in the order in which they were asked.
        above: what is said behind the names of pictures that an earlier card shows.
        pictures: shown alone where there is no card yet.

    >>> transcript([Card(prompt="Why?", text="So.")])["text/plain"]
    'So.'
    """
    shown = list(_sparing(cards, above)) or [Card(pictures)]
    return {
        "text/html": "".join(card.html() for card in shown),
        "text/markdown": "\n\n---\n\n".join(card.markdown() for card in shown),
        "text/plain": "\n\n".join(card.plain() for card in shown),
    }


def _sparing(cards: Iterable[Card], above: str) -> Iterator[Card]:
    """Leave out pictures that an earlier card shows, but not their names."""
    known: set[bytes] = set()
    for card in cards:
        fresh = tuple(one for one in card.pictures if one.thumbnail not in known)
        again = [one.name for one in card.pictures if one.thumbnail in known]
        known.update(one.thumbnail for one in fresh)
        notices = (f"{', '.join(again)} ({above})",) if again else ()
        yield replace(card, pictures=fresh, notices=(*notices, *card.notices))
