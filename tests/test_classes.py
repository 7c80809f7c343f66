"""What the picture as a whole shows."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from vlm_notebook.images import samples
from vlm_notebook.offline import classes
from vlm_notebook.offline.vocabulary import labels

NAMES = [label.name for label in labels("imagenet")]


def likelihoods(**shares):
    """Return 1000 likelihoods, the given ones by class number, the rest shared evenly."""
    result = np.full(1000, (1 - sum(shares.values())) / (1000 - len(shares)))
    for number, share in shares.items():
        result[int(number[1:])] = share
    return result


def name(fine=0.7, **shares):
    found = classes.name_scene(classes.totals(likelihoods(**shares)), alone=0.5, fine=fine)
    return found and found.name


def test_likelihoods_are_shares_of_one():
    with Image.open(samples.path("coffee")) as picture:
        found = classes.classify(picture)
    assert found.shape == (1000,)
    assert found.min() >= 0
    assert found.sum() == pytest.approx(1)
    assert NAMES[found.argmax()] == "coffee"


def test_a_group_is_as_likely_as_its_classes_together():
    total = classes.totals(likelihoods(_162=0.3, _207=0.2, _285=0.1))
    assert total["beagle"] == pytest.approx(0.3)
    assert total["dog"] == pytest.approx(0.5, abs=0.05)
    assert total["cat"] == pytest.approx(0.1, abs=0.01)


def test_a_sure_class_is_named_and_an_unsure_one_gives_its_group():
    assert name(_162=0.8) == "beagle"
    assert name(_162=0.4, _207=0.3) == "dog"


def test_nothing_is_named_when_nothing_is_sure():
    assert name(_162=0.3) is None
    assert name() is None


def test_a_class_without_a_group_stands_for_itself():
    assert name(_398=0.55) == "abacus"
    assert name(_398=0.45) is None


def test_classes_of_one_name_count_together():
    assert NAMES[836] == NAMES[837] == "sunglasses"
    assert name(_836=0.3, _837=0.3) == "sunglasses"


def test_flat_paper_and_screens_are_never_named():
    assert {NAMES[number] for number in (549, 916, 917, 918, 921, 922)} == classes.FLAT
    assert name(_916=0.99) is None
    assert name(_922=0.99) is None


def test_animals_are_the_first_398_classes():
    assert NAMES[classes.LAST_ANIMAL] == "pufferfish"
    assert classes.animals(likelihoods(_0=0.5, _397=0.25, _398=0.25)) == pytest.approx(0.75)
