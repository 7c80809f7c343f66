from __future__ import annotations

import pytest
from hearing import tell

from vlm_notebook.widgets.actions import Actions


@pytest.fixture
def compared():
    """What was to be compared, call by call."""
    return []


@pytest.fixture
def actions(compared):
    control = Actions(
        models=lambda: ["gpt-5.4", "gpt-4o"],
        on_compare=lambda *asked: compared.append(asked),
        on_anew=lambda: compared.append("anew"),
    )
    yield control
    control.close()


def test_the_form_knows_which_models_see_originals(actions):
    state, _ = actions.state()
    assert state["models"] == ["gpt-5.4", "gpt-4o"]
    assert state["originals"] == ["gpt-5.4"]


def test_what_is_to_be_compared_is_handed_on(actions, compared):
    tell(actions, "compare", models=["a", "b"], details=["low"], repeat=2)
    tell(actions, "anew")
    assert compared == [(["a", "b"], ["low"], 2), "anew"]


def test_the_conversation_is_told_until_it_is_left(actions):
    actions.show(follows="What is it?", busy=True)
    state, _ = actions.state()
    assert (state["follows"], state["busy"]) == ("What is it?", True)
