from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vlm_notebook.detail import (
    EMBEDDED,
    EMBEDDED_HIGH,
    FAMILIES,
    HIGH,
    LEVELS,
    LOW,
    check,
    chosen,
    family,
    kept,
    levels_of,
    limits,
)
from vlm_notebook.errors import ModelError
from vlm_notebook.limits import Limits, PatchLimits, count_patches

SIDES = st.integers(1, 50_000)


@given(SIDES, SIDES, st.sampled_from([LOW, HIGH, EMBEDDED_HIGH, Limits(100, 7)]))
def test_what_is_fitted_is_within_the_limits_and_never_enlarged(width, height, allowed):
    fitted = allowed.fit(width, height)
    assert max(fitted) <= allowed.long_px
    assert allowed.short_px is None or min(fitted) <= allowed.short_px
    assert 1 <= fitted[0] <= width
    assert 1 <= fitted[1] <= height


@given(SIDES, SIDES, st.sampled_from([LOW, HIGH, EMBEDDED_HIGH]))
def test_turning_and_fitting_may_change_places(width, height, allowed):
    assert allowed.fit(height, width) == allowed.fit(width, height)[::-1]


@given(SIDES, SIDES, st.sampled_from([LOW, HIGH, EMBEDDED_HIGH]))
def test_what_is_within_the_limits_stays_as_it_is(width, height, allowed):
    fitted = allowed.fit(width, height)
    assert allowed.fit(*fitted) == fitted


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_is_known(level):
    assert check(level) == level


@pytest.mark.parametrize("level", ["", "HIGH", "huge", "original"])
def test_an_unknown_level_is_refused_with_those_there_are(level):
    with pytest.raises(ModelError, match="use one of low, high, auto"):
        check(level)


def test_low_means_the_same_for_every_model():
    assert limits("low") is limits("low", EMBEDDED) is LOW


def test_high_and_auto_give_the_embedded_model_more():
    for level in ("high", "auto"):
        assert limits(level) is limits(level, "some-model") is HIGH
        assert limits(level, EMBEDDED) is EMBEDDED_HIGH


PHONE = (4032, 3024)
CELLS = {"qwen2-vl-7b-instruct": 28, "Qwen/Qwen2.5-VL-72B-Instruct": 28, "qwen3-vl-8b": 32}
PHOTO_SIDES = st.integers(300, 12_000)


@given(PHOTO_SIDES, PHOTO_SIDES, st.sampled_from(sorted(CELLS)), st.sampled_from(LEVELS))
def test_what_is_shrunk_for_qwen_is_on_its_grid_and_within_its_tokens(width, height, model, level):
    allowed, cell = limits(level, model), CELLS[model]
    fitted = allowed.fit(width, height)
    if fitted == (width, height):
        assert width * height <= allowed.area_px
        return
    tokens = {"low": 256, "auto": 1280, "high": 2560}[level]
    assert fitted[0] % cell == fitted[1] % cell == 0
    assert fitted[0] * fitted[1] <= tokens * cell**2
    for side, original in zip(fitted, (width, height), strict=True):
        assert abs(side - original * (allowed.area_px / (width * height)) ** 0.5) < 2 * cell


@given(SIDES, SIDES, st.sampled_from(FAMILIES), st.sampled_from(LEVELS))
@example(99, 2648, family("qwen3-vl"), "low")  # its nearest crossing is taller than the picture
def test_no_family_gets_more_than_its_limits_or_more_than_there_is(width, height, known, level):
    allowed = known.limits(level)
    fitted = allowed.fit(width, height)
    assert max(fitted) <= allowed.long_px
    assert allowed.short_px is None or min(fitted) <= allowed.short_px
    assert allowed.area_px is None or fitted[0] * fitted[1] <= allowed.area_px
    assert min(fitted) >= 1
    assert fitted[0] <= width
    assert fitted[1] <= height


BY_ORIGINAL = [known for known in FAMILIES if known.original]


@given(SIDES, SIDES, st.sampled_from([known for known in FAMILIES if not known.original]))
def test_a_higher_level_never_keeps_less(width, height, known):
    low, auto, high = (known.limits(level).fit(width, height) for level in ("low", "auto", "high"))
    assert low[0] * low[1] <= auto[0] * auto[1] <= high[0] * high[1]


@given(SIDES, SIDES, st.sampled_from(BY_ORIGINAL), st.sampled_from(LEVELS))
def test_no_level_keeps_more_than_original(width, height, known, level):
    original, other = (known.limits(one).fit(width, height) for one in ("original", level))
    assert count_patches(*other) <= count_patches(*original)


@given(SIDES, SIDES, st.sampled_from([1536, 2500, 6144, 10_000]))
def test_what_is_shrunk_to_a_budget_of_patches_is_within_it_and_shrunk_once(width, height, most):
    allowed = PatchLimits(6000, patches=most)
    fitted = allowed.fit(width, height)
    assert count_patches(*fitted) <= most
    assert max(fitted) <= 6000
    assert 1 <= fitted[0] <= width
    assert 1 <= fitted[1] <= height
    assert allowed.fit(*fitted) == fitted
    assert allowed.fit(height, width) == fitted[::-1]


