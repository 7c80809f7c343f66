import json

import ipywidgets
import pytest
from model_server import ModelServer, Reply, answer, chunk, events
from playing import ask, endless, heard, idle, kept, receive, saved, wait_for

import vlm_notebook as vlm
from vlm_notebook.widgets.answer import AnswerView
from vlm_notebook.widgets.gridview import GridView

KEY = "sk-test-0123456789abcdef0123456789"
CAT = vlm.samples.path("cat")


@pytest.fixture
def client(server):
    return vlm.Client(server.base_url, KEY, model="m")


@pytest.fixture
def widget(client):
    widget = vlm.playground(CAT, client=client)
    yield widget
    widget.close()
    ipywidgets.Widget.close_all()


def test_ask_returns_at_once_and_the_answer_comes_below(widget, server):
    server.says(endless())
    widget.ask()
    assert widget.prompt.busy
    assert widget.answers == []
    wait_for(lambda: widget.thread.children)
    assert isinstance(widget.thread.children[0], AnswerView)
    widget.stop()
    idle(widget)


def test_the_answer_becomes_the_card_and_is_kept(widget):
    live = ask(widget).live
    assert live.ended
    assert "Hello there." in live.body
    assert "cat.jpg" in live.head
    assert [answer.text for answer in widget.answers] == ["Hello there."]
    assert repr(widget) == "Playground(1 pictures, 1 answers)"


def test_the_controls_say_what_is_asked(widget, server):
    widget.model.value, widget.detail.value = "some/model-vl", "high"
    widget.tray.caption(0, "my neighbour's cat")
    ask(widget, "How many cats?")
    (request,) = server.requests
    assert request["model"] == "some/model-vl"
    asked = json.dumps(request["messages"])
    assert "How many cats?" in asked
    assert "my neighbour's cat" in asked
    assert widget.answers[0].detail == "high"


def test_the_newest_question_stands_on_top(widget, server):
    server.says(Reply(answer("One.")), Reply(answer("Two.")))
    ask(widget)
    ask(widget)
    assert ["Two" in child.live.body for child in widget.thread.children] == [True, False]
    assert [answer.text for answer in widget.answers] == ["One.", "Two."]


def test_a_follow_up_stands_below_its_answer_and_sends_the_conversation(widget, server):
    server.says(Reply(answer("One.")), Reply(answer("Two.")), Reply(answer("Three.")))
    first = ask(widget, "First?")
    receive(first.turn, kind="follow")
    ask(widget, "Second?")
    ask(widget, "Third?")
    assert [child.asked.prompt for child in widget.thread.children] == [
        "First?", "Second?", "Third?",
    ]  # fmt: skip
    roles = [message["role"] for message in server.requests[-1]["messages"]]
    assert roles == ["user", "assistant", "user", "assistant", "user"]
    assert json.dumps(server.requests[-1]).count("data:image") == 1
    receive(widget.actions, kind="anew")
    ask(widget, "Fourth?")
    assert len(server.requests[-1]["messages"]) == 1
    assert widget.thread.children[0].asked.prompt == "Fourth?"


def test_asking_again_takes_the_model_and_the_detail_chosen_now(widget, server):
    first = ask(widget, "First?")
    widget.model.value, widget.detail.value, widget.prompt.value = "other", "low", "Something else"
    receive(first.turn, kind="again")
    idle(widget)
    assert [request["model"] for request in server.requests] == ["m", "other"]
    assert "First?" in json.dumps(server.requests[1])
    assert widget.answers[1].detail == "low"


def test_a_second_ask_waits_for_the_first_to_end(widget, server):
    server.says(endless())
    widget.ask()
    widget.ask()
    wait_for(lambda: server.requests)
    widget.stop()
    idle(widget)
    assert len(server.requests) == len(widget.thread.children) == 1


def test_stop_keeps_what_had_arrived_and_the_server_notices(widget, server):
    server.says(endless("Half "))
    widget.ask()
    wait_for(lambda: widget.thread.children and widget.thread.children[0].live._growth)
    receive(widget.prompt, kind="stop")
    idle(widget)
    assert server.closed_early.wait(10)
    (kept,) = widget.answers
    assert (kept.text, kept.finish_reason) == ("Half ", "cancelled")
    (view,) = widget.thread.children
    assert "Half" in view.live.body
    assert "Stopped" in view.live.foot


