from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from vlm_notebook.chat import album, mention
from vlm_notebook.chat.mention import Mention
from vlm_notebook.chat.message import (
    ImagePart,
    MentionPart,
    Message,
    Request,
    TextPart,
    user_message,
)
from vlm_notebook.images.prepare import prepare

PICTURES = [prepare(Image.new("RGB", (8, 6), color)) for color in ("red", "blue", "green", "black")]

turns = st.lists(
    st.tuples(
        st.lists(st.sampled_from(PICTURES), max_size=3),
        st.text("ab图?[]", min_size=1, max_size=6),
        st.booleans(),
    ),
    min_size=1,
    max_size=5,
)
policies = st.one_of(st.just("all"), st.integers(0, 5))


def conversation(said):
    """A conversation in which the pictures of some questions were set aside."""
    messages = []
    for pictures, prompt, refused in said:
        earlier = sum(len(message.pictures) for message in messages)
        asked = user_message(prompt, pictures, detail="auto", earlier=earlier)
        messages += [asked, Message.of_text("assistant", "Yes.")]
        if refused and len(messages) // 2 < len(said):
            numbers = range(earlier + 1, earlier + 1 + len(pictures))
            messages = [*album.set_aside(Request("m", tuple(messages)), numbers).messages]
    return Request("m", tuple(messages[:-1]))


def with_policy(request, keep):
    return album.sent(Request("m", request.messages, keep_images=keep))


def words(request):
    return [
        part.text
        for message in request.messages
        for part in message.parts
        if type(part) is TextPart
    ]


@given(turns, policies)
def test_as_many_pictures_are_sent_as_the_policy_says_and_each_once(said, keep):
    whole = conversation(said)
    request = with_policy(whole, keep)
    own = {image.sha256 for image in whole.messages[-1].images}
    different = [image.sha256 for image in request.images]
    assert len(different) == len(set(different))
    assert own <= set(different)
    if keep != "all":
        assert len(different) <= max(keep, len(own))
        assert len(different) == min(
            len({image.sha256 for image in whole.images}), max(keep, len(own))
        )


@given(turns, policies)
def test_the_words_and_the_numbers_stay_as_they_are(said, keep):
    whole = conversation(said)
    request = with_policy(whole, keep)
    assert words(request) == words(whole)
    assert [m.pictures for m in request.messages] == [m.pictures for m in whole.messages]
    for place in album.places(request.messages):
        if isinstance(place.part, MentionPart):
            assert mention.read(place.part.text).number == place.number


@given(turns, policies)
def test_a_mention_of_the_same_picture_names_one_that_is_sent(said, keep):
    request = with_policy(conversation(said), keep)
    numbered = {place.number: place for place in album.places(request.messages)}
    for place in numbered.values():
        if isinstance(place.part, MentionPart):
            told = mention.read(place.part.text)
            if told.fate == "same":
                other = numbered[told.same_as]
                assert isinstance(other.part, ImagePart)
                assert other.sha256 == place.sha256
            elif told.fate == "dropped":
                assert place.sha256 not in {image.sha256 for image in request.images}


@given(turns)
def test_without_duplicates_all_is_the_same_to_the_byte(said):
    fresh = iter(PICTURES)
    once = [
        ([p for p, _ in zip(fresh, group, strict=False)], text, False) for group, text, _ in said
    ]
    whole = conversation(once)
    assert json.dumps(with_policy(whole, "all").body()) == json.dumps(whole.body())


@given(turns, policies)
def test_what_is_sent_is_not_changed_by_the_policy_again(said, keep):
    request = with_policy(conversation(said), keep)
    assert album.sent(request) == request


names = st.text(st.sampled_from("a.,[]: 图：，与相同the same as picture 1不再发送"), max_size=20)
mentions = st.one_of(
    st.builds(Mention, st.integers(1, 99), names, st.sampled_from(["dropped", "refused"])),
    st.builds(Mention, st.integers(1, 99), names, st.just("same"), st.integers(1, 99)),
)


@given(mentions, st.booleans())
def test_a_mention_is_read_as_it_was_written(told, chinese):
    assert mention.read(told.written(chinese=chinese)) == told


@given(names)
def test_a_label_is_no_mention(name):
    assert mention.read(f"Picture 1 ({name}):") is None
    assert mention.read(f"图1（{name}）：") is None
