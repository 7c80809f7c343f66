from __future__ import annotations

import warnings
from threading import Barrier, Thread

import pytest

from vlm_notebook.images.quiet import Quiet


def test_warnings_are_hidden_inside_and_heard_again_outside():
    with Quiet():
        warnings.warn("hidden", stacklevel=1)
    with pytest.warns(UserWarning, match="heard"):
        warnings.warn("heard", stacklevel=1)


def test_an_exception_leaves_the_filters_as_they_were():
    before = list(warnings.filters)
    with pytest.raises(KeyError), Quiet():
        raise KeyError
    assert warnings.filters == before


def test_threads_that_overlap_leave_the_filters_as_they_were():
    before, quiet = list(warnings.filters), Quiet()
    inside, first_gone = Barrier(2, timeout=10), Barrier(2, timeout=10)

    def first():
        with quiet:
            inside.wait()
        first_gone.wait()

    thread = Thread(target=first)
    thread.start()
    with quiet:
        inside.wait()
        first_gone.wait()
        warnings.warn("still hidden", stacklevel=1)
    thread.join(10)
    assert warnings.filters == before
