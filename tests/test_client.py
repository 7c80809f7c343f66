from __future__ import annotations

from dataclasses import replace

import pytest
from asking import BLUE, RED, USAGE, ask, keyed
from model_server import Reply, answer, chunk, events

import vlm_notebook as vlm
from vlm_notebook.chat.delta import Usage
from vlm_notebook.client import Client
from vlm_notebook.errors import ModelError, SourceError, VlmError

pytestmark = pytest.mark.usefixtures("no_environment")


@pytest.fixture
def client(server):
    return keyed(server)


def said(request):
    """The parts of a request's last message: its words, and "picture" for each picture."""
    content = request["messages"][-1]["content"]
    if isinstance(content, str):
        return [content]
    return [part.get("text", "picture") for part in content]


def urls(request):
    return [
        part["image_url"]["url"]
        for message in request["messages"]
        if isinstance(message["content"], list)
        for part in message["content"]
        if part["type"] == "image_url"
    ]


def test_an_answer_holds_text_reasoning_usage_and_the_reason_of_its_end(client, server):
    thought = events(chunk(reasoning_content="Hm."), done=False)
    server.says(Reply(thought + answer("A red box.", usage=USAGE)))
    told = ask(client, "What is it?", RED)
    assert (told.text, told.reasoning, told.finish_reason) == ("A red box.", "Hm.", "stop")
    assert told.usage == Usage(90, 3, 85)
    assert told.images[0].size == (64, 48)
    assert client.last is told


def test_an_answer_is_printed_once_in_a_script(client, capsys):
    client.ask("Hello?")
    assert "Hello there." in capsys.readouterr().out
    client.ask("Hello?", show=False)
    assert capsys.readouterr().out == ""


def test_several_pictures_travel_numbered_and_in_order(client, server):
    ask(client, "Which?", RED, BLUE)
    parts = said(server.requests[0])
    assert parts[1::2] == ["picture", "picture"]
    assert parts[0].startswith("Picture 1 (")
    assert parts[2].startswith("Picture 2 (")
    assert parts[4] == "Which?"


def test_a_follow_up_keeps_the_conversation_and_the_pictures(client, server):
    first = ask(client, "What is it?", RED, system="Be brief.")
    second = first.ask("And now?", BLUE, show=False)
    second.ask("Sure?", show=False)
    messages = server.requests[2]["messages"]
    roles = [message["role"] for message in messages]
    assert roles == ["system", "user", "assistant", "user", "assistant", "user"]
    assert messages[0]["content"] == "Be brief."
    assert messages[2]["content"] == messages[4]["content"] == "Hello there."
    assert urls(server.requests[2]) == [*urls(server.requests[0]), second.images[0].data_url]
    assert said(server.requests[2]) == ["Sure?"]


def test_a_follow_up_asks_the_same_model_with_the_same_detail(client, server):
    first = ask(client, "What?", RED, model="other/model", detail="low")
    second = first.ask("And?", BLUE, show=False)
    assert server.requests[1]["model"] == "other/model"
    assert second.detail == "low"
    assert first.ask("And?", model="third", show=False).model == "third"


def test_the_clients_system_message_opens_every_conversation(server):
    asked = Client(server.base_url, model="m", system="Be kind.")
    ask(asked)
    ask(asked, system="Be brief.")
    openings = [request["messages"][0]["content"] for request in server.requests]
    assert openings == ["Be kind.", "Be brief."]


def test_options_pass_through(client, server):
    ask(client, temperature=0, max_tokens=5, extra={"a": [1]})
    body = server.requests[0]
    assert (body["temperature"], body["max_tokens"], body["extra"]) == (0, 5, {"a": [1]})


@pytest.mark.parametrize("level", ["low", "high", "auto"])
def test_the_detail_travels_with_each_picture(client, server, level):
    ask(client, "What?", RED, detail=level)
    part = server.requests[0]["messages"][0]["content"][0]
    assert part["image_url"]["detail"] == level


def test_pictures_travel_inline_unless_a_url_is_to_pass_through(client, server):
    remote = replace(vlm.prepare(RED), url="https://pictures.example.org/red.png")
    ask(client, "What?", remote)
    ask(client, "What?", remote, inline=False)
    assert urls(server.requests[0]) == [remote.data_url]
    assert urls(server.requests[1]) == ["https://pictures.example.org/red.png"]


def test_a_picture_that_cannot_be_used_is_told_before_anything_is_sent(client, server):
    with pytest.raises(SourceError):
        ask(client, "What?", "no-such-file.png")
    assert server.requests == []


def test_a_missing_model_is_told_before_anything_is_sent(server):
    with pytest.raises(ModelError, match=r"model=.*VLM_MODEL.*client\.models\(\)"):
        ask(Client(server.base_url))
    assert server.requests == []


def test_an_unknown_detail_is_refused(client):
    with pytest.raises(ModelError, match="low, high, auto"):
        ask(client, detail="medium")
    with pytest.raises(ModelError, match="low, high, auto"):
        Client(detail="medium")


def test_comparing_takes_two_pictures(client):
    with pytest.raises(VlmError, match="two or more"):
        client.compare(RED)


def test_the_ready_tasks_ask_in_the_language_wanted(client, server):
    client.describe(RED, language="zh", show=False)
    client.compare(RED, BLUE, show=False)
    assert "描述" in said(server.requests[0])[-1]
    assert "Compare" in said(server.requests[1])[-1]
