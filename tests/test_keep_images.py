from __future__ import annotations

import pytest
from PIL import Image

from vlm_notebook.client import Client
from vlm_notebook.errors import ModelError
from vlm_notebook.images.prepare import prepare

COLORS = ("red", "blue", "green")
PICTURES = [prepare(Image.new("RGB", (8, 6), color)) for color in COLORS]
RED, BLUE, GREEN = PICTURES


def contents(request):
    """The parts of each message of the user, as words and URLs."""
    asked = [m["content"] for m in request["messages"] if m["role"] == "user"]
    return [
        [content]
        if isinstance(content, str)
        else [part.get("text") or part["image_url"]["url"] for part in content]
        for content in asked
    ]


def sent(request):
    return [part for parts in contents(request) for part in parts if part.startswith("data:")]


def colors(request):
    urls = {picture.data_url: color for picture, color in zip(PICTURES, COLORS, strict=True)}
    return [urls[url] for url in sent(request)]


# --------------------------------------------------------------------------- the policy


def test_every_picture_is_sent_again_unless_told_otherwise(client, server):
    told = client.ask("One?", RED, show=False).ask("Two?", BLUE, show=False)
    told.ask("Three?", show=False)
    assert colors(server.requests[2]) == ["red", "blue"]
    assert told.keep_images == "all"


def test_only_the_latest_pictures_are_kept_and_the_others_named(client, server):
    told = client.ask("One?", RED, show=False, keep_images=2)
    told = told.ask("Two?", BLUE, show=False)
    told = told.ask("Three?", GREEN, show=False)
    assert [colors(request) for request in server.requests] == [
        ["red"],
        ["red", "blue"],
        ["blue", "green"],
    ]
    first = contents(server.requests[2])[0]
    assert first == ["[picture 1: the PIL image, not sent again]", "One?"]
    assert told.keep_images == 2
    assert [image.sha256 for message in told.history for image in message.images] == [
        picture.sha256 for picture in (RED, BLUE, GREEN)
    ]


def test_a_call_has_its_own_policy_and_the_client_another(server):
    client = Client(server.base_url, model="m", keep_images=1)
    told = client.ask("One?", RED, show=False).ask("Two?", BLUE, show=False)
    client.follow_up(told, "Three?", show=False, keep_images="all")
    told.ask("Four?", keep_images=0, show=False)
    assert [colors(request) for request in server.requests] == [
        ["red"],
        ["blue"],
        ["red", "blue"],
        [],
    ]


def test_the_pictures_of_the_question_itself_are_always_sent(client, server):
    client.ask("Which?", RED, BLUE, GREEN, show=False, keep_images=1)
    client.ask("Which?", RED, show=False, keep_images=0)
    assert [len(sent(request)) for request in server.requests] == [3, 1]


def test_a_dropped_picture_is_named_in_chinese_in_a_chinese_conversation(client, server):
    client.ask("这是什么？", RED, show=False).ask("那这张呢？", BLUE, show=False, keep_images=1)
    said = contents(server.requests[1])
    assert said[0] == ["[图1：the PIL image，不再发送]", "这是什么？"]
    assert said[1][0] == "图2（the PIL image）："


@pytest.mark.parametrize("wrong", [-1, 1.5, True, "none", None, [1]])
def test_what_is_no_policy_is_told_in_one_line(server, wrong):
    with pytest.raises(ModelError, match=r"keep_images is .*latest pictures"):
        Client(server.base_url, model="m", keep_images=wrong)


@pytest.mark.parametrize("wrong", [-1, 1.5, True, "none"])
def test_a_call_with_a_wrong_policy_sends_nothing(client, server, wrong):
    with pytest.raises(ModelError, match="keep_images"):
        client.ask("What?", RED, keep_images=wrong, show=False)
    assert server.requests == []


# --------------------------------------------------------------------------- duplicates


def test_the_same_picture_is_sent_once_where_it_was_first(client, server):
    client.ask("One?", RED, show=False).ask("Two?", BLUE, RED, show=False)
    before, after = contents(server.requests[0]), contents(server.requests[1])
    assert colors(server.requests[1]) == ["red", "blue"]
    assert after[0] == before[0]
    assert after[1][2:] == [
        "Picture 3 (the PIL image):",
        "[picture 3: the PIL image, the same as picture 1]",
        "Two?",
    ]


def test_the_same_picture_twice_in_a_question_is_sent_once_and_shown_twice(client, server):
    told = client.compare(RED, RED, show=False)
    assert colors(server.requests[0]) == ["red"]
    assert "the same as picture 1]" in contents(server.requests[0])[0][3]
    assert told.images == (RED, RED)
    assert len(told.card().pictures) == 2


def test_a_dropped_picture_that_comes_again_is_sent_where_it_is_kept(client, server):
    told = client.ask("One?", RED, show=False).ask("Two?", BLUE, show=False)
    told.ask("Three?", RED, show=False, keep_images=1)
    assert contents(server.requests[2])[0][0].endswith("the same as picture 3]")
    assert contents(server.requests[2])[2][1] == RED.data_url


def test_a_picture_is_looked_at_in_the_detail_that_was_asked_for_last(client, server):
    told = client.ask("One?", RED, detail="low", show=False)
    told.ask("Closer?", RED, detail="high", show=False)
    part = server.requests[1]["messages"][0]["content"][0]
    assert part["image_url"] == {"url": RED.data_url, "detail": "high"}


# --------------------------------------------------------------------------- the embedded model


@pytest.fixture
def embedded():
    return Client(model="embedded")


def test_the_embedded_model_compares_a_picture_with_itself(embedded):
    image = Image.new("RGB", (64, 48), "red")
    again = embedded.compare(image, image, show=False)
    assert "identical" in again.text
    told = embedded.ask("What colour is it?", image, show=False)
    assert "identical" in told.ask("What has changed?", image, show=False).text


def test_the_embedded_model_says_which_picture_it_no_longer_has(embedded):
    large, small = Image.new("RGB", (64, 48), "red"), Image.new("RGB", (30, 20), "blue")
    told = embedded.ask("What size are they?", large, small, show=False, keep_images=1)
    lost = told.ask("What size is the first picture?", show=False)
    assert lost.text.startswith("Picture 1 was not sent with this question")
    assert not lost.text.endswith("\n")
    assert "30" in told.ask("What size is the second picture?", show=False).text
    assert "welcome" in told.ask("Thank you!", show=False, keep_images=0).text


def test_the_embedded_model_says_it_in_chinese(embedded):
    told = embedded.ask("这张图多大？", Image.new("RGB", (64, 48), "red"), show=False)
    assert "没有发送图1" in told.ask("是什么颜色？", keep_images=0, show=False).text


def test_a_user_who_writes_a_mention_is_not_taken_for_one(embedded):
    words = "[picture 1: a, not sent again]"
    told = embedded.ask(words, Image.new("RGB", (64, 48), "red"), show=False)
    assert "was not sent" not in told.text
