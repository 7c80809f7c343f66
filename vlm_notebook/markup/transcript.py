"""Cards -> what a notebook keeps of a whole session: one bundle of HTML, Markdown and text."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vlm_notebook.markup.card import Card

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from vlm_notebook.markup.card import Picture


KINDS = ("text/html", "text/markdown", "text/plain")


def transcript(
    parts: Iterable[Card | Mapping[str, str]],
    *,
    above: str = "above",
    pictures: tuple[Picture, ...] = (),
) -> dict[str, str]:
    """Return cards, and what is a bundle already, one below the other; cards share pictures.

    Args:
        parts: in the order in which they were asked.
        above: what is said behind the names of pictures that an earlier card shows.
        pictures: shown alone where there is no card yet.

    >>> transcript([Card(prompt="Why?", text="So.")])["text/plain"]
    'So.'
    """
    shown = list(_sparing(parts, above)) or [_bundle(Card(pictures))]
    html, markdown, plain = ([bundle[kind] for bundle in shown] for kind in KINDS)
    joined = "".join(html), "\n\n---\n\n".join(markdown), "\n\n".join(plain)
    return dict(zip(KINDS, joined, strict=True))


def _bundle(card: Card) -> dict[str, str]:
    return dict(zip(KINDS, (card.html(), card.markdown(), card.plain()), strict=True))


def _sparing(parts: Iterable[Card | Mapping[str, str]], above: str) -> Iterator[Mapping[str, str]]:
    """Leave out pictures that an earlier card shows, but not their names."""
    known: set[bytes] = set()
    for card in parts:
        if not isinstance(card, Card):
            yield card
            continue
        fresh = tuple(one for one in card.pictures if one.thumbnail not in known)
        again = [one.name for one in card.pictures if one.thumbnail in known]
        known.update(one.thumbnail for one in fresh)
        notices = (f"{', '.join(again)} ({above})",) if again else ()
        yield _bundle(replace(card, pictures=fresh, notices=(*notices, *card.notices)))
