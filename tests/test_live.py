import re
from pathlib import Path

import kernel
import pytest
from model_server import Reply, chunk, events

from vlm_notebook.view import growth, remains
from vlm_notebook.view.live import LiveAnswer

SETUP = """
import gc, ipywidgets, weakref
from vlm_notebook.chat.delta import Delta
from vlm_notebook.chat.engine import engine
from vlm_notebook.markup.card import Card
from vlm_notebook.view.live import LiveAnswer
async def _feed(live, *deltas):
    for delta in deltas:
        live.feed(delta)
    while live._timer is not None:
        await __import__("asyncio").sleep(0.01)
def feed(live, *texts):
    engine().submit(_feed(live, *(Delta(text=text) for text in texts))).result()
"""


@pytest.fixture
def live(ipykernel):
    """The id of a new live answer's comm."""
    return ipykernel.value("live = LiveAnswer(Card(prompt='why?', facts=('m',))); live.model_id")[
        1:-1
    ]


def custom(sent):
    return [m.content["data"]["content"] for m in sent if m.method == "custom"]


def test_its_text_is_fixed(ipykernel, live):
    assert ipykernel.value("repr(live)") == "'LiveAnswer()'"


def test_pieces_that_come_together_go_out_together(ipykernel, live):
    (message,) = custom(ipykernel.run("feed(live, 'One ', 'two', '.')"))
    assert message["tail"] == "<p>One two.</p>"


def test_a_piece_without_text_ends_no_waiting(ipykernel, live):
    code = "engine().submit(_feed(live, Delta(), Delta(finish='stop'))).result()"
    assert custom(ipykernel.run(code)) == []


def test_reasoning_is_kept_apart(ipykernel, live):
    code = "engine().submit(_feed(live, Delta(reasoning='Hm.'), Delta(text='Yes.'))).result()"
    (message,) = custom(ipykernel.run(code))
    assert (message["thought"], message["tail"]) == ("Hm.", "<p>Yes.</p>")


def test_a_page_that_asks_gets_everything_once_there_is_something(ipykernel, live):
    ipykernel.say_to_widget(live, {"kind": "hello"})
    assert custom(ipykernel.run("pass")) == []
    ipykernel.run("feed(live, 'A.\\n\\nB.\\n')")
    ipykernel.say_to_widget(live, {"kind": "hello"})
    (message,) = custom(ipykernel.run("pass"))
    assert message["all"]
    assert message["blocks"] == ["<p>A.</p>"]
    assert message["tail"] == "<p>B.</p>"


def test_the_end_is_state_that_is_saved_with_the_notebook(ipykernel, live):
    end = "live.finish(Card(text='**Done**', facts=('m', '1 s')))"
    sent = ipykernel.run(f"feed(live, 'Do')\n{end}\nfeed(live, 'late')")
    (update,) = [m.content["data"]["state"] for m in sent if m.method == "update"]
    assert update["ended"] is True
    assert update["body"] == "<p><strong>Done</strong></p>"
    assert "1 s" in update["foot"]
    assert len(custom(sent)) == 1
    ipykernel.say_to_widget(live, {"kind": "hello"})
    assert custom(ipykernel.run("pass")) == []


def test_stop_in_the_page_reaches_python_and_other_messages_do_nothing(ipykernel, live):
    ipykernel.run("heard = []; live.on_stop = lambda: heard.append('stop')")
    for content in ({"kind": "stop"}, {"kind": "close"}, {}):
        ipykernel.say_to_widget(live, content)
    assert ipykernel.value("heard") == "['stop']"


def test_a_closed_one_takes_its_layout_along_and_is_let_go(ipykernel, live):
    ipykernel.run("from ipywidgets.widgets.widget import _instances")
    ids = "ids = {live.model_id, live.layout.model_id}; ref = weakref.ref(live)"
    ipykernel.run(f"{ids}; assert ids <= set(_instances); live.close(); live.close()")
    assert ipykernel.value("ids & set(_instances)") == "set()"
    assert ipykernel.value("del live; gc.collect(); ref() is None") == "True"


def test_a_piece_that_comes_after_closing_is_dropped(ipykernel, live):
    sent = ipykernel.run("live.close(); feed(live, 'late')")
    assert kernel.texts(sent) == ""
    assert custom(sent) == []


def test_an_answer_begins_with_its_first_words_not_with_the_role(ipykernel, module_server):
    role = events(chunk("", role="assistant"), done=False)
    text = events(chunk("Hello there."), done=False)
    end = events(chunk(finish="stop"))
    module_server.says(Reply(pieces=(role, b": ping\n\n", text, end), pause_s=0.5))
    messages = custom(ipykernel.run("client.ask('hi')"))
    assert messages
    assert all(message["tail"] for message in messages)


def test_a_models_html_never_reaches_the_page_as_html(ipykernel, live):
    hostile = "<img src=x onerror=alert(1)>\\n\\n<script>alert(1)</script>\\n"
    (message,) = custom(ipykernel.run(f"feed(live, '{hostile}')"))
    assert "<img" not in str(message)
    assert "<script" not in str(message)


def test_the_front_end_is_small_and_needs_nothing_from_elsewhere():
    folder = Path(growth.__file__).with_name("static")
    assert (folder / "answer.js").read_text("utf-8").count("\n") <= 200
    text = LiveAnswer._esm + remains.Remains._esm
    assert not re.search(r"\b(import|require|fetch|eval|XMLHttpRequest|https?:)\b", text)
