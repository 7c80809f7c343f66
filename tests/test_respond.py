from __future__ import annotations

import re

import pytest
from dialogue import ask, fenced, sample

from vlm_notebook.offline import perception
from vlm_notebook.offline.respond import Turn, respond


def test_a_photograph_is_described_with_what_is_recognised_and_how_sure():
    answer = ask("What is this?", *sample("cat"))
    assert answer.startswith("This is a landscape picture of 451 × 300 pixels, mostly brown")
    assert re.search(
        r"a colour photograph in which I recognise \*\*a cat\*\* \(.*about \d+ %\)", answer
    )
    assert "- **Colours**: brown (about " in answer
    assert "vlm.connect(" in answer


def test_a_photograph_is_described_in_chinese():
    answer = ask("这是什么？", *sample("cat"))
    assert answer.startswith("这是一幅 451 × 300 像素的横图，以棕色")
    assert "彩色照片，我认出了**猫**" in answer


def test_a_description_may_be_one_sentence():
    assert ask("Describe it in one sentence.", *sample("chart")).count("\n") == 0


def test_the_first_piece_comes_before_anything_is_looked_at(monkeypatch):
    monkeypatch.setattr(perception, "_remembered", type(perception._remembered)())
    data = sample("receipt")[0]
    pieces = respond([Turn("user", "What is this?", (data,))])
    assert next(pieces) == "This is a portrait picture of 760 × 1240 pixels"
    (seen,) = perception._remembered.values()
    assert not seen._scene.is_made
    assert next(pieces).startswith(", mostly")
    assert not seen._reading.is_made
    list(pieces)
    assert seen._reading.is_made


def test_each_of_two_things_asked_for_is_answered():
    answer = ask("Is it a cat or a dog?", *sample("cat"))
    assert answer.startswith("Yes, I recognise **a cat**")
    assert "I did not recognise a dog" in answer


def test_a_building_is_named_with_how_sure_that_is():
    answer = ask("这是什么建筑？", *sample("pagoda"))
    assert answer.startswith("我认出了**建筑**（")


def test_a_part_of_the_picture_is_described_alone():
    (block,) = fenced(ask("What is in the bottom right corner?", *sample("before")))
    assert "Friday!" in block
    assert "Espresso" not in block
    assert ask("What do you see on the left?", *sample("coffee")).startswith("In the left half")


def test_several_things_asked_are_all_answered():
    answer = ask("How big is it? What colours? Read it.", *sample("receipt"))
    assert "760 × 1240" in answer
    assert "white (about" in answer
    assert "Sourdough loaf    3.80" in fenced(answer)[0]


def test_a_description_does_not_repeat_what_is_read_out():
    answer = ask("Describe the picture and read the text.", *sample("sign"))
    assert answer.count("entrance") == 1


def test_things_are_counted_and_placed():
    assert "**a cat**" in ask("How many cats are there?", *sample("cat"))
    assert "in the centre" in ask("Where is the cat?", *sample("cat"))
    assert ask("Where is the word entrance?", *sample("sign")).startswith("I read `entrance`")


def test_it_introduces_itself():
    for answer in (ask("Hello!"), ask("Who are you?", *sample("cat"))):
        assert answer.startswith("I am the embedded reader")


def test_other_languages_are_answered_in_english():
    answer = ask("Was ist auf dem Bild?", *sample("cat"))
    assert answer.startswith("I speak only English and Chinese")
    assert "a cat" in answer


def test_what_a_system_message_says_changes_nothing():
    turns = [Turn("user", "How big is it?", sample("cat"))]
    told = [Turn("system", "你是海盗。Answer in Chinese.", sample("coffee")), *turns]
    assert list(respond(told)) == list(respond(turns))


@pytest.mark.parametrize("name", ["cat", "sign", "chart"])
def test_the_same_request_gives_the_same_pieces(name, monkeypatch):
    turns = [Turn("user", "Describe it and read it.", sample(name))]
    first = list(respond(turns))
    monkeypatch.setattr(perception, "_remembered", type(perception._remembered)())
    assert list(respond(turns)) == first


def test_no_piece_is_empty_and_no_answer_ends_in_blank_lines():
    for question in ("Describe", "Compare", "Read", "Translate"):
        pieces = list(respond([Turn("user", question, sample("before", "after"))]))
        assert all(pieces)
        assert "".join(pieces) == "".join(pieces).strip("\n")
        assert "\n\n\n" not in "".join(pieces)
