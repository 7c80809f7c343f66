"""Turn: what the next question of a conversation takes, before it is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vlm_notebook.models.cost import money
from vlm_notebook.models.pricing import USD

if TYPE_CHECKING:
    from decimal import Decimal


@dataclass(frozen=True, slots=True, repr=False)
class Turn:
    """What sending a conversation once more is likely to take; the answer comes on top.

    Attributes:
        tokens: of all that was said and of the pictures that are sent again, by the model's rule
            and what its endpoint was seen to bill.
        cost: their price, or None where it is not known.
        images: how many pictures are sent.
        currency: what `cost` is in, by ISO 4217.

    >>> from decimal import Decimal
    >>> Turn(1480, Decimal("0.00123"), 2)
    Turn(1,480 tokens, about $0.0012)
    """

    tokens: int
    cost: Decimal | None = None
    images: int = 0
    currency: str = USD

    def __repr__(self) -> str:
        return f"Turn({self.tokens:,} tokens, {self._price()})"

    def _price(self) -> str:
        if self.cost is None:
            return "price unknown"
        return f"about {money(self.cost, self.currency)}" if self.cost else "free"
