"""What a client can say of its endpoint's models: which there are, and what one of them can do."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from vlm_notebook.chat.engine import engine
from vlm_notebook.errors import BudgetError, EndpointError, ModelError
from vlm_notebook.models.catalog import seeing

if TYPE_CHECKING:
    from vlm_notebook.chat.account import Account
    from vlm_notebook.chat.endpoint import Endpoint
    from vlm_notebook.chat.habits import Habits
    from vlm_notebook.chat.listing import Listing
    from vlm_notebook.chat.probe import Plan, Probe
    from vlm_notebook.chat.secret import Secret
    from vlm_notebook.chat.status import Status
    from vlm_notebook.detail import Detail
    from vlm_notebook.models.catalog import ModelCard


class Offer:
    """The part of a client that is about models; the client sets the attributes."""

    model: str | None
    detail: Detail
    _account: Account
    _endpoint: Endpoint
    _habits: Habits
    _key: Secret
    _listing: Listing

    def status(self) -> Status:
        """Return whom the client asks, with what, for how much, and what it has learned of them."""
        from vlm_notebook.chat import status

        model, account = self.model or "", self._account
        host, address = self._endpoint.host, self._endpoint.address
        return status.Status(
            self.model,
            address if host in address else f"{host}, offline",
            repr(self._key) if self._key else "",
            self.detail,
            account.spent,
            account.budget,
            account.currency,
            status.words(self._habits.of(model)),
            status.found(self._habits.probe(model)),
        )

    @property
    def account(self) -> Account:
        """What its calls took and cost: prices, and how the endpoint bills against predictions."""
        return self._account

    def models(self, *, vision_only: bool = True, refresh: bool = False) -> list[ModelCard]:
        """Return the endpoint's models, as read at most five minutes ago.

        A model that is not in the list can be asked all the same.

        Args:
            vision_only: leave out those that take no pictures, as the endpoint says or, where
                it does not, as their name suggests; all of those when no name suggests any.
            refresh: read the list again now.

        Raises:
            EndpointError: the endpoint gives no list.
        """
        read = engine().submit(self._listing.cards(refresh=refresh)).result()
        self._account.take(read)
        listed = [self._habits.described(card) for card in read]
        return seeing(listed) if vision_only else listed

    def probe(
        self,
        model: str | None = None,
        *,
        url: str | None = None,
        dry: bool = False,
        show: bool = True,
    ) -> Probe:
        """Find out what a model really does with pictures, with two or three tiny requests.

        First says what that will cost; the client's budget counts it. What is found out: whether
        the model sees, whether a level of detail is accepted, whether two pictures are seen,
        whether tokens are told. From then on the client goes by it.

        Args:
            model: its id; the client's own if not given.
            url: the address of a public picture, to find out whether the provider downloads.
            dry: only say what it would cost: the list of models is read, and nothing asked.
            show: False says nothing beforehand; `.plan` has it.

        Raises:
            ModelError: no model is named.
            ImageError: `url` has no picture.
            BudgetError: it would cost more than is left.
            EndpointError: the endpoint refuses text as well, or cannot be asked.
        """
        from vlm_notebook.chat import probe
        from vlm_notebook.images.prepare import prepare

        name = model or self.model
        if not name:
            raise ModelError("no model is named to be probed: client.models() lists them")
        link: Any = prepare(url, detail="low") if url else None
        plan = self._plan(name, linked=link is not None)
        if show:
            sys.stdout.write(f"{plan}\n")
        if dry:
            return probe.Probe(plan)
        self._afford(plan)
        asking = probe.probe(self._endpoint, plan, link=link, account=self._account)
        found = engine().submit(asking).result()
        self._habits.take(found)
        return found

    def _plan(self, model: str, *, linked: bool) -> Plan:
        from vlm_notebook.chat import probe

        try:
            listed = {card.id: card for card in self.models(vision_only=False)}
        except EndpointError:  # no list, no price: the model may answer all the same
            listed = {}
        base_url = self._endpoint.base_url
        return probe.plan(model, card=listed.get(model), base_url=base_url, url=linked)

    def _afford(self, plan: Plan) -> None:
        budget = self._account.budget
        priced = plan.price if plan.currency == self._account.currency else None
        if budget is not None and priced and priced > budget - self._account.spent:
            raise BudgetError(f"{plan}: more than is left of the budget; give a larger budget=")
