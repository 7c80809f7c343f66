from __future__ import annotations

import pytest
from model_server import Reply, answer, refusal
from PIL import Image

from vlm_notebook.chat.blame import blamed
from vlm_notebook.chat.message import Message, Request, user_message
from vlm_notebook.client import Client
from vlm_notebook.errors import StatusError
from vlm_notebook.images.prepare import prepare

COLORS = ("red", "blue", "green")
PICTURES = [prepare(Image.new("RGB", (8, 6), color)) for color in COLORS]
RED, BLUE, GREEN = PICTURES
ASIDE = "picture {} (the PIL image) was set aside: the provider refused it."
WORDS = (
    "Could not process image",
    "image too large",
    "invalid image",
    "unsupported image format",
    "Unable to process input image. Please retry or report.",
    "You uploaded an unsupported image.",
    "cannot identify image file",
    "图片格式错误",
)


def colors(request):
    urls = {
        picture.data_url.partition(",")[2]: c for picture, c in zip(PICTURES, COLORS, strict=True)
    }
    return [
        urls.get(part["image_url"]["url"].partition(",")[2], "another")
        for message in request["messages"]
        if isinstance(message["content"], list)
        for part in message["content"]
        if part["type"] == "image_url"
    ]


def refusing(*pictures, status=400, words="Could not process image"):
    """A server's mind: it takes no request with one of these pictures."""

    def reply(request):
        if {*pictures} & {*colors(request)}:
            return refusal(status, words)
        return Reply(answer("Hello there."))

    return reply


def refused(client, *asked, after=None, **options):
    with pytest.raises(StatusError) as caught:
        (after or client).ask(*asked, show=False, **options)
    assert caught.value.answer is client.last
    return client.last


@pytest.mark.parametrize("status", [400, 413, 422])
@pytest.mark.parametrize("words", WORDS)
def test_after_a_refused_picture_the_conversation_goes_on_without_it(client, server, status, words):
    first = client.ask("One?", RED, show=False)
    server.says(refusing("blue", "another", status=status, words=words))
    last = refused(client, "Two?", BLUE, after=first)
    assert last.notes[-1] == ASIDE.format(2)
    for told in (last.ask("Three?", show=False), first.ask("Four?", show=False)):
        assert told.text == "Hello there."
        assert colors(server.requests[-1]) == ["red"]
    assert last.ask("Five?", GREEN, show=False).notes == (ASIDE.format(2),)
    assert server.requests[-1]["messages"][-1]["content"][0]["text"].startswith("Picture 3 (")


def test_the_card_says_so_and_still_shows_the_picture(client, server):
    server.says(refusing("red"))
    last = refused(client, "One?", RED)
    assert ASIDE.format(1) in last.card().plain()
    assert last.images == (RED,)
    assert len(last.card().pictures) == 1
    assert ASIDE.format(1) in last.ask("Two?", show=False).card().notices


def test_the_request_says_what_was_set_aside_and_that_there_was_no_answer(client, server):
    server.says(refusing("red"))
    refused(client, "这是什么？", RED).ask("还在吗？", show=False)
    asked, said, _ = server.requests[-1]["messages"]
    assert asked["content"][0]["text"] == "[图1：the PIL image，已搁置：服务方拒绝了它]"
    assert said == {"role": "assistant", "content": "[没有回答]"}


def test_a_picture_of_the_history_that_is_refused_is_left_out_and_asked_again(client, server):
    told = client.ask("One?", RED, show=False).ask("Two?", BLUE, show=False)
    server.says(refusing("red"))
    again = told.ask("Three?", model="other", show=False)
    assert again.text == "Hello there."
    assert again.notes == (ASIDE.format(1), ASIDE.format(2))
    assert [colors(request) for request in server.requests[2:]] == [["red", "blue"], []]
    again.ask("Four?", show=False)
    assert len(server.requests) == 5


def test_one_that_is_named_by_its_place_is_left_out_alone(client, server):
    told = client.ask("One?", RED, system="Be brief.", show=False).ask("Two?", BLUE, show=False)
    server.says(refusing("red", words="messages.1.content.0.image: Could not process image"))
    again = told.ask("Three?", GREEN, show=False)
    assert again.notes == (ASIDE.format(1),)
    assert [colors(request) for request in server.requests[2:]] == [
        ["red", "blue", "green"],
        ["blue", "green"],
    ]


