from __future__ import annotations

from dataclasses import replace

import pytest
from PIL import Image

from vlm_notebook.chat import treatment as treatments
from vlm_notebook.chat.habits import Adaptation, Habits
from vlm_notebook.chat.message import Message, Request, user_message
from vlm_notebook.chat.providers import (
    PROVIDERS,
    UNKNOWN,
    base64_bytes,
    check,
    provider_at,
    quirks_of,
)
from vlm_notebook.chat.quirks import TEXT_FIRST
from vlm_notebook.client import Client
from vlm_notebook.detail import FAMILIES
from vlm_notebook.errors import ModelError
from vlm_notebook.images.prepare import prepare
from vlm_notebook.markup import card as cards

RED = prepare(Image.new("RGB", (8, 6), "red"))


def adapted(base_url, images=1, model="some/model"):
    sizes = [(8 + at, 6) for at in range(images)]
    pictures = [prepare(Image.new("RGB", size, "red")) for size in sizes]
    request = Request(model, (user_message("What?", pictures, detail="auto"),))
    return Adaptation(request, Habits(base_url, "example.org"))


@pytest.mark.parametrize(
    ("base_url", "name"),
    [
        ("http://localhost:11434/v1", "Ollama"),
        ("http://192.168.0.9:11434/v1", "Ollama"),
        ("https://ollama.com/v1", "Ollama"),
        ("http://127.0.0.1:1234/v1", "LM Studio"),
        ("https://api.cerebras.ai/v1", "Cerebras"),
        ("https://oai.endpoints.kepler.ai.cloud.ovh.net/v1", "OVHcloud"),
        ("https://api.minimax.io/v1", "MiniMax"),
        ("https://api.minimaxi.com/v1", "MiniMax"),
        ("https://openrouter.ai/api/v1", "OpenRouter"),
        ("https://api.jiekou.ai/openai", "jiekou"),
        ("https://api.groq.com/openai/v1", "Groq"),
        ("https://api.scaleway.ai/v1", "Scaleway"),
        ("https://api.siliconflow.com/v1", "SiliconFlow"),
    ],
)
def test_a_provider_is_known_by_its_address(base_url, name):
    assert provider_at(base_url).name == name


@pytest.mark.parametrize(
    "base_url",
    ["http://localhost:8000/v1", "https://api.example.org/v1", "http://127.0.0.1/v1", ""],
)
def test_others_are_unknown(base_url):
    assert provider_at(base_url) is UNKNOWN


def test_each_entry_has_a_source_and_a_date():
    assert all(known.source.startswith("https://") and known.date for known in PROVIDERS)


def test_openrouter_gets_the_text_first_but_not_for_those_who_want_pictures_first():
    openrouter = provider_at("https://openrouter.ai/api/v1")
    assert TEXT_FIRST in quirks_of(openrouter, "qwen/qwen2.5-vl-72b-instruct")
    assert TEXT_FIRST not in quirks_of(openrouter, "anthropic/claude-sonnet-4.5")
    parts = adapted("https://openrouter.ai/api/v1").request.messages[0].to_json()["content"]
    assert [part["type"] for part in parts] == ["text", "image_url"]


def test_the_order_of_the_parts_needs_no_words():
    assert adapted("https://openrouter.ai/api/v1").notes == ()


def test_what_is_known_beforehand_is_left_out_and_said():
    found = adapted("https://oai.endpoints.kepler.ai.cloud.ovh.net/v1")
    assert found.request.messages[0].parts[0].detail is None
    assert "example.org takes no detail" in found.notes[0]


def test_more_pictures_than_advised_are_sent_and_a_montage_is_offered():
    assert adapted("https://api.jiekou.ai/openai", 2).notes == ()
    (note,) = adapted("https://api.jiekou.ai/openai", 3).notes
    assert "at most 2 pictures, these are 3" in note
    assert "montage=True" in note


