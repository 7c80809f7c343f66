from __future__ import annotations

from dataclasses import replace

import pytest
from PIL import Image

from vlm_notebook.chat.message import ImagePart, Message, Request, TextPart
from vlm_notebook.chat.naming import wants_fewer_pictures, words_of
from vlm_notebook.chat.quirks import LADDER, TEXT_FIRST, quirk_of
from vlm_notebook.images.prepare import prepare

RED = replace(prepare(Image.new("RGB", (8, 6), "red")), url="https://pictures.example.org/red.png")
ASKED = Message("user", (ImagePart(RED, "auto", inline=False), TextPart("What?")))
EARLIER = Message("user", (ImagePart(RED, "original", inline=False), TextPart("What?")))
TOKENS = (("max_tokens", 9), ("max_completion_tokens", 9))
SAMPLING = ("temperature", "top_p", "presence_penalty", "frequency_penalty", "seed")
OPTIONS = (*TOKENS, *((name, 1) for name in SAMPLING))
REQUEST = Request("m", (Message.of_text("system", "Be brief."), ASKED), OPTIONS)
PYDANTIC = {
    "detail": [
        {
            "type": "extra_forbidden",
            "loc": ["body", "stream_options"],
            "msg": "Extra inputs are not permitted",
            "input": {"detail": "auto", "url": "data:..."},
        }
    ]
}


def found(words, request=REQUEST):
    quirk = quirk_of(words, request)
    return quirk and quirk.name


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Unrecognized request argument supplied: stream_options", "stream_options"),
        ("stream_options.include_usage: Extra inputs are not permitted", "stream_options"),
        ("body.messages.0.content.0.image_url.detail Extra inputs are not permitted", "detail"),
        ("invalid params, detail must be one of low, high", "detail auto"),
        ("image_url.detail: Input should be 'low' or 'high'", "detail auto"),
        ("Only base64 images are supported", "URLs"),
        ("unable to download the picture", "URLs"),
        ("Unsupported image format, use JPEG", "PNG"),
        ("'max_tokens' is not supported with this model", "max_tokens"),
        ("Unknown field max_completion_tokens", "max_completion_tokens"),
        ("System role not supported", "system message"),
        ("Developer instruction is not enabled for this model", "system message"),
        ("Conversation roles must alternate user/assistant/user", "system message"),
        ("'temperature' does not support 0 with this model", "temperature"),
        ("seed: Extra inputs are not permitted", "seed"),
    ],
)
def test_a_refusal_is_known_by_its_words(words, name):
    assert found(words) == name


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Invalid value: 'original'. Supported values are: 'low', 'high'.", "detail original"),
        ("image_url.detail: Input should be 'low', 'high' or 'auto'", "detail original"),
        ("body.messages.0.content.0.image_url.detail Extra inputs are not permitted", "detail"),
        ("the original request was too long", None),
    ],
)
def test_a_refusal_of_detail_original_is_known_where_it_was_sent(words, name):
    assert found(words, Request("gpt-5.5", (EARLIER,))) == name


@pytest.mark.parametrize(
    "words",
    [
        "",
        "Bad Request",
        "the prompt is too long",
        "temperature must be between 0 and 2",
        "max_tokens is too large: 9. This model supports at most 4 completion tokens",
        "See the log for more detail",
        '{"detail": "Nothing to see"}',
        "logprobs is not supported",
    ],
)
def test_words_about_a_value_or_about_nothing_that_was_sent_change_nothing(words):
    assert found(words) is None


def test_the_paths_of_a_validator_count_and_its_echoes_do_not():
    assert (
        words_of(PYDANTIC) == "extra_forbidden body.stream_options Extra inputs are not permitted"
    )
    text = "[{'type': 'extra_forbidden', 'loc': ('body', 'seed'), 'input': {'detail': 'auto'}}]"
    assert "detail" not in words_of({"message": text})
    assert found(words_of({"message": text})) == "seed"


@pytest.mark.parametrize("quirk", LADDER, ids=lambda quirk: quirk.name)
def test_each_change_leads_away_from_what_was_refused_and_is_done_once(quirk):
    request = replace(REQUEST, messages=(*REQUEST.messages, EARLIER))
    changed = quirk.change(request)
    assert changed != request
    assert quirk.change(changed) == changed
    assert changed.messages[-1].prompt == "What?"


def body(name):
    (quirk,) = (quirk for quirk in LADDER if quirk.name == name)
    return quirk.change(REQUEST).body()


def picture(body):
    parts = body["messages"][-1]["content"]
    return next(part["image_url"] for part in parts if part["type"] == "image_url")


def test_a_body_is_without_what_was_refused():
    assert "stream_options" not in body("stream_options")
    assert "temperature" not in body("temperature")
    assert picture(body("detail")) == {"url": RED.url}
    assert picture(body("detail auto"))["detail"] == "high"
    assert picture(body("URLs"))["url"] == RED.data_url
    assert body("max_tokens")["max_completion_tokens"] == 9
    assert "max_completion_tokens" not in body("max_completion_tokens")


def test_a_png_becomes_a_jpeg_of_the_same_size():
    (quirk,) = (quirk for quirk in LADDER if quirk.name == "PNG")
    (image,) = quirk.change(REQUEST).images
    assert (RED.media_type, image.media_type) == ("image/png", "image/jpeg")
    assert image.to_pil().size == RED.size
    assert image.to_pil().getpixel((3, 3)) == pytest.approx((254, 0, 0), abs=3)


def test_a_system_message_stands_in_front_of_the_first_question():
    (message,) = body("system message")["messages"]
    assert message["role"] == "user"
    assert [part.get("text", "picture") for part in message["content"]] == [
        "Be brief.\n\n",
        "picture",
        "What?",
    ]


def test_the_text_can_come_first():
    message = TEXT_FIRST.change(REQUEST).messages[-1].to_json()
    assert [part["type"] for part in message["content"]] == ["text", "image_url"]


@pytest.mark.parametrize(
    ("words", "fewer"),
    [
        ("At most 1 image(s) may be provided in one request.", True),
        ("Too many images in request. Max is 5.", True),
        ("This model supports up to 5 images", True),
        ("The number of images exceeds the limit", True),
        ("The image exceeds the maximum size of 5 MB", False),
        ("This model has a maximum context length of 4096 tokens", False),
        ("image_url is not supported", False),
    ],
)
def test_too_many_pictures_are_told_from_too_large_ones(words, fewer):
    assert wants_fewer_pictures(words) is fewer
