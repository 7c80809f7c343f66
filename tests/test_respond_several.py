"""Several pictures: compared, numbered and followed up."""

from __future__ import annotations

import io

import pytest
from dialogue import ask, encoded, sample, talk
from PIL import Image, ImageChops

from vlm_notebook.images import samples


def test_changes_in_a_part_are_told_alone():
    answer = ask("What changed on the left?", *sample("before", "after"))
    assert answer.startswith("In the left half I find no change.")
    assert "Miso" not in answer
    assert "Miso" in ask("What changed on the right?", *sample("before", "after"))


def test_why_is_not_known_but_the_texts_differences_are():
    answer = ask("Why did the price go up?", *sample("before", "after"))
    assert answer.startswith("I cannot say what happens")
    assert "`Espresso 2.10` became `Espresso 2.30`" in answer
    assert "**Picture 1**" not in answer


@pytest.mark.parametrize("question", ["Was hat sich geändert?", "What moved?", "So?"])
def test_two_pictures_without_another_wish_are_compared(question):
    assert "the same scene with changes in" in ask(question, *sample("before", "after"))


def test_a_speck_covers_under_one_per_cent():
    picture = Image.open(io.BytesIO(sample("cat")[0])).convert("RGB")
    picture.paste("red", (100, 100, 103, 103))
    answer = ask("Compare", encoded(Image.open(samples.path("cat"))), encoded(picture))
    assert "a change in one place, under 1 % of the area" in answer


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (lambda p: p.point(lambda v: round(v * 0.75)), "picture 1 is brighter throughout"),
        (lambda p: p.convert("L"), "picture 2 is without colour"),
        (lambda p: ImageChops.offset(p, 5, 0), "everything stands 5 px further right"),
    ],
)
def test_what_differs_throughout_is_no_change_of_what_is_shown(other, said):
    picture = Image.open(samples.path("cat")).convert("RGB")
    answer = ask("Compare", encoded(picture), encoded(other(picture)))
    assert "they show the same thing, but" in answer
    assert said in answer.splitlines()[0]


def test_follow_ups_are_about_the_latest_pictures():
    assert "451 × 300" in talk(("What is this?", *sample("cat")), ("How big is it?",))
    answer = talk(
        ("What is this?", *sample("cat")), ("And this?", *sample("coffee")), ("How big is it?",)
    )
    assert "600 × 400" in answer
    assert "451" not in answer


def test_a_follow_up_without_letters_keeps_the_language():
    assert talk(("这是什么？", *sample("cat")), ("?",)).startswith("这是一幅")


def test_a_new_picture_is_compared_with_the_one_before():
    answer = talk(("Describe it.", *sample("before")), ("What has changed?", *sample("after")))
    assert "the same scene with changes in" in answer
    assert "`Espresso 2.10` became `Espresso 2.30`" in answer


def test_a_picture_may_be_named_by_its_number():
    answer = ask("How big is the second picture?", *sample("cat", "coffee"))
    assert "600 × 400" in answer
    assert "451" not in answer
    assert "图2" in ask("第二张图多大？", *sample("cat", "coffee"))


def test_a_comparison_with_the_first_reaches_back():
    answer = talk(
        ("What is it?", *sample("cat")),
        ("What is it?", *sample("coffee")),
        ("Compare it with the first picture.", *sample("rocket")),
    )
    assert "451 × 300" in answer
    assert "640 × 427" in answer
    assert "600 × 400" not in answer


def test_two_states_of_a_scene_are_compared():
    answer = ask("比较这两张图", *sample("before", "after"))
    assert "是同一画面" in answer
    assert "`Espresso 2.10` 变成了 `Espresso 2.30`" in answer
    assert "只在图1中：`Miso, our mouser`" in answer


def test_the_same_picture_twice_is_identical():
    answer = ask("Are they the same?", *sample("cat", "cat"))
    assert answer == "Both pictures are 451 × 300 pixels, and they are identical, pixel for pixel."


def test_several_pictures_are_held_against_the_first_and_sorted():
    answer = ask("Compare all three", *sample("before", "cat", "after"))
    assert "**Picture 1 and picture 2**" in answer
    assert "**Picture 1 and picture 3**" in answer
    assert answer.endswith("The same scene or page: pictures 1 and 3.")


def test_pictures_described_together_are_numbered():
    answer = ask("Describe them", *sample("cat", "coffee"))
    assert answer.index("**Picture 1**") < answer.index("**Picture 2**")
    assert answer.count("vlm.connect(") == 1


def test_which_picture_shows_a_thing_is_told_for_each():
    first, second = ask("Which picture shows a cat?", *sample("coffee", "cat")).split(
        "**Picture 2**"
    )
    assert "I did not recognise a cat" in first
    assert "I recognise **a cat**" in second


def test_a_picture_that_is_not_there_is_not_made_up():
    answer = ask("How big is picture 3?", *sample("cat", "coffee"))
    assert answer.startswith("There is no picture 3 here")
