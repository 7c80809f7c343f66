from __future__ import annotations

import json

import ipywidgets
import pytest
from hearing import hearing, lines, tell, told
from ipywidgets.widgets.widget import _instances

from vlm_notebook.tasks import prompts
from vlm_notebook.view import wording
from vlm_notebook.widgets import prompt
from vlm_notebook.widgets.prompt import PromptBox


@pytest.fixture
def box():
    yield hearing(PromptBox)("First", language="en")
    ipywidgets.Widget.close_all()


@pytest.fixture
def asked(box):
    texts = []
    box.on_ask(texts.append)
    return texts


def test_a_page_that_comes_is_told_the_text(box):
    tell(box, "hello", language="en")
    assert told(box, "state") == [{"kind": "state", "text": "First", "page": "", "turn": 0}]
    assert repr(PromptBox()) == "PromptBox()"


def test_what_is_typed_is_the_value_and_every_page_is_told_whose_it_is(box):
    tell(box, "draft", text="Sec", page="p", turn=3)
    assert box.value == "Sec"
    assert told(box, "state")[-1] == {"kind": "state", "text": "Sec", "page": "p", "turn": 3}


def test_what_is_set_shows_in_every_page(box):
    box.value = "Set"
    assert box.value == "Set"
    assert [told(box, kind)[0]["text"] for kind in ("set", "state")] == ["Set", "Set"]


def test_what_is_suggested_leaves_alone_what_was_typed_and_what_is_being_typed(box):
    box.suggest("Second", instead_of=["Other"])
    assert box.value == "First"
    box.suggest("Second", instead_of=["First"])
    assert box.value == "Second"
    assert (told(box, "set"), told(box, "state")[-1]["text"]) == ([], "Second")


def test_asking_calls_back_with_the_text_and_keeps_it(box, asked):
    tell(box, "ask", text="What is it?", page="p", turn=1)
    assert (asked, box.value) == (["What is it?"], "What is it?")
    assert lines(box) == []


@pytest.mark.parametrize("text", ["", " \n\t"])
def test_an_empty_prompt_is_one_line_and_nobody_is_asked(box, asked, text):
    tell(box, "ask", text=text, page="p", turn=1)
    assert (asked, lines(box)) == ([], ["The prompt is empty: type a question first."])


@pytest.mark.parametrize("text", [None, 7, ["a"], "x" * (prompt.MAX_CHARS + 1)])
def test_what_is_no_text_changes_nothing(box, asked, text):
    tell(box, "ask", text=text)
    tell(box, "draft", text=text)
    assert (asked, box.value, told(box, "say")) == ([], "First", [])


def test_stop_calls_back(box):
    heard = []
    box.on_stop(lambda: heard.append("stop"))
    tell(box, "stop")
    assert heard == ["stop"]


def test_without_a_callback_nothing_happens_and_a_callbacks_error_is_said(box):
    tell(box, "ask", text="What?")
    tell(box, "stop")
    box.on_ask(lambda _: 1 / 0)
    tell(box, "ask", text="What?")
    assert lines(box) == ["That did not work: ZeroDivisionError: division by zero"]


def test_what_is_typed_is_never_in_what_is_saved_but_whether_it_is_busy_is(box):
    box.busy = True
    tell(box, "draft", text="something private")
    saved = box.get_state()
    assert saved["busy"] is True
    assert "private" not in json.dumps(saved, default=str)
    assert "First" not in json.dumps(saved, default=str)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_ready_prompts_are_those_of_the_tasks_where_there_is_one(language):
    ready = prompt.ready(language)
    assert tuple(ready) == prompt.READY
    assert ready["describe"] == prompts.describe(language)
    assert ready["compare"] == prompts.compare(language)
    assert all(ready.values())


def test_both_languages_have_the_same_texts():
    english, chinese = (wording.words("prompt")[language] for language in ("en", "zh"))
    assert english.keys() == chinese.keys()
    assert all(("{what}" in english[key]) == ("{what}" in chinese[key]) for key in english)


def test_opening_and_closing_leaves_nothing(box):
    before = len(_instances)
    for _ in range(100):
        PromptBox("text").close()
    assert len(_instances) == before
