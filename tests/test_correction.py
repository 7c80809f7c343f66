from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlm_notebook.models import correction
from vlm_notebook.models.correction import KEPT, LEAST, MOST, Correction, compared

CALLS = st.lists(st.tuples(st.integers(1, 10**6), st.integers(1, 10**6)), max_size=40)


def _after(calls):
    learned = Correction()
    for predicted, billed in calls:
        learned = learned.fed(predicted, billed)
    return learned


@given(CALLS)
def test_the_factor_stays_within_its_bounds_and_few_calls_change_nothing(calls):
    learned = _after(calls)
    assert LEAST <= learned.factor <= MOST
    assert len(learned.ratios) == min(len(calls), KEPT)
    if len(calls) < 3:
        assert learned.factor == 1


@given(st.integers(1, 10**5), st.integers(3, 30))
def test_a_steady_surplus_is_learned_exactly(tokens, calls):
    learned = _after([(100, 110)] * calls)
    assert learned.applied(tokens * 10) == tokens * 11


def test_one_odd_call_among_many_changes_nothing():
    assert _after([(100, 101)] * 4 + [(100, 9000)]).applied(100) == 101


def test_the_latest_calls_count():
    assert _after([(100, 300)] * 30 + [(100, 100)] * 20).factor == 1


@pytest.mark.parametrize("pair", [(0, 5), (5, 0), (-1, 5), (5, -1)])
def test_a_call_without_tokens_teaches_nothing(pair):
    assert Correction().fed(*pair) == Correction()


def test_it_says_in_a_line_what_it_learned():
    assert repr(Correction()) == "Correction(x1.00 after 0 calls)"
    assert repr(_after([(100, 50)])) == "Correction(x1.00 after 1 call)"
    assert compared(1222, 1236) == "1,222 predicted, 1,236 billed"


def test_the_examples_run():
    assert doctest.testmod(correction).failed == 0
