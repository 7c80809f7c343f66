"""Status: whom a client asks, with what, for how much, and what it has learned of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vlm_notebook.errors import one_line
from vlm_notebook.markup.defuse import code
from vlm_notebook.models.cost import money

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from vlm_notebook.chat.probe import Probe
    from vlm_notebook.chat.quirks import Quirk

_MARKS = {True: "yes", False: "no"}


@dataclass(frozen=True, slots=True, repr=False)
class Status:
    """What a client would do if it were asked now; shown as a table.

    Attributes:
        model: the model's id, or None: none is named.
        endpoint: the address without what may be secret in it, or what is asked in its place.
        key_hint: how the key ends, such as "sk-...cdef"; empty where there is none.
        detail: the level of detail.
        spent: what the calls so far cost, as far as prices are known.
        budget: the most that all calls together may cost, or None.
        currency: of both, by ISO 4217.
        learned: what the endpoint is known not to take for this model, in words.
        probed: what a probe found of this model: each thing with "yes" or "no".
    """

    model: str | None
    endpoint: str
    key_hint: str
    detail: str
    spent: Decimal
    budget: Decimal | None
    currency: str
    learned: tuple[str, ...] = ()
    probed: tuple[tuple[str, str], ...] = ()

    @property
    def paid(self) -> str:
        """What was spent, of how much, in words."""
        whole = "no budget" if self.budget is None else f"of {money(self.budget, self.currency)}"
        joint = ", " if self.budget is None else " "
        return f"{money(self.spent, self.currency)}{joint}{whole}"

    def _rows(self) -> list[tuple[str, str]]:
        probed = ", ".join(f"{name}: {said}" for name, said in self.probed)
        rows = [
            ("model", self.model or "none is named: give model="),
            ("endpoint", self.endpoint),
            ("key", self.key_hint or "none"),
            ("detail", self.detail),
            ("spent", self.paid),
            ("learned", ", ".join(self.learned) or "nothing yet"),
            ("probed", probed or "not yet: client.probe()"),
        ]
        return [(name, said if name == "key" else one_line(said)) for name, said in rows]

    def __repr__(self) -> str:
        return "\n".join(f"{name:<9} {said}" for name, said in self._rows())

    def _repr_markdown_(self) -> str:
        rows = (f"| {name} | {code(said)} |" for name, said in self._rows())
        return "\n".join(("| | |", "|---|---|", *rows))


def words(quirks: Iterable[Quirk]) -> tuple[str, ...]:
    """Return what quirks say of an endpoint, without what is done about it.

    >>> from vlm_notebook.chat.quirks import NO_DETAIL, TEXT_FIRST
    >>> words((NO_DETAIL, TEXT_FIRST))
    ('takes no detail', 'text first')
    """
    return tuple(quirk.note.partition(":")[0] or quirk.name for quirk in quirks)


def found(probe: Probe | None) -> tuple[tuple[str, str], ...]:
    """Return what a probe found out, and nothing of what it left open."""
    if probe is None:
        return ()
    names = ("vision", "detail", "several", "url", "usage")
    says = ((name, getattr(probe, name).says) for name in names)
    return tuple((name, _MARKS[said]) for name, said in says if said is not None)
