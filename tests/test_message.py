from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from PIL import Image

from vlm_notebook.chat.message import (
    ImagePart,
    Message,
    Request,
    TextPart,
    is_chinese,
    label,
    user_message,
)
from vlm_notebook.images.prepare import prepare


def picture(color, origin=None, url=None):
    made = prepare(Image.new("RGB", (8, 6), color))
    return replace(made, origin=origin or made.origin, url=url)


RED, BLUE = picture("red", "red.png"), picture("blue", "blue.png")


def test_words_alone_travel_as_a_string():
    assert Message.of_text("system", "Be brief.").to_json() == {
        "role": "system",
        "content": "Be brief.",
    }


def test_one_picture_stands_before_the_prompt_without_a_label():
    content = user_message("What?", [RED], detail="low").to_json()["content"]
    assert [part["type"] for part in content] == ["image_url", "text"]
    assert content[0]["image_url"]["detail"] == "low"
    assert content[1]["text"] == "What?"


def test_several_pictures_are_interleaved_with_their_numbers():
    content = user_message("Which?", [RED, BLUE], detail="auto").to_json()["content"]
    said = [part.get("text", "picture") for part in content]
    assert said == [
        "Picture 1 (red.png):",
        "picture",
        "Picture 2 (blue.png):",
        "picture",
        "Which?",
    ]


def test_the_labels_speak_the_language_of_the_prompt():
    parts = user_message("哪一张?", [RED, BLUE], detail="auto").parts
    assert parts[0] == TextPart("图1（red.png）：")


def test_a_picture_travels_as_exactly_its_prepared_bytes():
    url = ImagePart(RED).to_json()["image_url"]["url"]
    head, _, data = url.partition(",")
    assert head == f"data:{RED.media_type};base64"
    assert base64.b64decode(data, validate=True) == RED.data


def test_base64_is_left_out_when_shortened():
    url = ImagePart(RED).to_json(shorten=True)["image_url"]["url"]
    assert url == f"data:{RED.media_type};base64,...{RED.nbytes} bytes"


@pytest.mark.parametrize("shorten", [True, False])
def test_a_url_passes_through_where_that_is_wanted(shorten):
    remote = picture("red", url="https://example.org/red.png")
    part = ImagePart(remote, inline=False).to_json(shorten=shorten)
    assert part["image_url"]["url"] == "https://example.org/red.png"


def test_a_picture_that_has_no_url_travels_inline_all_the_same():
    url = ImagePart(RED, inline=False).to_json()["image_url"]["url"]
    assert url == RED.data_url


def test_the_prompt_is_what_stands_behind_the_last_picture():
    message = user_message("Which?", [RED, BLUE], detail="auto")
    assert message.prompt == "Which?"
    assert message.images == (RED, BLUE)


def test_a_body_asks_for_a_stream_with_usage_and_takes_further_options():
    request = Request("m", (Message.of_text("user", "Hi"),), (("seed", 1), ("stream", False)))
    body = request.body()
    assert body["stream_options"] == {"include_usage": True}
    assert (body["model"], body["seed"], body["stream"]) == ("m", 1, False)


def test_no_repr_holds_the_bytes_of_a_picture():
    message = user_message("Which?", [RED, BLUE], detail="auto")
    shown = repr(Request("m", (message,)))
    assert "red.png" in shown
    assert RED.data_url.partition(",")[2][:40] not in shown
    assert repr(RED.data)[2:20] not in shown


@pytest.mark.parametrize(
    ("text", "chinese"), [("这是什么?", True), ("What is 图?", True), ("What?", False), ("", False)]
)
def test_chinese_is_told_by_its_characters(text, chinese):
    assert is_chinese(text) is chinese


def test_a_label_names_number_and_picture():
    assert label(3, "a.png") == "Picture 3 (a.png):"


def test_the_count_of_pictures_goes_on_through_a_conversation():
    message = user_message("And this one?", [RED], detail="low", earlier=2)
    assert message.parts[0].text.startswith("Picture 3 (")
