"""What people ask for."""

from __future__ import annotations

from typing import Literal, get_args

from vlm_notebook.offline.lexicon import entries, pattern

Able = Literal[
    "describe", "read", "lines", "find", "exists", "count", "where", "things", "kind", "colors",
    "size", "quality", "compare", "greet", "thanks", "sure", "breed", "part",
]  # fmt: skip
Unable = Literal[
    "translate", "summarise", "explain", "emotion", "identity", "place", "opinion", "create",
    "calculate", "real", "depth",
]  # fmt: skip
Topic = Able | Unable

UNABLE: tuple[Unable, ...] = get_args(Unable)

ALL: tuple[Topic, ...] = (*get_args(Able), *UNABLE)


def positions(clause: str) -> dict[Topic, int]:
    """Return the topics that the words of a clause speak of, and where.

    The clause is in lower case with straight apostrophes.

    >>> positions("what colours are there, and is it sharp")
    {'colors': 5, 'quality': 34}
    """
    found = ((topic, _position(topic, clause)) for topic in ALL)
    return {topic: at for topic, at in found if at is not None}


def _position(topic: Topic, clause: str) -> int | None:
    for file in ("english", "chinese"):
        if topic in entries(file) and (found := pattern(file, topic).search(clause)):
            return found.start()
    return None