def test_more_bytes_than_taken_are_said():
    groq = provider_at("https://api.groq.com/openai/v1")
    heavy = prepare(Image.effect_noise((1500, 1500), 90), detail="high", model="gemini")
    few, many = (
        Request("m", (user_message("What?", [heavy] * count, detail="high"), *extra))
        for count, extra in ((1, ()), (9, (Message.of_text("assistant", "Noise."),)))
    )
    assert groq.check(few) is None
    with pytest.raises(ModelError, match=r"at most 4 MB .* these are .* MB: .*montage=True"):
        groq.check(many)


def test_pictures_that_go_by_their_address_weigh_nothing():
    remote = replace(RED, url="https://pictures.example.org/red.png")
    sent = user_message("What?", [remote, remote], detail="auto", inline=False)
    assert base64_bytes(Request("m", (sent,))) == 0
    assert base64_bytes(Request("m", (user_message("What?", [remote], detail="auto"),))) > 0


def asked(base_url, count, model="some/model", size=(8, 6), first=0, **options):
    pictures = [Image.new("RGB", size, (shade, first, 0)) for shade in range(count)]
    return Client(base_url, "key", model=model).question("What?", *pictures, **options)


def test_more_than_a_provider_takes_by_its_own_account_is_refused_before_it_is_sent():
    assert asked("https://api.scaleway.ai/v1", 12)
    with pytest.raises(
        ModelError, match=r"Scaleway takes at most 12 .* these are 13.*montage=True"
    ):
        asked("https://api.scaleway.ai/v1", 13)
    assert asked("https://api.scaleway.ai/v1", 13, montage=True)


def test_a_follow_up_counts_the_pictures_of_the_whole_conversation():
    earlier = asked("https://api.scaleway.ai/v1", 12).request.messages
    with pytest.raises(ModelError, match="these are 13"):
        asked("https://api.scaleway.ai/v1", 1, history=earlier, first=9)


def test_claude_takes_no_large_pictures_among_many():
    openrouter = provider_at("https://openrouter.ai/api/v1")
    large, small = (replace(RED, size=size) for size in ((2001, 10), (2000, 10)))

    def request(*images, model="anthropic/claude-sonnet-4.5"):
        return Request(model, (user_message("What?", images, detail="auto"),))

    check(openrouter, request(*[large] * 20))
    check(openrouter, request(*[small] * 21))
    check(openrouter, request(*[large] * 21, model="qwen/qwen3-vl"))
    with pytest.raises(ModelError, match=r"over 2000 px .* more than 20.*montage=True"):
        check(openrouter, request(*[small] * 20, large))


def test_advice_stands_on_the_card_before_the_answer_does():
    question = asked("https://api.jiekou.ai/openai", 3)
    assert "montage=True" in question.card().notices[0]
    assert "montage=True" in cards.foot_html(question.card())
    assert asked("https://api.jiekou.ai/openai", 2).card().notices == ()


@pytest.mark.parametrize("known", [one.name for one in treatments.PROVIDERS])
def test_how_a_provider_treats_detail_is_of_a_provider_that_is_known(known):
    assert known in {one.name for one in PROVIDERS}


def test_of_every_family_it_is_said_how_detail_is_treated_or_that_nobody_knows():
    names = {one.name for one in FAMILIES}
    assert names - {one.name for one in treatments.FAMILIES} == {"Gemini"}
    assert {one.name for one in treatments.FAMILIES} <= names
    acted_on = {one.name for one in treatments.FAMILIES if one.fate == "acted on"}
    assert acted_on == {one.name for one in FAMILIES if one.knows_detail}


@pytest.mark.parametrize(
    ("base_url", "sent"),
    [
        ("https://oai.endpoints.kepler.ai.cloud.ovh.net/v1", None),
        ("https://api.minimax.io/v1", "high"),
        ("https://api.siliconflow.cn/v1", "high"),
        ("http://localhost:8000/v1", "auto"),
    ],
)
def test_detail_is_sent_but_to_who_refuses_or_misreads_it(base_url, sent):
    found = adapted(base_url, model="Qwen/Qwen2.5-VL-72B-Instruct")
    assert found.request.messages[0].parts[0].detail == sent
