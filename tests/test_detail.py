from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlm_notebook.detail import EMBEDDED, EMBEDDED_HIGH, HIGH, LEVELS, LOW, Limits, check, limits
from vlm_notebook.errors import ModelError

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