def test_it_is_tried_once_and_the_question_is_never_asked_without_its_own_pictures(client, server):
    told = client.ask("One?", RED, show=False)
    server.says(refusing("red", "blue", words="image 1 is invalid"))
    last = refused(client, "Two?", BLUE, after=told)
    assert [colors(request) for request in server.requests[1:]] == [["red", "blue"], ["blue"]]
    assert last.notes == (ASIDE.format(1), ASIDE.format(2))
    assert last.ask("Three?", show=False).text == "Hello there."


def test_a_refusal_that_is_not_for_the_pictures_sets_none_aside(client, server):
    server.says(refusal(400, "no such thing as an image of errors"))
    told = refused(client, "Hello?")
    assert told.notes == ()
    server.says(Reply(answer("Red.")), refusal(400, "the image model is broken"))
    first = client.ask("One?", RED, show=False)
    last = refused(client, "Two?", after=first)
    assert colors(server.requests[-1]) == []
    assert last.notes == ()
    assert last.history[0].images == (RED,)


@pytest.mark.parametrize(
    ("status", "words"),
    [(400, "temperature is out of range"), (500, "Could not process image"), (404, "no image")],
)
def test_other_refusals_leave_the_pictures_alone(client, server, status, words):
    server.says(refusal(status, words))
    last = refused(client, "One?", RED)
    assert len(server.requests) == 1
    assert last.history[0].images == (RED,)


def test_a_picture_given_again_on_purpose_is_tried_again(client, server):
    server.says(refusing("red"))
    last = refused(client, "One?", RED)
    server.says(Reply(answer("Red.")))
    assert last.ask("Now?", RED, show=False).text == "Red."
    assert colors(server.requests[-1]) == ["red"]


def test_a_habit_that_did_not_help_is_not_remembered(client, server):
    told = client.ask("One?", RED, show=False)
    server.says(refusing("red", "another", words="unsupported image format: PNG"))
    assert told.ask("Two?", show=False).notes == (ASIDE.format(1),)
    server.says(Reply(answer("Hello there.")))
    client.ask("One?", BLUE, show=False)
    assert colors(server.requests[-1]) == ["blue"]


def test_a_bill_without_the_picture_teaches_nothing_of_its_price(server):
    usage = {"prompt_tokens": 9, "completion_tokens": 1}
    client = Client(server.base_url, model="gpt-4o", max_retries=0)
    told = client.ask("One?", RED, show=False)
    lean = Reply(answer("Hello there.", usage=usage))
    server.says(lambda r: refusal(400, "invalid image") if colors(r) else lean)
    answers = [told.ask("Two?", show=False) for _ in range(4)]
    assert [again.predicted_tokens for again in answers] == [None] * 4
    assert client.account.correction("gpt-4o").ratios == ()


# --------------------------------------------------------------------------- which one

HISTORY = (
    Message.of_text("system", "Be brief."),
    user_message("One?", [RED], detail="auto"),
    Message.of_text("assistant", "Red."),
)
REQUEST = Request("m", (*HISTORY, user_message("Two?", [BLUE, GREEN], detail="auto", earlier=1)))


def numbers(words, status=400, request=REQUEST):
    error = StatusError(words, status=status)
    error.words = words
    return {*blamed(error, request)}


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("messages.3.content.1.image.source.base64: Could not process image", {2}),
        ("body.messages.3.content.3.image_url invalid image", {3}),
        ("Invalid value: messages[1].content[0], not a valid image", {1}),
        ("messages.2.content.3: Could not process image", {3}),  # counted without the system's
        ("image 2 could not be decoded", {2}),
        ("Image #3: invalid", {3}),
        ("invalid image at index 0", {1}),
        ("images[2] is malformed", {3}),
        ("第2张图片无法识别", {2}),
        ("image 9 is invalid", {2, 3}),
        ("image exceeds 5 MB maximum", {2, 3}),
        ("image 2000x3000 is too large", {2, 3}),
        ("image 20 MB is too large", {2, 3}),
        ("At most 2 images may be provided in one request.", {1}),
        ("temperature must be below 2", set()),
    ],
)
def test_words_name_pictures_by_their_place(words, found):
    assert numbers(words) == found


def test_a_request_that_is_too_large_is_so_for_its_pictures_unless_for_its_words():
    assert numbers("Payload Too Large", 413) == {2, 3}
    assert numbers("Request too large: 9000 tokens a minute", 413) == set()


def test_a_picture_that_is_alone_is_the_one():
    assert numbers("image 7 is invalid", request=Request("m", HISTORY[:2])) == {1}
