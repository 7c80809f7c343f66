"""Effect: what a level of detail means for a model and some pictures, in tokens and money."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vlm_notebook.detail import EMBEDDED, Detail, levels_of, limits
from vlm_notebook.errors import ModelError
from vlm_notebook.images.fit import Wish, by, fitted_size
from vlm_notebook.images.prepare import PreparedImage
from vlm_notebook.images.source import ImageSource, load
from vlm_notebook.models import tokens
from vlm_notebook.models.correction import NEEDED
from vlm_notebook.models.pricing import USD

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from vlm_notebook.client import Client
    from vlm_notebook.models.tokens import Size, TokenEstimate

_NAMED_SIZES = 3
"""More sizes than this would fill a label without telling more."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a level does.

    Attributes:
        tokens: of all pictures, as the endpoint is likely to bill them; None where not known.
        low: the fewest tokens, where they are a guess.
        high: the most, likewise.
        cost: of these tokens, or None: not known.
        currency: of the cost, as ISO 4217 names it.
        size: what the model gets, in pixels, such as "512x384".
        note: one line in place of tokens: why there are none.
        billed: False for the embedded model, which bills nothing.
    """

    tokens: int | None = None
    low: int | None = None
    high: int | None = None
    cost: Decimal | None = None
    currency: str = USD
    size: str = ""
    note: str = ""
    billed: bool = True


def effects(
    images: Iterable[Any], *, model: str | None = None, client: Client
) -> dict[str, Effect]:
    """Return what each level that the model has would do to pictures, and send nothing.

    Sizes follow from the pictures' own, so nothing is decoded or encoded; a picture so rich that
    it has to lose pixels to fit in a megabyte takes fewer tokens than told here.

    Args:
        images: anything `load` takes; an `ImageSource` is the fastest.
        model: the model's id; the client's own if not given.
        client: whom to ask: its prices, and how it was seen to bill.

    Raises:
        ImageError: a picture cannot be used.

    >>> import numpy
    >>> from vlm_notebook.client import Client
    >>> client = Client("http://localhost:8000/v1", model="gpt-4o")
    >>> effects([numpy.zeros((1080, 1920), "uint8")], client=client)["high"].tokens
    1105
    """
    name = model or client.model
    pictures = [one if isinstance(one, PreparedImage) else load(one) for one in images]
    return {
        level: _effect(_sizes(pictures, level, name), level, name, client)
        for level in levels_of(name)
    }


def _sizes(
    pictures: Iterable[ImageSource | PreparedImage], level: Detail, model: str | None
) -> list[Size]:
    wish = Wish(limits(level, model))
    return [
        one.size if isinstance(one, PreparedImage) else fitted_size(one, wish) for one in pictures
    ]


def _effect(sizes: list[Size], level: Detail, model: str | None, client: Client) -> Effect:
    if client.is_embedded:
        return _looked(sizes, level)
    if not sizes:
        return Effect()
    try:
        estimate = tokens.estimate(sizes, model=model, detail=level)
    except ModelError as error:  # it takes no such picture, or a rule of the user's own fails
        return Effect(size=_named(sizes), note=str(error))
    return _billed(estimate, model or "", _named(sizes), client)


def _looked(sizes: list[Size], level: Detail) -> Effect:
    """Return what the embedded model does: it works on so many pixels and bills nothing."""
    longest = max((max(size) for size in sizes), default=limits(level, EMBEDDED).long_px)
    return Effect(size=f"{longest:,} px", billed=False)


def _billed(estimate: TokenEstimate, model: str, size: str, client: Client) -> Effect:
    """Return tokens and price; a guess stays a range until the endpoint's bills have taught."""
    learned = client.account.correction(model)
    if estimate.confidence == "guess" and len(learned.ratios) < NEEDED:
        return Effect(low=estimate.low, high=estimate.high, size=size)
    counted = learned.applied(estimate.prompt_tokens)
    rates = client.account.rates(model)
    if rates is None:
        return Effect(counted, size=size)
    return Effect(counted, cost=rates.of(counted), currency=rates.currency, size=size)


def _named(sizes: list[Size]) -> str:
    more = ["…"] if len(sizes) > _NAMED_SIZES else []
    return ", ".join([*map(by, sizes[:_NAMED_SIZES]), *more])
