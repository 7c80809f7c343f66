from __future__ import annotations

from vlm_notebook.markup.card import Card, Picture
from vlm_notebook.markup.transcript import transcript

CAT = Picture(b"\xff\xd8cat", "cat.jpg", "4x3")
DOG = Picture(b"\xff\xd8dog", "dog.jpg", "4x3")


def test_every_card_stands_in_the_order_it_was_asked():
    kept = transcript([Card(prompt="One?", text="1."), Card(prompt="Two?", text="2.")])
    assert kept["text/plain"] == "1.\n\n2."
    assert kept["text/markdown"].index("One?") < kept["text/markdown"].index("Two?")
    assert kept["text/html"].count('class="vlm-card') == 2


def test_a_picture_is_shown_once_and_named_where_it_is_asked_about_again():
    kept = transcript([Card((CAT,), "One?"), Card((CAT, DOG), "Two?")])
    assert kept["text/html"].count("<img") == 2
    assert "cat.jpg (above)" in kept["text/plain"]


def test_without_an_answer_the_pictures_stand_alone():
    kept = transcript([], pictures=(CAT,))
    assert kept["text/html"].count("<img") == 1
    assert "cat.jpg" in kept["text/markdown"]
