"""What is prepared for a level is what is counted for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlm_notebook import detail as levels
from vlm_notebook.models.tokens import estimate

SIDES = st.integers(200, 8000)
LEVEL = st.sampled_from(levels.LEVELS)

MOST = {  # tokens of the largest prepared picture: low, auto, high
    "gpt-4o-mini": (2833, 48_169, 48_169),
    "gpt-4.1-mini": (415, 6636, 6636),
    "gpt-5.2": (308, 4916, 4916),
    "gpt-5.4": (308, 3000, 3000),
    "gpt-5.5": (308, 3000, 3000),
    "claude-sonnet-4-5": (361, 1568, 1568),
    "gemini-3-pro": (280, 1120, 1120),
    "gemini-2.5-flash": (64, 4096, 4096),
    "qwen2.5-vl-7b": (256, 1280, 2560),
    "qwen3-vl-8b": (256, 1280, 2560),
    "pixtral-12b": (1056, 4160, 4160),
    "gemma3:4b": (256, 256, 256),
    "glm-4.5v": (361, 3025, 5329),
    "my-own-model": (14_167, 48_169, 48_169),
}
ACTING = ("gpt-4.1-mini", "gpt-5.2", "gpt-5.4", "gemini-3-pro", "pixtral-12b", "gemma-3-4b")
"""Models whose own limits `high` is prepared to: resizing here takes no token away."""


def _prepared(size, model, level):
    return levels.limits(level, model).fit(*size)


def _count(size, model, level):
    return estimate([size], model=model, detail=level)


@given(SIDES, SIDES, st.sampled_from(sorted(MOST)), LEVEL)
def test_a_level_costs_no_more_than_it_promises(width, height, model, level):
    if max(width, height) > 20 * min(width, height):
        width = height
    most = MOST[model][("low", "auto", "high").index(level)]
    sent = _prepared((width, height), model, level)
    assert _count(sent, model, level).tokens <= most


@given(SIDES, SIDES, st.sampled_from(ACTING))
def test_preparing_to_high_changes_no_count_where_the_endpoint_would_do_the_same(
    width, height, model
):
    if max(width, height) > 20 * min(width, height):
        width = height
    sent = _prepared((width, height), model, "high")
    counted, full = (_count(size, model, "high").tokens for size in (sent, (width, height)))
    assert abs(counted - full) <= 0.05 * full  # a side rounded across the edge of a patch


BUDGETED = ("gpt-5.4", "openai/gpt-5.4-mini", "gpt-5.5", "gpt-5.6-sol")
"""Models whose levels are prepared by the very rule that counts them."""


@given(
    st.integers(1, 20_000),
    st.integers(1, 20_000),
    st.sampled_from(BUDGETED),
    st.sampled_from(("high", "original")),
)
def test_what_is_prepared_by_a_budget_of_patches_costs_what_the_whole_picture_does(
    width, height, model, level
):
    sent = _prepared((width, height), model, level)
    assert _count(sent, model, level) == _count((width, height), model, level)


@given(SIDES, SIDES, st.sampled_from(["qwen2.5-vl-7b", "qwen3-vl-8b"]), LEVEL)
def test_what_is_shrunk_for_qwen_is_not_resized_again(width, height, model, level):
    cell = 28 if "2.5" in model else 32
    sent = _prepared((width, height), model, level)
    if sent != (width, height) and max(sent) < 200 * min(sent) and min(sent) >= cell:
        assert _count(sent, model, level).tokens == sent[0] // cell * (sent[1] // cell)


@given(SIDES, SIDES)
def test_low_costs_openai_tile_models_their_base_alone(width, height):
    assert _count(_prepared((width, height), "gpt-4o", "low"), "gpt-4o", "low").tokens == 85


@pytest.mark.parametrize("size", [(4032, 3024), (3000, 2000), (1920, 1080), (2000, 3000)])
def test_photographs_prepared_for_openai_tiles_cost_what_they_did(size):
    sent = _prepared(size, "gpt-4o", "high")
    assert _count(sent, "gpt-4o", "high") == _count(size, "gpt-4o", "high")


def test_a_side_just_over_a_tile_is_prepared_as_openai_rounds_it():
    sent = _prepared((3290, 1644), "gpt-4o", "high")
    assert _count(sent, "gpt-4o", "high") == _count((3290, 1644), "gpt-4o", "high")


@given(SIDES, SIDES, LEVEL)
def test_an_unknown_model_gets_a_range_that_holds_what_known_ones_cost(width, height, level):
    if max(width, height) > 100 * min(width, height):
        width = height
    sent = _prepared((width, height), None, level)
    found = _count(sent, None, level)
    for model in ("gpt-4o", "claude-sonnet-4-5", "pixtral-12b", "gemini-3-pro"):
        assert found.low <= _count(sent, model, level).tokens <= found.high
