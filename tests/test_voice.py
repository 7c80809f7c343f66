from __future__ import annotations

import pytest

from vlm_notebook.offline.finding import Finding
from vlm_notebook.offline.voice import Voice

BOX = (0, 0, 9, 9)


def finding(name, *, located):
    box = BOX if located else None
    return Finding(name, name, 0.9, box, "object" if located else "scene")


@pytest.mark.parametrize(
    ("whole", "thing", "said"),
    [
        ("cat", "cat", "**a cat**"),
        ("golden retriever", "dog", "**a golden retriever**"),
        ("ship or boat", "boat", "**a ship or boat**"),
    ],
)
def test_two_readings_of_one_thing_are_said_once(whole, thing, said):
    found = (finding(whole, located=False), finding(thing, located=True))
    assert Voice("en").things(found).startswith(said)
    assert Voice("en").things(found).count("**") == 2


def test_things_of_different_kinds_are_both_said():
    found = (finding("espresso", located=False), finding("cup", located=True))
    assert Voice("en").things(found).count("**") == 4


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.00001, "under 1 %"), (0.02, "about 2 %"), (0.149, "about 15 %"), (1.0, "about 100 %")],
)
def test_a_small_area_is_not_rounded_up(share, said):
    assert Voice("en").area(share) == said
