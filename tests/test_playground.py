import json
import time
from base64 import b64encode
from datetime import UTC, datetime

import ipywidgets
import pytest
from ipywidgets.embed import embed_data
from model_server import ModelServer, Reply, answer, chunk, events

import vlm_notebook as vlm
from vlm_notebook.view.live import LiveAnswer

KEY = "sk-test-0123456789abcdef0123456789"
CAT = vlm.samples.path("cat")


@pytest.fixture
def server():
    server = ModelServer()
    yield server
    server.close()


@pytest.fixture
def client(server):
    return vlm.Client(server.base_url, KEY, model="m")


@pytest.fixture
def widget(client):
    widget = vlm.playground(CAT, client=client)
    wait_for(lambda: len(widget.model.options) == 2)
    yield widget
    ipywidgets.Widget.close_all()


def wait_for(is_so, timeout_s=20):
    deadline = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def is_busy(widget):
    assert widget.ask_button.disabled != widget.stop_button.disabled
    return widget.ask_button.disabled


def ask(widget):
    widget.ask_button.click()
    wait_for(lambda: not is_busy(widget))
    return widget.thread.children[0]


def endless(text="Half "):
    """Some text, and then silence for as long as somebody listens."""
    return Reply(pieces=(events(chunk(text), done=False), *[b": ping\n\n"] * 300), pause_s=0.05)


def upload(name, content):
    when = datetime(2020, 1, 1, tzinfo=UTC)
    value = {"name": name, "type": "", "size": len(content), "last_modified": when}
    return ({**value, "content": memoryview(content)},)


def test_the_models_are_listed_meanwhile_and_the_clients_own_stays_chosen(widget):
    assert widget.model.options == ("m", "some/model-vl")
    assert widget.model.value == "m"


def test_an_endpoint_that_gives_no_list_is_one_red_line_and_no_more():
    with vlm_server_gone() as url:
        widget = vlm.playground(client=vlm.Client(url, KEY, model="m", max_retries=0))
        wait_for(lambda: widget.thread.children)
    (line,) = widget.thread.children
    assert line.value.count("vlm-error") - line.value.count(".vlm-error") == 1
    assert "127.0.0.1" in line.value
    assert widget.model.options == ("m",)
    assert not is_busy(widget)
    widget.close_all()


def vlm_server_gone():
    """Give the address of a server that is there no more."""
    from contextlib import nullcontext

    server = ModelServer()
    server.close()
    return nullcontext(server.base_url)


def test_ask_returns_at_once_and_the_answer_comes_below(widget, server):
    server.says(endless())
    widget.ask_button.click()
    assert is_busy(widget)
    assert widget.answers == []
    wait_for(lambda: widget.thread.children)
    assert isinstance(widget.thread.children[0], LiveAnswer)
    widget.stop()
    wait_for(lambda: not is_busy(widget))


def test_the_answer_becomes_the_card_and_is_kept(widget):
    live = ask(widget)
    assert live.ended
    assert "Hello there." in live.body
    assert "cat.jpg" in live.head
    assert [answer.text for answer in widget.answers] == ["Hello there."]
    assert repr(widget) == "Playground(1 pictures, 1 answers)"


def test_the_controls_say_what_is_asked(widget, server):
    widget.model.value, widget.detail.value = "some/model-vl", "high"
    widget.prompt.value = "How many cats?"
    ask(widget)
    (request,) = server.requests
    assert request["model"] == "some/model-vl"
    assert "How many cats?" in json.dumps(request["messages"])
    assert widget.answers[0].detail == "high"


def test_the_newest_answer_stands_on_top(widget, server):
    server.says(Reply(answer("One.")), Reply(answer("Two.")))
    ask(widget)
    ask(widget)
    assert ["Two" in child.body for child in widget.thread.children] == [True, False]
    assert [answer.text for answer in widget.answers] == ["One.", "Two."]


def test_a_second_ask_waits_for_the_first_to_end(widget, server):
    server.says(endless())
    widget.ask_button.click()
    widget.ask()
    wait_for(lambda: server.requests)
    widget.stop()
    wait_for(lambda: not is_busy(widget))
    assert len(server.requests) == len(widget.thread.children) == 1