def test_stop_before_there_is_anything_ends_the_waiting(widget, server):
    server.says(endless(""))
    for _ in range(3):
        widget.ask()
        widget.stop()
        idle(widget)
    assert all(child.live.ended for child in widget.thread.children)


def test_stop_with_nothing_to_stop_does_nothing(widget):
    widget.stop()
    ask(widget)
    widget.stop()
    assert len(widget.answers) == 1


def test_a_broken_stream_keeps_its_text_above_a_red_line(widget, server):
    server.says(Reply(events(chunk("Half a sen"), done=False)))
    live = ask(widget).live
    assert "Half a sen" in live.body
    assert 'class="vlm-error"' in live.foot
    assert [answer.finish_reason for answer in widget.answers] == ["error"]


def test_a_refusal_is_a_red_line_and_asking_goes_on(widget, server):
    server.says(Reply(b'{"error": {"message": "no"}}', 401, "application/json"))
    assert 'class="vlm-error"' in ask(widget).live.foot
    server.says(Reply(answer("Now.")))
    assert "Now." in ask(widget).live.body


def test_without_a_model_the_line_says_what_to_do(server):
    server.models = {"data": []}
    widget = vlm.playground(client=vlm.Client(server.base_url, KEY))
    told = heard(widget.prompt)
    widget.ask()
    idle(widget)
    assert [line["line"] for line in told if line["kind"] == "say" and "VLM_MODEL" in line["line"]]
    assert widget.answers == []
    widget.close()


def test_models_and_details_are_compared_side_by_side(widget, server):
    receive(widget.actions, kind="compare", models=["m", "n"], details=["low", "high"], repeat=1)
    idle(widget)
    (view,) = widget.thread.children
    assert isinstance(view, GridView)
    assert [cell.answer.text for cell in view.grid] == ["Hello there."] * 4
    assert sorted(request["model"] for request in server.requests) == ["m", "m", "n", "n"]
    wait_for(lambda: "Hello there." in kept(widget))


def test_a_comparison_can_be_stopped(widget, server):
    server.says(endless())
    widget.compare(["m"], ["low", "high"])
    wait_for(lambda: len(server.requests) == 2)
    widget.stop()
    idle(widget)
    cells = widget.thread.children[0].grid.cells
    assert {cell.answer.finish_reason for cell in cells} == {"cancelled"}


def test_another_endpoint_is_asked_once_it_is_connected(widget):
    with_other = ModelServer()
    with_other.says(Reply(answer("From elsewhere.")))
    receive(
        widget.header, kind="connect", base_url=with_other.base_url, key=f" {KEY}\n", model="vl"
    )
    assert "From elsewhere." in ask(widget).live.body
    assert with_other.requests[0]["model"] == "vl"
    assert KEY not in saved(widget)
    with_other.close()


def test_an_address_that_is_none_is_said_and_the_old_one_stays(widget, client):
    told = heard(widget.header)
    receive(widget.header, kind="connect", base_url="nowhere", key=KEY, model="")
    assert "base_url is no address" in told[-1]["line"]
    assert widget.client is client


def test_the_language_is_switched_everywhere(widget):
    view = ask(widget)
    receive(widget.header, kind="speak", language="zh")
    assert {control.language for control in (*widget._controls, view.turn)} == {"zh"}
    assert widget.prompt.value == "图片里有什么？"


def test_a_page_in_chinese_is_greeted_in_chinese_but_what_was_typed_stays(widget):
    receive(widget.header, kind="hello", language="zh-CN")
    assert widget.prompt.value == "图片里有什么？"
    widget.prompt.value = "How many?"
    receive(widget.header, kind="hello", language="en")
    assert widget.prompt.value == "How many?"


def test_a_language_that_is_not_spoken_is_refused(client):
    with pytest.raises(vlm.VlmError, match="language is 'fr'"):
        vlm.playground(client=client, language="fr")


def test_a_picture_that_cannot_be_used_is_refused_before_there_is_a_widget(client):
    with pytest.raises(vlm.ImageError):
        vlm.playground("nowhere.jpg", client=client)
