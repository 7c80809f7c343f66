from __future__ import annotations

import re

import pytest
from model_server import Reply, answer, refusal
from PIL import Image

from vlm_notebook.chat.habits import MAX_STEPS
from vlm_notebook.errors import EndpointError, StatusError
from vlm_notebook.images.prepare import prepare

RED = Image.new("RGB", (64, 48), "red")


def pictures(request):
    return [
        part["image_url"]
        for message in request["messages"]
        if isinstance(message["content"], list)
        for part in message["content"]
        if part["type"] == "image_url"
    ]


REFUSALS = {
    "stream_options": (lambda r: "stream_options" in r, "unknown field: stream_options"),
    "detail": (lambda r: any("detail" in p for p in pictures(r)), "detail: not permitted"),
    "auto": (
        lambda r: any(p.get("detail") == "auto" for p in pictures(r)),
        "detail is one of low, high",
    ),
    "PNG": (
        lambda r: any("image/png" in p["url"] for p in pictures(r)),
        "unsupported image format: PNG",
    ),
    "max_tokens": (
        lambda r: "max_tokens" in r,
        "unsupported: max_tokens, use max_completion_tokens instead",
    ),
    "temperature": (lambda r: "temperature" in r, "temperature is not supported"),
    "system": (
        lambda r: r["messages"][0]["role"] == "system",
        "system role not supported",
    ),
}


def refusing(*names, status=400):
    """A server's mind: it refuses the first of these that a request has, in its own words."""

    def reply(request):
        for name in names:
            refused, words = REFUSALS[name]
            if refused(request):
                return refusal(status, words)
        return Reply(answer("Hello there."))

    return reply


def ask(client, **options):
    usual = {"temperature": 0, "max_tokens": 9, "system": "Be brief.", "show": False}
    return client.ask("What is it?", RED, **usual | options)


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize("name", REFUSALS)
def test_what_is_refused_is_left_out_once_and_for_all(client, server, name, status):
    server.says(refusing(name, status=status))
    assert ask(client).text == "Hello there."
    assert len(server.requests) == 2
    assert ask(client).text == "Hello there."
    assert len(server.requests) == 3
    assert server.requests[1] == server.requests[2]


def test_one_thing_is_changed_at_a_time(client, server):
    server.says(refusing("stream_options", "detail", "temperature"))
    told = ask(client)
    assert told.text == "Hello there."
    for before, after in zip(server.requests, server.requests[1:], strict=False):
        changed = {name for name in before if before.get(name) != after.get(name)}
        assert len(changed) == 1
    assert len(server.requests) == len(told.notes) + 1 == 4


def test_the_footer_says_what_was_changed(client, server):
    server.says(refusing("temperature"))
    line = "127.0.0.1 takes no temperature: sent without it."
    first, second = ask(client), ask(client)
    assert first.notes == second.notes == (line,)
    assert line in first.card().html()
    assert first.to_dict()["notes"] == [line]
    assert ask(client, temperature=None, model="other").notes == (line,)


def test_what_makes_no_difference_to_the_answer_is_said_once(client, server):
    server.says(refusing("stream_options"))
    assert "stream_options" in ask(client).notes[0]
    assert ask(client).notes == ()


def test_a_habit_belongs_to_its_model(client, server):
    server.says(refusing("temperature"))
    ask(client)
    ask(client, model="other")
    assert len(server.requests) == 4


def test_the_conversation_goes_on_with_the_habit_and_the_system_message_once(client, server):
    server.says(refusing("system", "PNG"))
    first = ask(client)
    assert first.images[0].media_type == "image/jpeg"
    assert first.prompt == "What is it?"
    first.ask("And now?", show=False)
    last = server.requests[-1]["messages"]
    assert [message["role"] for message in last] == ["user", "assistant", "user"]
    assert [part.get("text", "picture") for part in last[0]["content"]] == [
        "Be brief.\n\n",
        "picture",
        "What is it?",
    ]
    assert len(server.requests) == 4


def test_a_url_that_the_provider_does_not_download_travels_inline(client, server):
    url = "https://pictures.example.org/red.png"

    def reply(request):
        if any(p["url"] == url for p in pictures(request)):
            return refusal(400, "image_url: cannot download the picture")
        return Reply(answer("Red."))

    from dataclasses import replace

    server.says(reply)
    remote = replace(prepare(RED), url=url)
    told = client.ask("What?", remote, inline=False, show=False)
    assert told.text == "Red."
    assert pictures(server.requests[1])[0]["url"] == remote.data_url
    assert "downloads no pictures" in told.notes[0]


@pytest.mark.parametrize("status", [401, 402, 403, 404, 413, 429, 500])
def test_other_refusals_change_nothing_whatever_they_name(client, server, status):
    server.says(refusal(status, "stream_options is not supported"))
    with pytest.raises(EndpointError):
        ask(client)
    assert len(server.requests) == 1


def test_a_refusal_that_names_nothing_is_told_as_it_is(client, server):
    server.says(refusal(400, "something is wrong"))
    with pytest.raises(StatusError, match="400: something is wrong"):
        ask(client)
    assert len(server.requests) == 1


def test_what_does_not_help_is_not_remembered(client, server):
    server.says(refusal(400, "temperature is not supported"))
    with pytest.raises(StatusError) as caught:
        ask(client)
    assert "temperature" in caught.value.answer.notes[0]
    server.says(Reply(answer("Hello.")))
    assert ask(client).notes == ()
    assert server.requests[-1]["temperature"] == 0


def test_a_question_costs_only_so_many_refusals(client, server):
    server.says(refusing(*REFUSALS))
    with pytest.raises(StatusError):
        ask(client)
    assert len(server.requests) == 1 + MAX_STEPS


def test_too_many_pictures_are_said_and_a_montage_is_offered(client, server):
    server.says(refusal(400, "At most 1 image(s) may be provided in one request."))
    with pytest.raises(StatusError, match=re.escape("all as one with montage=True")):
        client.ask("Which?", RED, RED, show=False)
    assert len(server.requests) == 1


def test_no_habit_is_learned_from_text_that_breaks_off(client, server):
    server.says(Reply(b'data: {"choices": [{"index": 0, "delta": {"content": "Ha"}}]}\n\n'))
    with pytest.raises(EndpointError):
        ask(client)
    assert len(server.requests) == 1
