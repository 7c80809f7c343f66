"""Account: what calls are predicted to take, what they were billed, and what they may cost."""

from __future__ import annotations

from decimal import Decimal
from threading import Lock
from typing import TYPE_CHECKING

from vlm_notebook.chat.album import sent
from vlm_notebook.chat.message import ImagePart
from vlm_notebook.chat.turn import Turn
from vlm_notebook.errors import BudgetError, ModelError, VlmError
from vlm_notebook.models import tokens
from vlm_notebook.models.correction import NEEDED, Correction
from vlm_notebook.models.cost import money, price
from vlm_notebook.models.pricing import currency
from vlm_notebook.models.text import text_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vlm_notebook.chat.answer import Answer
    from vlm_notebook.chat.delta import Usage
    from vlm_notebook.chat.message import Request
    from vlm_notebook.detail import Detail
    from vlm_notebook.models.catalog import ModelCard
    from vlm_notebook.models.cost import Price

_LENGTHS = ("max_completion_tokens", "max_tokens")
"""Options that say how long an answer may become."""


class Account:
    """The bookkeeping of one client with one endpoint; it may be used from any thread.

    Args:
        base_url: the endpoint's, by which prices are found.
        budget: the most that all calls together may cost, in the endpoint's currency, or None.

    Attributes:
        currency: of the budget and of what was spent; prices in another are not known here.

    Raises:
        VlmError: the budget is no amount from 0 on.
    """

    def __init__(self, base_url: str, budget: float | Decimal | None = None) -> None:
        self.budget = _amount(budget)
        self.currency = currency(base_url=base_url)
        self._base_url = base_url
        self._cards: dict[str, ModelCard] = {}
        self._corrections: dict[str, Correction] = {}
        self._unpriced: set[str] = set()
        self._spent = self._held = Decimal(0)
        self._lock = Lock()

    @property
    def spent(self) -> Decimal:
        """What the calls so far cost, as far as prices are known."""
        return self._spent

    def take(self, cards: Iterable[ModelCard]) -> None:
        """Read prices from the endpoint's list of models from now on."""
        self._cards = {card.id: card for card in cards}
        units = {
            currency(card.raw, base_url=self._base_url)
            for card in self._cards.values()
            if card.input_price or card.output_price
        }
        with self._lock:
            if len(units) == 1 and not (self._spent or self._held):
                self.currency = units.pop()

    def money(self, amount: Decimal) -> str:
        """Return an amount of the account's currency in words."""
        return money(amount, self.currency)

    def rates(self, model: str) -> Price | None:
        """Return a model's price, unless it is in another currency: those are never added up."""
        rates = price(self._cards.get(model, model), base_url=self._base_url)
        if rates and rates.currency != self.currency and (rates.input or rates.output):
            return None
        return rates

    def forecast(self, request: Request, detail: Detail) -> Turn:
        """Return what a request would take, without entering it; its answer comes on top."""
        entry = Entry(self, request, detail, self.rates(request.model))
        return Turn(entry.sent, entry.prompt_cost, entry.images, self.currency)

    def correction(self, model: str) -> Correction:
        """Return what was learned of how a model's pictures are billed."""
        return self._corrections.get(model, Correction())

    def open(self, request: Request, detail: Detail, *, tell: bool = True) -> Entry:
        """Enter a call that is about to be sent.

        Args:
            request: what is sent.
            detail: the level that its pictures were fitted to.
            tell: whether somebody reads the entry's notes.

        Raises:
            BudgetError: it would pass the budget; it is not entered.
        """
        entry = Entry(self, request, detail, self.rates(request.model))
        if self.budget is None:
            return entry
        if entry.likely_cost is None:
            entry.notes = self._unknown(request.model) if tell else ()
            return entry
        with self._lock:
            self._check(entry.likely_cost, self.budget)
            entry.held = entry.likely_cost
            self._held += entry.held
        return entry

    def _check(self, cost: Decimal, budget: Decimal) -> None:
        gone = self._spent + self._held
        if gone + cost > budget:
            raise BudgetError(
                f"the call would cost about {self.money(cost)}, and {self.money(gone)} of the "
                f"budget of {self.money(budget)} is gone: ask with detail='low', or give a larger "
                "budget="
            )

    def _unknown(self, model: str) -> tuple[str, ...]:
        """Return the note about a model without a price, once."""
        if model in self._unpriced:
            return ()
        self._unpriced.add(model)
        return (f"The price of {model} is not known: the budget does not count it.",)

    def close(self, entry: Entry, cost: Decimal) -> None:
        """Put what a call cost in the place of what was held back for it."""
        with self._lock:
            self._held -= entry.held
            self._spent += cost
            entry.held = Decimal(0)

    def learn(self, model: str, predicted: int, billed: int) -> None:
        """Compare a prediction for pictures, not corrected, with what was billed."""
        with self._lock:
            self._corrections[model] = self.correction(model).fed(predicted, billed)


