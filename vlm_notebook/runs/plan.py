"""The plan: which combinations of model, detail and repetition are asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vlm_notebook import detail as levels
from vlm_notebook.errors import ModelError, VlmError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vlm_notebook.detail import Detail

MAX_CELLS = 64
"""More fit on no screen; each is a call that is paid for."""


@dataclass(frozen=True, slots=True)
class Place:
    """One combination; `number` counts the repetitions from 1."""

    model: str
    detail: Detail
    number: int = 1


def places(
    models: str | Iterable[Any], details: str | Iterable[str], repeat: int = 1
) -> tuple[Place, ...]:
    """Return every combination, models outermost, repetitions innermost.

    Args:
        models: one id or several; what has an `id`, such as a `ModelCard`, will do.
        details: one level or several: "low", "high" or "auto", or "original" where every model
            has it.
        repeat: how often each combination is asked, from 1.

    Raises:
        ModelError: no model or no level is given, or one that cannot be.
        VlmError: `repeat` is no number from 1, or there are more than `MAX_CELLS` combinations.

    >>> [(place.model, place.detail) for place in places(["a", "b"], "low")]
    [('a', 'low'), ('b', 'low')]
    """
    names = list(dict.fromkeys(_name(model) for model in _several(models, "models")))
    wanted = _several(details, "details")
    if not names:
        raise ModelError("models is empty: give at least one model's id")
    if not wanted:
        raise ModelError(f"details is empty: give at least one of {', '.join(levels.LEVELS)}")
    if isinstance(repeat, bool) or not isinstance(repeat, int) or repeat < 1:
        raise VlmError(f"repeat is {repeat!r}: give a number from 1 on")
    pairs = dict.fromkeys((name, levels.check(level, name)) for name in names for level in wanted)
    count = len(pairs) * repeat
    if count > MAX_CELLS:
        raise VlmError(
            f"{len(names)} models x {len(pairs) // len(names)} details x {repeat} would be "
            f"{count} questions: a grid has at most {MAX_CELLS}"
        )
    return tuple(
        Place(name, level, number + 1) for name, level in pairs for number in range(repeat)
    )


def _several(given: Any, what: str) -> list[Any]:
    if isinstance(given, str) or hasattr(given, "id"):
        return [given]
    try:
        return list(given)
    except TypeError:
        raise ModelError(f"{what} is a {type(given).__name__}: give one or a list") from None


def _name(model: Any) -> str:
    name = getattr(model, "id", model)
    if isinstance(name, str) and name.strip():
        return name
    raise ModelError(f"models holds {name!r}: give models' ids")