def test_stop_keeps_what_had_arrived_and_the_server_notices(widget, server):
    server.says(endless("Half "))
    widget.ask_button.click()
    wait_for(lambda: widget.thread.children and widget.thread.children[0]._growth)
    widget.stop_button.click()
    wait_for(lambda: not is_busy(widget))
    assert server.closed_early.wait(10)
    (kept,) = widget.answers
    assert (kept.text, kept.finish_reason) == ("Half ", "cancelled")
    (live,) = widget.thread.children
    assert "Half" in live.body
    assert "Stopped" in live.foot


def test_stop_before_there_is_anything_ends_the_waiting(widget, server):
    server.says(endless(""))
    for _ in range(3):
        widget.ask_button.click()
        widget.stop_button.click()
        wait_for(lambda: not is_busy(widget))
    assert all(child.ended for child in widget.thread.children)


def test_stop_with_nothing_to_stop_does_nothing(widget):
    widget.stop()
    ask(widget)
    widget.stop()
    assert len(widget.answers) == 1


def test_a_broken_stream_keeps_its_text_above_a_red_line(widget, server):
    server.says(Reply(events(chunk("Half a sen"), done=False)))
    live = ask(widget)
    assert "Half a sen" in live.body
    assert 'class="vlm-error"' in live.foot
    assert [answer.finish_reason for answer in widget.answers] == ["error"]


def test_a_refusal_is_a_red_line_and_asking_goes_on(widget, server):
    server.says(Reply(b'{"error": {"message": "no"}}', 401, "application/json"))
    assert 'class="vlm-error"' in ask(widget).foot
    server.says(Reply(answer("Now.")))
    assert "Now." in ask(widget).body


def test_without_a_model_the_line_says_what_to_do(server):
    server.models = {"data": []}
    widget = vlm.playground(client=vlm.Client(server.base_url, KEY))
    assert "VLM_MODEL" in ask(widget).value
    assert widget.answers == []
    widget.close_all()


def test_a_picture_that_is_added_joins_the_tray_and_leaves_the_state(widget):
    content = CAT.read_bytes()
    widget.upload.value = upload("second.jpg", content)
    assert widget.upload.value == ()
    assert widget.tray.value.count("<img") == 2
    assert "second.jpg" in widget.tray.value
    assert b64encode(content[-300:]).decode()[4:-4] not in saved(widget)
    ask(widget)
    assert len(widget.answers[0].images) == 2


def test_a_file_that_is_no_picture_is_one_red_line_and_the_others_are_taken(widget):
    good = upload("good.jpg", CAT.read_bytes())
    widget.upload.value = (*upload("note.txt", b"hello"), *good)
    (line,) = widget.thread.children
    assert "note.txt" in line.value
    assert widget.tray.value.count("<img") == 2
    assert widget.upload.value == ()


def test_a_line_brings_its_style_along(widget):
    widget.upload.value = upload("note.txt", b"hello")
    assert widget.thread.children[0].value.startswith("<style>")


def test_a_picture_that_cannot_be_used_is_refused_before_there_is_a_widget(client):
    with pytest.raises(vlm.ImageError):
        vlm.playground("nowhere.jpg", client=client)


def saved(widget):
    """Return what a notebook saves of the widget and all that it holds."""
    state = embed_data(views=[widget], state=None)
    return json.dumps([state, ipywidgets.Widget.get_manager_state()], default=str)


def test_no_widgets_state_holds_the_key(widget, server):
    refusal = json.dumps({"error": {"message": f"bad key {KEY}"}}).encode()
    server.says(Reply(refusal, 401, "application/json"), Reply(answer("Hello.")))
    ask(widget)
    ask(widget)
    assert {k.lower(): v for k, v in server.headers[0].items()}["authorization"] == f"Bearer {KEY}"
    assert "bad key" in saved(widget)
    assert KEY not in saved(widget)
    assert KEY[8:] not in saved(widget)


def test_what_is_saved_shows_the_answer_in_a_new_kernel(widget):
    ask(widget)
    assert "Hello there." in saved(widget)