class Entry:
    """One call in an account.

    Attributes:
        notes: what the user is to be told of it.
        currency: of its cost, by ISO 4217.
        held: what is held back for it while it runs.
    """

    def __init__(
        self, account: Account, request: Request, detail: Detail, rates: Price | None
    ) -> None:
        self.notes: tuple[str, ...] = ()
        self.currency = account.currency
        self.held = Decimal(0)
        self._account = account
        self._request = sent(request)
        self._price = rates
        self._raw, self._is_guess = _predicted(self._request, detail)
        self._is_open = True

    @property
    def tokens(self) -> int | None:
        """The prompt's tokens as predicted; None without pictures, and where it is a mere guess."""
        learned = self._account.correction(self._request.model)
        known = not self._is_guess or len(learned.ratios) >= NEEDED
        return learned.applied(self._raw) if self._request.images and self._raw and known else None

    @property
    def likely_cost(self) -> Decimal | None:
        """What the prompt, and the longest answer if a limit is given, are likely to cost."""
        limits = (value for name, value in self._request.options if name in _LENGTHS)
        written = next((limit for limit in limits if isinstance(limit, int)), 0)
        return self._price.of(self.sent, max(0, written)) if self._price else None

    @property
    def prompt_cost(self) -> Decimal | None:
        """What the prompt alone is likely to cost; None where its price is not known."""
        return self._price.of(self.sent) if self._price else None

    @property
    def images(self) -> int:
        """How many pictures are sent."""
        return len(self._request.images)

    @property
    def sent(self) -> int:
        """The prompt's tokens as predicted, be it by a guess."""
        return self.tokens or self._raw

    def cost(self, usage: Usage) -> Decimal | None:
        """Return what was billed; None where tokens or their price are not known."""
        if usage.estimated or self._price is None:
            return None
        return self._price.of(usage.prompt_tokens, usage.completion_tokens)

    def close(self, answer: Answer, *, learn: bool = True) -> None:
        """Settle the call, once; what ended before its usage was told is taken as predicted.

        Args:
            answer: what became of it.
            learn: whether the bill tells how pictures of a usual size are billed.
        """
        if not self._is_open:
            return
        self._is_open = False
        usage = answer.usage
        cost = self.cost(usage)
        if cost is None and self._price and (answer.text or answer.reasoning):
            cost = self._price.of(self.sent, usage.completion_tokens)
        self._account.close(self, cost or Decimal(0))
        if learn and self._request.images and not usage.estimated:
            self._account.learn(self._request.model, self._raw, usage.prompt_tokens)

    def drop(self) -> None:
        """Give back what is held for a call of which nothing became."""
        if self._is_open:
            self._is_open = False
            self._account.close(self, Decimal(0))


def _predicted(request: Request, detail: Detail) -> tuple[int, bool]:
    """Return a prompt's tokens by the family's rule, and whether they are a guess."""
    said = "".join(
        part.text
        for message in request.messages
        for part in message.parts
        if not isinstance(part, ImagePart)
    )
    sizes = [image.size for image in request.images]
    try:
        pictures = tokens.estimate(sizes, model=request.model, detail=detail)
    except ModelError:  # it takes no such picture, or a rule of the user's own fails
        return text_tokens(said).tokens, True
    return pictures.prompt_tokens + text_tokens(said).tokens, pictures.confidence == "guess"


def _amount(budget: float | Decimal | None) -> Decimal | None:
    if budget is None:
        return None
    amount = Decimal(str(budget)) if isinstance(budget, int | float | Decimal) else Decimal(-1)
    if not amount.is_finite() or amount < 0:
        raise VlmError(f"budget is {budget!r}: give an amount of money from 0 on, such as 0.5")
    return amount
