"""`original`, the level that some models alone have, from what users write to what is sent."""

from __future__ import annotations

import pytest
from asking import RED, ask
from model_server import Reply, answer, refusal
from PIL import Image

import vlm_notebook as vlm
from vlm_notebook.client import Client
from vlm_notebook.errors import ModelError
from vlm_notebook.images.prepare import MAX_BYTES

pytestmark = pytest.mark.usefixtures("no_environment")

NEW, OLD = "gpt-5.5", "gpt-4o"
WIDE = Image.linear_gradient("L").resize((4000, 3000))
NOTE = "127.0.0.1 has no detail original for this model: sent as high."


@pytest.fixture
def client(server):
    return Client(server.base_url, model=NEW, max_retries=0)


def details(request):
    """The level of each picture of a request, in order."""
    contents = (message["content"] for message in request["messages"])
    parts = (part for content in contents if isinstance(content, list) for part in content)
    return [part["image_url"]["detail"] for part in parts if part["type"] == "image_url"]


def test_it_is_sent_as_it_is_with_all_that_the_level_keeps(client, server):
    told = ask(client, "What?", WIDE, detail="original")
    assert details(server.requests[0]) == ["original"]
    assert told.detail == "original"
    assert told.images[0].size == (3669, 2752)
    assert told.images[0].nbytes <= MAX_BYTES
    assert told.notes == ()


def test_it_is_refused_before_anything_is_sent_where_the_model_named_has_it_not(client, server):
    words = f"^{OLD} has no detail 'original': use one of low, high, auto$"
    calls = (
        lambda: ask(client, "What?", RED, detail="original", model=OLD),
        lambda: Client(server.base_url, model=OLD, detail="original"),
        lambda: vlm.prepare(RED, detail="original", model=OLD),
        lambda: vlm.montage(RED, RED, detail="original", model=OLD),
        lambda: vlm.estimate(RED, detail="original", model=OLD),
        lambda: vlm.preview(RED, detail=["low", "original"], model=OLD),
        lambda: vlm.grid("What?", RED, client=client, models=[NEW, OLD], details="original"),
    )
    for call in calls:
        with pytest.raises(ModelError, match=words):
            call()
    assert server.requests == []


def test_without_a_model_it_is_asked_for_one():
    with pytest.raises(ModelError, match="of a few models alone: name one of them"):
        vlm.prepare(RED, detail="original")


def test_a_clients_level_becomes_high_for_another_model_and_the_card_says_so(server):
    asked = Client(server.base_url, model=NEW, detail="original")
    told = ask(asked, "What?", WIDE, model=OLD)
    assert details(server.requests[0]) == ["high"]
    assert told.images[0].size == vlm.prepare(WIDE, detail="high", model=OLD).size
    assert told.notes == (NOTE,)
    assert NOTE in told.card().html()


def test_a_conversation_goes_on_with_a_model_that_has_it_not(client, server):
    first = ask(client, "What?", WIDE, detail="original")
    second = first.ask("And this?", RED, model=OLD, show=False)
    assert details(server.requests[1]) == ["high", "high"]
    assert (second.detail, second.notes) == ("high", (NOTE,))
    third = first.ask("And this?", RED, show=False)
    assert details(server.requests[2]) == ["original", "original"]
    assert (third.detail, third.notes) == ("original", ())
    with pytest.raises(ModelError, match="gpt-4o has no detail"):
        first.ask("And this?", RED, model=OLD, detail="original", show=False)


def test_the_next_turn_of_another_model_can_be_told(client):
    first = ask(client, "What?", WIDE, detail="original")
    assert client.next_turn(first, "And?", model=OLD).tokens > 0


@pytest.mark.parametrize("status", [400, 422])
def test_who_refuses_it_is_sent_high_from_then_on(client, server, status):
    words = "Invalid value: 'original'. Supported values are: 'low', 'high', and 'auto'."

    def reply(request):
        if "original" in details(request):
            return refusal(status, words)
        return Reply(answer("Hello there."))

    server.says(reply)
    first = ask(client, "What?", RED, detail="original")
    second = ask(client, "What?", RED, detail="original")
    assert [details(request)[0] for request in server.requests] == ["original", "high", "high"]
    assert first.notes == second.notes == (NOTE,)


def test_the_embedded_reader_goes_on_with_a_conversation(client):
    first = ask(client, "What?", RED, detail="original")
    told = Client(model="embedded").follow_up(
        first, "How large is it?", model="embedded", show=False
    )
    assert told.detail == "high"


def test_it_is_estimated_previewed_and_compared_where_there_is_one(client, server):
    high, original = (vlm.estimate(WIDE, model=NEW, detail=one) for one in ("high", "original"))
    assert high.tokens < original.tokens == 11_868  # 115 x 86 patches, times 1.2
    shown = vlm.preview(WIDE, model=NEW, detail=["low", "original"])
    assert "115 x 86 patches of 32 px" in shown.looks[2].facts
    made = vlm.grid(
        "What?", WIDE, client=client, details=["high", "original"], show=False, workers=1
    )
    assert [cell.detail for cell in made.wait()] == ["high", "original"]
    assert [details(request) for request in server.requests] == [["high"], ["original"]]
