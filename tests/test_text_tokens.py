from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlm_notebook.models import text
from vlm_notebook.models.text import text_tokens


@pytest.mark.parametrize(
    ("written", "tokens"),
    [
        ("", 0),
        ("a", 1),
        ("word", 1),
        ("What is in this picture?", 6),
        ("Où est-il, ce café…", 5),
        ("描述", 2),
        ("这张图片里有什么？", 6),
        ("写真には何が写っていますか", 9),
        ("사진에 무엇이 있나요", 7),
        ("Что на фото", 5),
        ("🙂", 1),
    ],
)
def test_a_text_is_about_so_many_tokens(written, tokens):
    assert text_tokens(written).tokens == tokens


@given(st.text())
def test_a_text_costs_something_and_no_more_than_its_characters(written):
    found = text_tokens(written)
    assert found.low <= found.tokens <= found.high
    assert found.tokens <= len(written)
    assert bool(found.tokens) == bool(written)
    assert found.confidence == "guess"


@given(st.text(), st.text())
def test_two_texts_cost_about_what_they_cost_together(one, two):
    apart = text_tokens(one).tokens + text_tokens(two).tokens
    assert apart - 1 <= text_tokens(one + two).tokens <= apart


def test_the_examples_run():
    assert doctest.testmod(text).failed == 0
