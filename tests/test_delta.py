from __future__ import annotations

import pytest

from vlm_notebook.chat.delta import Delta, Usage


def piece(delta, **choice):
    return Delta.of_json({"choices": [{"index": 0, "delta": delta, **choice}]})


@pytest.mark.parametrize("name", ["reasoning", "reasoning_content"])
def test_reasoning_is_kept_apart_from_the_text(name):
    assert piece({name: "hm", "content": "so"}) == Delta("so", "hm")


def test_a_server_that_sends_both_names_of_reasoning_is_heard_once():
    assert piece({"reasoning": "hm", "reasoning_content": "hm"}).reasoning == "hm"


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"choices": []},
        {"choices": None},
        {"choices": [None]},
        {"choices": [{"index": 0}]},
        {"choices": [{"delta": None, "finish_reason": None}]},
        {"choices": [{"delta": {"content": None}}]},
        {"choices": [{"delta": {"role": "assistant", "content": ""}}]},
        {"choices": [{"delta": {"tool_calls": [{"index": 0}]}}]},
        {"choices": "no", "usage": "no"},
        {"choices": [{"delta": {"content": {"odd": 1}}, "finish_reason": 7}]},
    ],
)
def test_what_says_nothing_is_empty(payload):
    assert not Delta.of_json(payload)


def test_a_whole_completion_is_one_piece():
    message = {"role": "assistant", "content": "Yes.", "reasoning": "Hm."}
    payload = {"choices": [{"message": message, "finish_reason": "stop"}]}
    assert Delta.of_json(payload) == Delta("Yes.", "Hm.", finish="stop")


def test_a_list_of_text_parts_is_text():
    parts = [{"type": "text", "text": "a"}, {"type": "image"}, {"type": "text", "text": "b"}]
    assert piece({"content": parts}).text == "ab"


def test_a_refusal_is_what_the_model_said():
    assert piece({"content": None, "refusal": "I will not."}).text == "I will not."


def test_a_second_choice_is_another_answer():
    other = {"index": 1, "delta": {"content": "B"}}
    assert not Delta.of_json({"choices": [other]})
    first = {"index": 0, "delta": {"content": "A"}}
    assert Delta.of_json({"choices": [other, first]}).text == "A"


def test_usage_carries_the_pictures_share():
    details = {"image_tokens": 85, "cached_tokens": 0}
    usage = Usage.of_json(
        {"prompt_tokens": 90, "completion_tokens": 3, "prompt_tokens_details": details}
    )
    assert usage == Usage(90, 3, image_tokens=85)
    assert usage.total_tokens == 93


@pytest.mark.parametrize(
    "payload",
    [None, {}, {"prompt_tokens": 1}, {"prompt_tokens": 0, "completion_tokens": 0}, [1]],
)
def test_usage_without_counts_is_none(payload):
    assert Usage.of_json(payload) is None


def test_an_emoji_cut_in_two_is_one_again():
    first, held = Delta("so \ud83d").after("")
    second, rest = Delta("\ude00!").after(held)
    assert (first.text, second.text, rest) == ("so ", "😀!", "")


@pytest.mark.parametrize("text", ["\ud83dx", "y\ude00"])
def test_half_a_character_alone_becomes_the_replacement_mark(text):
    delta, held = Delta(text, finish="stop").after("")
    assert "\ufffd" in delta.text
    assert not held
    delta.text.encode()


def test_a_half_that_is_followed_by_no_other_half_is_not_joined():
    assert Delta("x").after("\ud83d")[0].text == "\ufffdx"


def test_plain_text_is_passed_on_as_it_is():
    delta = Delta("plain", "thought")
    assert delta.after("") == (delta, "")
