from __future__ import annotations

from vlm_notebook.markup.card import Card, Picture
from vlm_notebook.markup.transcript import Transcript

CAT = Picture(b"\xff\xd8cat", "cat.jpg", "4x3")
DOG = Picture(b"\xff\xd8dog", "dog.jpg", "4x3")


def kept(*parts):
    transcript = Transcript()
    for part in parts:
        transcript.add(part)
    return transcript.bundle


def test_every_card_stands_in_the_order_it_was_asked():
    bundle = kept(Card(prompt="One?", text="1."), Card(prompt="Two?", text="2."))
    assert bundle["text/plain"] == "1.\n\n2."
    assert bundle["text/markdown"].index("One?") < bundle["text/markdown"].index("Two?")
    assert bundle["text/html"].count('class="vlm-card') == 2


def test_a_picture_is_shown_once_and_named_where_it_is_asked_about_again():
    bundle = kept(Card((CAT,), "One?"), Card((CAT, DOG), "Two?"))
    assert bundle["text/html"].count("<img") == 2
    assert "cat.jpg (shown above)" in bundle["text/plain"]


def test_that_a_picture_is_shown_above_is_said_in_the_cards_language():
    bundle = kept(Card((CAT,), "One?"), Card((CAT,), "第二个？", language="zh"))
    assert "cat.jpg（见上）" in bundle["text/plain"]


def test_what_is_a_bundle_already_stands_among_the_cards():
    table = {"text/html": "<table></table>", "text/markdown": "| |", "text/plain": "=", "x": "y"}
    bundle = kept(Card(text="1."), table, Card(text="2."))
    assert bundle["text/plain"] == "1.\n\n=\n\n2."
    assert set(bundle) == {"text/html", "text/markdown", "text/plain"}


def test_a_part_never_changes_when_another_comes():
    transcript = Transcript()
    transcript.add(Card((CAT,), "One?"))
    first = dict(transcript.parts[0])
    transcript.add(Card((CAT,), "Two?"))
    assert transcript.parts[0] == first