@pytest.mark.parametrize(
    ("model", "has_it"),
    [
        ("gpt-5.4", True),
        ("openai/gpt-5.4-mini", True),
        ("gpt-5.5-2026-04-23", True),
        ("gpt-5.6-sol", True),
        ("gpt-5.2", False),
        ("gpt-5-mini", False),
        ("gpt-4.1-mini", False),
        ("o4-mini", False),
        ("gpt-4o", False),
        ("claude-sonnet-4-5", False),
        ("embedded", False),
        ("my-own-model", False),
        (None, False),
    ],
)
def test_original_is_of_the_families_that_have_it(model, has_it):
    assert levels_of(model) == ((*LEVELS, "original") if has_it else LEVELS)
    assert kept("original", model) == ("original" if has_it else "high")
    assert kept("low", model) == "low"


def test_original_is_refused_in_one_line_that_names_the_model_and_its_levels():
    with pytest.raises(ModelError, match=r"^gpt-4o has no detail 'original': use one of low, high"):
        check("original", "gpt-4o")
    with pytest.raises(ModelError, match="unknown: use one of low, high, auto, original"):
        check("huge", "gpt-5.4")
    assert check("original", "gpt-5.4") == "original"


def test_a_call_says_its_level_and_else_goes_by_the_usual_one_even_if_it_is_of_another_model():
    assert chosen(None, "original", "gpt-4o") == "original"
    assert chosen("low", "original", "gpt-4o") == "low"
    with pytest.raises(ModelError, match="gpt-4o has no detail"):
        chosen("original", "low", "gpt-4o")
    with pytest.raises(ModelError, match="'huge' is unknown"):
        chosen(None, "huge", "gpt-4o")


@given(PHOTO_SIDES, PHOTO_SIDES)
def test_high_for_openai_tiles_fits_2048_then_a_short_side_of_768(width, height):
    inside = min(1.0, 2048 / max(width, height))
    scale = inside * min(1.0, 768 / (min(width, height) * inside))
    fitted = limits("high", "gpt-4o").fit(width, height)
    assert abs(fitted[0] - width * scale) <= 1
    assert abs(fitted[1] - height * scale) <= 1


@pytest.mark.parametrize(
    ("model", "level", "size"),
    [
        ("gpt-4o", "low", (512, 384)),
        ("gpt-4o", "high", (1024, 768)),
        ("gpt-4.1-mini", "high", (2048, 1536)),
        ("gpt-5.2", "high", (2048, 1536)),
        ("gpt-5.4", "low", (512, 384)),
        ("gpt-5.4", "high", (1824, 1368)),  # 57 x 42.75 patches, within 2500
        ("gpt-5.4", "auto", (1824, 1368)),
        ("gpt-5.4", "original", (3669, 2752)),  # 114.7 x 86 patches, within 10,000
        ("gpt-5.5", "low", (512, 384)),
        ("gpt-5.5", "auto", (1824, 1368)),
        ("gpt-5.6-sol", "original", (4032, 3024)),
        ("claude-sonnet-4-5", "high", (1568, 1176)),
        ("gemini-2.5-pro", "low", (512, 384)),
        ("pixtral-12b", "high", (1024, 768)),
        ("gemma-3-27b-it", "high", (896, 672)),
        ("qwen2.5-vl-7b", "low", (504, 392)),
        ("qwen2.5-vl-7b", "auto", (1148, 868)),
        ("qwen3-vl-8b", "auto", (1312, 992)),
        (None, "high", (1024, 768)),
    ],
)
def test_a_photograph_of_a_telephone_becomes(model, level, size):
    assert limits(level, model).fit(*PHONE) == size


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("gpt-4o-mini", "OpenAI tiles"),
        ("o3", "OpenAI tiles"),
        ("gpt-5", "OpenAI tiles"),
        ("openai/gpt-5-mini", "OpenAI patches"),
        ("gpt-5.3", "OpenAI patches"),
        ("openai/gpt-5.4-mini", "OpenAI gpt-5.4"),
        ("gpt-5.5", "OpenAI gpt-5.5"),
        ("gpt-4.1-nano", "OpenAI patches"),
        ("o4-mini", "OpenAI patches"),
        ("Qwen/Qwen3-VL-8B-Instruct", "Qwen3-VL"),
        ("qwen-vl-max", "Qwen-VL"),
        ("QVQ-72B-Preview", "Qwen-VL"),
        ("OpenGVLab/InternVL3-8B", "InternVL"),
        ("zai-org/GLM-4.5V", "GLM-V"),
        ("embedded", "embedded reader"),
        ("my-own-model", "unknown"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_a_model_belongs_to_a_family_by_its_id(model, name):
    assert family(model).name == name
