from __future__ import annotations

import copy
import json
import pickle
from dataclasses import FrozenInstanceError, replace

import pytest
from PIL import Image

from vlm_notebook.chat.answer import Timing, model_name
from vlm_notebook.chat.delta import Delta, Usage
from vlm_notebook.chat.draft import Draft, fold
from vlm_notebook.chat.message import Message, Request, user_message
from vlm_notebook.errors import VlmError
from vlm_notebook.images.prepare import prepare

PICTURE = prepare(Image.new("RGB", (64, 48), "red"))
BASE64 = PICTURE.data_url.partition(",")[2]
ASKED = user_message("What is it?", [PICTURE], detail="high")
REQUEST = Request("some/model", (Message.of_text("system", "Be brief."), ASKED))
PIECES = [Delta(reasoning="Hm, "), Delta(reasoning="red."), Delta("A red "), Delta("square.")]
END = Delta(usage=Usage(90, 4, 85), finish="stop")


class Keyholder:
    """An owner that must not be pickled."""

    key = "sk-planted-0123456789abcdefghij"

    def follow_up(self, answer, prompt, *images, **options):
        return (answer, prompt, images, options)

    def is_shown(self, answer):
        return True

    def point_at(self, answer):
        self.pointed_at = answer


def drafted(*deltas, owner=None, **ending):
    draft = Draft(REQUEST, detail="high", owner=owner)
    for delta in deltas:
        draft.add(delta)
    return draft.answer(**ending)


@pytest.fixture
def answer():
    return replace(drafted(*PIECES, END), timing=Timing(0.5, 1.25))


def test_an_answer_is_the_fold_of_its_deltas(answer):
    assert answer.text == "A red square."
    assert answer.reasoning == "Hm, red."
    assert answer.usage == Usage(90, 4, 85)
    assert (answer.model, answer.detail, answer.finish_reason) == ("some/model", "high", "stop")
    assert answer.images == (PICTURE,)
    assert answer.prompt == "What is it?"
    assert answer == fold(REQUEST, [*PIECES, END], detail="high")


def test_an_answer_does_not_change(answer):
    with pytest.raises(FrozenInstanceError):
        answer.text = "Another."


@pytest.mark.parametrize(
    ("said", "finish_reason"),
    [
        ("stop", "stop"),
        ("length", "length"),
        ("max_tokens", "length"),
        ("MAX_TOKENS", "length"),
        ("content_filter", "content_filter"),
        ("SAFETY", "content_filter"),
        ("end_turn", "stop"),
        ("tool_calls", "stop"),
    ],
)
def test_the_reason_of_the_end_is_one_of_those_we_name(said, finish_reason):
    assert drafted(Delta("x"), Delta(finish=said)).finish_reason == finish_reason


def test_the_last_usage_counts():
    said = drafted(Delta("a", usage=Usage(9, 1)), Delta("b", usage=Usage(9, 2)), Delta(finish="x"))
    assert said.usage == Usage(9, 2)


def test_without_usage_the_counts_are_an_estimate_and_said_to_be_one():
    said = drafted(*PIECES, Delta(finish="stop"))
    assert said.usage.estimated
    assert said.usage.prompt_tokens > 0
    assert said.usage.completion_tokens == -(-len("Hm, red.A red square.") // 4)
    assert "about 5 + 6 tokens" in said.card().html()


def test_the_first_token_may_be_a_thought():
    draft = Draft(REQUEST, detail="auto")
    draft.add(Delta())
    assert draft.answer().timing.first_token_s is None
    draft.add(Delta(reasoning="hm"))
    first = draft.answer().timing.first_token_s
    draft.add(Delta("so"))
    assert first is not None
    assert draft.answer().timing.first_token_s == first


def test_a_partial_answer_says_why_it_ended():
    said = drafted(PIECES[2], finish_reason="error", error="it broke")
    assert (said.text, said.finish_reason, said.error) == ("A red ", "error", "it broke")
    assert "it broke" in said.card().plain()


@pytest.mark.parametrize("reason", ["length", "content_filter", "cancelled", "interrupted"])
def test_a_card_tells_of_an_end_that_is_not_the_usual_one(reason):
    assert drafted(PIECES[2], finish_reason=reason).card().notices
    assert not drafted(PIECES[2], END).card().notices


def test_the_messages_hold_the_whole_conversation_with_base64_shortened(answer):
    assert [message["role"] for message in answer.messages] == ["system", "user", "assistant"]
    assert answer.messages[-1]["content"] == "A red square."
    assert BASE64[:60] not in json.dumps(answer.messages)


def test_the_history_holds_the_pictures_for_the_next_question(answer):
    assert answer.history[1].images == (PICTURE,)


def test_a_dictionary_of_it_is_plain_data(answer):
    said = answer.to_dict()
    assert json.loads(json.dumps(said)) == said
    assert said["images"] == [
        {"origin": PICTURE.origin, "size": [64, 48], "sha256": PICTURE.sha256}
    ]
    assert said["usage"] == {
        "prompt_tokens": 90,
        "completion_tokens": 4,
        "image_tokens": 85,
        "estimated": False,
    }
    assert BASE64[:60] not in json.dumps(said)


def test_the_repr_is_short_and_holds_neither_bytes_nor_addresses(answer):
    assert repr(answer) == ("Answer('A red square.', model='some/model', finish_reason='stop')")
    assert len(repr(replace(answer, text="long " * 1000))) < 150


def test_an_answer_as_text_is_its_text(answer):
    assert str(answer) == f"{answer}" == "A red square."


def test_it_shows_itself_as_html_markdown_and_plain_text(answer):
    bundle = answer._repr_mimebundle_()
    assert sorted(bundle) == ["text/html", "text/markdown", "text/plain"]
    assert all("A red square." in shown for shown in bundle.values())
    assert "1.2 s" in bundle["text/html"]


def test_the_card_calls_the_embedded_model_what_it_is():
    assert "not a language model" in model_name("embedded")
    assert model_name("m") == "m"


def test_a_follow_up_is_asked_of_the_owner(answer):
    owned = replace(answer, _owner=Keyholder())
    assert owned.ask("And?", "b.png", detail="low") == (
        owned,
        "And?",
        ("b.png",),
        {"detail": "low"},
    )


def test_an_answer_without_an_owner_says_whom_to_ask(answer):
    with pytest.raises(VlmError, match=r"client\.ask"):
        answer.ask("And?")


@pytest.mark.parametrize(
    "copied", [lambda a: pickle.loads(pickle.dumps(a)), copy.copy, copy.deepcopy]
)
def test_a_copy_is_equal_and_leaves_the_owner_out(answer, copied):
    owned = replace(answer, _owner=Keyholder())
    again = copied(owned)
    assert again == owned
    assert again.timing == owned.timing
    with pytest.raises(VlmError):
        again.ask("And?")


def test_a_pickle_holds_no_key(answer):
    owner = Keyholder()
    owner.own = owner.key
    assert owner.key.encode() not in pickle.dumps(replace(answer, _owner=owner))


def test_an_answer_that_the_cell_shows_already_is_not_shown_again(answer):
    owner = Keyholder()
    replace(answer, _owner=owner)._ipython_display_()
    assert owner.pointed_at == answer
    with pytest.raises(NotImplementedError):
        answer._ipython_display_()
