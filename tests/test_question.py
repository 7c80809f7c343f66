from __future__ import annotations

import pytest
from PIL import Image

from vlm_notebook.chat.message import Message
from vlm_notebook.chat.question import compose
from vlm_notebook.errors import ModelError
from vlm_notebook.images.prepare import prepare

PICTURE = prepare(Image.new("RGB", (8, 6), "red"))


def made(prompt="What?", images=(), **named):
    return compose(prompt, images, **{"model": "m", "detail": "auto", "options": {}, **named})


def roles(question):
    return [message.role for message in question.request.messages]


def test_a_question_alone_is_one_message():
    assert roles(made()) == ["user"]


def test_a_system_message_opens_the_conversation():
    asked = made(system="Be brief.")
    assert roles(asked) == ["system", "user"]
    assert asked.request.messages[0].prompt == "Be brief."


def test_a_conversation_that_goes_on_is_not_opened_again():
    history = made(system="Be brief.").request.messages
    history += (Message.of_text("assistant", "A sign."),)
    assert roles(made(system="Be brief.", history=history)) == [
        "system",
        "user",
        "assistant",
        "user",
    ]


def test_options_are_kept_in_order():
    asked = made(options={"temperature": 0, "seed": 1})
    assert asked.request.options == (("temperature", 0), ("seed", 1))


def test_its_card_shows_the_picture_the_prompt_and_the_model():
    card = made("What is it?", [PICTURE]).card()
    assert card.prompt == "What is it?"
    assert card.facts == ("m",)
    assert len(card.pictures) == 1
    assert "What is it?" in card.html()


@pytest.mark.parametrize("prompt", ["", " \n"])
def test_an_empty_prompt_is_refused(prompt):
    with pytest.raises(ModelError, match="the prompt is empty"):
        made(prompt)


@pytest.mark.parametrize("prompt", [PICTURE, None, 5, b"What?"])
def test_a_prompt_that_is_no_text_is_refused_with_the_order_of_arguments(prompt):
    with pytest.raises(ModelError, match="the question first, then the pictures"):
        made(prompt)


def parts(question):
    return [getattr(part, "text", "picture") for part in question.request.messages[-1].parts]


def test_a_montage_is_one_picture_behind_words_that_say_what_it_is():
    asked = made("Which?", [PICTURE, PICTURE], montage=True)
    caption, *others = parts(asked)
    assert caption.startswith("The picture is a montage")
    assert f"2: {PICTURE.origin}" in caption
    assert others == ["picture", "Which?"]
    assert asked.request.messages[-1].prompt == "Which?"


def test_a_montage_of_one_picture_is_the_picture():
    assert parts(made("Which?", [PICTURE], montage=True)) == ["picture", "Which?"]


def test_a_montage_is_explained_in_the_language_of_the_prompt():
    assert "拼图" in parts(made("哪一张?", [PICTURE, PICTURE], montage=True))[0]
