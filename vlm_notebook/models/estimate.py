"""Pictures -> what they will cost a model, prepared as they would be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vlm_notebook import detail as levels
from vlm_notebook.images.prepare import prepare
from vlm_notebook.models import tokens

if TYPE_CHECKING:
    from vlm_notebook.models.tokens import TokenEstimate


def estimate(*images: Any, model: str | None = None, detail: str = "auto") -> TokenEstimate:
    """Estimate what pictures cost a model in tokens, and send nothing.

    Args:
        images: anything `load` takes; each is prepared as `ask` would send it.
        model: the model's id; with None the range over all known families.
        detail: "low", "high" or "auto", or "original" where the model has it.

    Raises:
        ImageError: a picture cannot be used.
        ModelError: `detail` is no level, or the model takes no picture of such a shape.

    >>> import numpy
    >>> estimate(numpy.zeros((3024, 4032), "uint8"), model="gpt-4o", detail="high")
    TokenEstimate(765 tokens, OpenAI tiles, gpt-4o, documented)
    """
    level = levels.check(detail, model)
    sizes = [prepare(image, detail=level, model=model).size for image in images]
    return tokens.estimate(sizes, model=model, detail=level)
