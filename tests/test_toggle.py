from __future__ import annotations

import json
from threading import Event

import ipywidgets
import numpy as np
import pytest
from hearing import hearing, lines, tell, told
from ipywidgets.widgets.widget import _instances

import vlm_notebook as vlm
from vlm_notebook.view import wording
from vlm_notebook.widgets.toggle import DetailToggle, Effect

WIDE = vlm.load(np.zeros((1080, 1920), "uint8"))


@pytest.fixture(autouse=True)
def closed():
    yield
    ipywidgets.Widget.close_all()


@pytest.fixture
def toggle():
    client = vlm.Client("http://127.0.0.1:9/v1", "key", model="gpt-4o", detail="high")
    return hearing(DetailToggle)(client)


def wait(happened):
    assert happened.wait(20), "it did not happen"


def previewed(toggle):
    """Ask for a preview as a page does; return the sections it is sent."""
    came = Event()
    send = toggle.send

    def sending(content, buffers=None):
        send(content, buffers)
        if content["kind"] == "preview":
            came.set()

    toggle.send = sending
    tell(toggle, "preview")
    wait(came)
    return told(toggle, "preview")[-1]["sections"]


def test_the_clients_level_is_chosen_at_first_and_only_a_level_can_be(toggle):
    assert toggle.value == "high"
    toggle.value = "low"
    with pytest.raises(vlm.ModelError, match="'huge' is unknown"):
        toggle.value = "huge"
    with pytest.raises(vlm.ModelError, match="'huge' is unknown"):
        DetailToggle(vlm.Client(model="embedded"), value="huge")
    assert toggle.value == "low"
    assert repr(DetailToggle(vlm.Client(model="embedded"))) == "DetailToggle()"


def test_effects_are_told_as_plain_values_with_their_cost_in_words(toggle):
    from decimal import Decimal

    toggle.show({"high": Effect(1105, cost=Decimal("0.0027625"), size="1920x1080")})
    (state,) = told(toggle, "state")
    high = state["effects"]["high"]
    assert (high["tokens"], high["cost"], high["size"]) == (1105, "$0.0028", "1920x1080")
    assert json.loads(json.dumps(state)) == state


def test_updating_finds_out_for_the_model_and_the_pictures(toggle):
    toggle.update([WIDE]).result()
    assert [toggle.effects[level].tokens for level in ("low", "high", "auto")] == [85, 1105, 1105]
    toggle.update([WIDE], "qwen2.5-vl-7b").result()
    assert toggle.effects["low"].tokens != 85


def test_there_is_original_where_the_model_has_it_and_else_it_becomes_high(toggle):
    with pytest.raises(vlm.ModelError, match="gpt-4o has no detail 'original'"):
        toggle.value = "original"
    toggle.update([WIDE], "gpt-5.5").result()
    assert [*toggle.effects] == ["low", "high", "auto", "original"]
    assert told(toggle, "state")[-1]["levels"] == ["low", "high", "auto", "original"]
    toggle.value = "original"
    toggle.update([WIDE], "gpt-5.4").result()
    assert toggle.value == "original"
    toggle.update([WIDE], "gpt-4o").result()
    assert toggle.value == "high"
    assert told(toggle, "state")[-1]["levels"] == ["low", "high", "auto"]


def test_a_clients_level_that_its_model_has_not_is_high():
    client = vlm.Client("http://127.0.0.1:9/v1", "key", model="gpt-5.5", detail="original")
    assert DetailToggle(client).value == "original"
    client.model = "gpt-4o"
    assert DetailToggle(client).value == "high"


def test_of_several_updates_the_latest_counts_however_long_an_earlier_one_takes(toggle):
    go = Event()
    vlm.tokens.register("slow-model", lambda *_: go.wait(20) and 7)
    try:
        slow = toggle.update([WIDE], "slow-model")
        toggle.update([WIDE], "gpt-4o").result()
        go.set()
        slow.result()
    finally:
        vlm.tokens.unregister("slow-model")
    assert toggle.effects["low"].tokens == 85
    assert [s["effects"]["low"]["tokens"] for s in told(toggle, "state")] == [85]


def test_whatever_fails_is_one_line(toggle):
    toggle.client = None
    toggle.update([WIDE], "gpt-4o").result()
    (line,) = lines(toggle)
    assert line.startswith("That did not work: AttributeError")


def test_a_picture_that_cannot_be_used_is_one_line_that_the_next_success_takes_away(toggle):
    toggle.update(["nowhere.jpg"]).result()
    assert (toggle.effects, len(lines(toggle))) == ({}, 1)
    assert "nowhere.jpg" in lines(toggle)[0]
    toggle.update([WIDE]).result()
    assert told(toggle, "say")[-1]["line"] == ""
    assert toggle.effects["low"].tokens == 85


def test_the_preview_shows_at_most_four_pictures_at_two_levels(toggle):
    toggle.update([WIDE] * 6).result()
    sections = previewed(toggle)
    assert len(sections) == 4
    assert all("low" in section and "high" in section for section in sections)
    assert "gpt-4o" in sections[0]
    assert sum(map(len, sections)) < 4 << 20


def test_a_preview_without_pictures_is_one_line(toggle):
    assert previewed(toggle) == []
    assert lines(toggle) == ["no pictures yet"]


def test_a_preview_that_fails_is_one_line(toggle):
    whole = vlm.samples.path("sign").read_bytes()
    toggle.update([whole[:400]]).result()
    toggle._images = ("nowhere.jpg",)
    assert previewed(toggle) == []
    assert "nowhere.jpg" in lines(toggle)[-1]


def test_a_callback_takes_the_previews_place_and_its_errors_are_said(toggle):
    heard = []
    toggle.on_preview(lambda: heard.append("preview"))
    tell(toggle, "preview")
    assert (heard, told(toggle, "preview")[-1]["sections"]) == (["preview"], [])
    toggle.on_preview(lambda: 1 / 0)
    tell(toggle, "preview")
    assert lines(toggle) == ["That did not work: ZeroDivisionError: division by zero"]


def test_nothing_of_the_pictures_is_in_what_is_saved(toggle):
    toggle.update([WIDE]).result()
    assert "1920" not in json.dumps(
        {k: v for k, v in toggle.get_state().items() if k not in {"_esm", "_css"}}, default=str
    )


def test_opening_and_closing_leaves_nothing():
    client = vlm.Client(model="embedded")
    before = len(_instances)
    for _ in range(100):
        DetailToggle(client).close()
    assert len(_instances) == before


def test_both_languages_have_the_same_texts():
    english, chinese = (wording.words("toggle")[language] for language in ("en", "zh"))
    assert english.keys() == chinese.keys()
