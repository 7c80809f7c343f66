import gc
import json
from base64 import b64encode

import ipywidgets
import pytest
from model_server import Reply, answer
from playing import ask, heard, idle, kept, receive, saved, wait_for

import vlm_notebook as vlm

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


def test_the_file_holds_the_pictures_first_and_then_the_answers(widget):
    wait_for(lambda: "cat.jpg" in kept(widget))
    told = heard(widget.header)
    ask(widget, "Who is it?")
    wait_for(lambda: "Who is it?" in kept(widget, "text/markdown"))
    ask(widget, "And now?")
    wait_for(lambda: "And now?" in kept(widget, "text/markdown"))
    assert kept(widget, "text/plain").count("Hello there.") == 2
    assert "<script" not in kept(widget)
    keeping = [one for one in told if one["kind"] == "keep"]
    assert [(one["at"], len(one["parts"])) for one in keeping] == [(0, 1), (1, 1)]


def test_a_page_that_comes_later_is_told_everything_that_is_kept(widget):
    ask(widget, "Who is it?")
    ask(widget, "And now?")
    wait_for(lambda: "And now?" in kept(widget, "text/markdown"))
    told = heard(widget.header)
    receive(widget.header, kind="hello", language="en")
    (kept_now,) = [one for one in told if one["kind"] == "keep"]
    assert (kept_now["at"], len(kept_now["parts"])) == (0, 2)


def test_no_widgets_state_holds_the_key_or_the_pictures(widget, server):
    refusal = json.dumps({"error": {"message": f"bad key {KEY}"}}).encode()
    server.says(Reply(refusal, 401, "application/json"), Reply(answer("Hello.")))
    ask(widget)
    ask(widget)
    assert {k.lower(): v for k, v in server.headers[0].items()}["authorization"] == f"Bearer {KEY}"
    assert "bad key" in saved(widget)
    assert KEY not in saved(widget)
    assert KEY[8:] not in saved(widget)
    assert b64encode(CAT.read_bytes()[-300:]).decode()[4:-4] not in saved(widget)


def test_a_hundred_playgrounds_opened_and_closed_leave_nothing(client):
    before = set(ipywidgets.widgets.widget._instances)
    for _ in range(100):
        vlm.playground(CAT, client=client).close()
    gc.collect()
    assert set(ipywidgets.widgets.widget._instances) == before


def test_closing_a_playground_lets_go_of_its_answers_as_well(client):
    before = set(ipywidgets.widgets.widget._instances)
    widget = vlm.playground(CAT, client=client)
    ask(widget)
    widget.compare(["m"], ["low", "high"])
    idle(widget)
    widget.close()
    assert set(ipywidgets.widgets.widget._instances) == before
