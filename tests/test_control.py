from __future__ import annotations

import pytest

from vlm_notebook.errors import VlmError
from vlm_notebook.view.control import Control, css, esm


class Counter(Control):
    _esm = esm("turn", "clipboard")
    _css = css()

    def __init__(self, **options):
        super().__init__(**options)
        self.sent = []
        self.count = 0

    def send(self, content, buffers=None):
        self.sent.append(content)

    def state(self):
        return {"count": self.count}, []

    def _take_add(self, content, buffers):
        self.count += int(content["by"]) + len(buffers)
        self.refresh()

    def _take_fail(self, content, buffers):
        raise VlmError("the picture is too blue: send another")


@pytest.fixture
def counter():
    return Counter()


def receive(control, *buffers, **content):
    control._receive(control, content, [memoryview(buffer) for buffer in buffers])
    return control.sent


def test_a_page_that_says_hello_is_told_the_state_in_its_language(counter):
    sent = receive(counter, kind="hello", language="zh-TW")
    assert sent == [{"kind": "state", "count": 0}]
    assert counter.spoken == "zh"
    assert counter.word("gone").startswith("内核")


def test_a_language_that_was_chosen_goes_before_the_browsers():
    counter = Counter(language="en")
    receive(counter, kind="hello", language="zh-CN")
    assert counter.spoken == "en"


def test_a_message_goes_to_the_method_of_its_kind(counter):
    assert receive(counter, b"x", kind="add", by=2)[-1] == {"kind": "state", "count": 3}


def test_our_errors_are_said_as_they_are(counter):
    said = receive(counter, kind="fail")[-1]
    assert said == {"kind": "say", "line": "the picture is too blue: send another", "error": True}


def test_any_other_error_is_said_in_one_line_and_not_lost(counter):
    line = receive(counter, kind="add", by="two")[-1]["line"]
    assert line.startswith("That did not work: ValueError: invalid literal")


@pytest.mark.parametrize("content", [{}, {"kind": "unknown"}, {"kind": None}, "text", None])
def test_a_message_that_means_nothing_is_left_alone(counter, content):
    counter._receive(counter, content, [])
    assert counter.sent == []


def test_it_shows_itself_by_its_name_alone(counter):
    assert repr(counter) == "Counter()"
