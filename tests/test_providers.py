from __future__ import annotations

import pytest
from PIL import Image

from vlm_notebook.chat.habits import Adaptation, Habits
from vlm_notebook.chat.message import Message, Request, user_message
from vlm_notebook.chat.providers import PROVIDERS, UNKNOWN, provider_at, quirks_of
from vlm_notebook.chat.quirks import TEXT_FIRST
from vlm_notebook.images.prepare import prepare

RED = prepare(Image.new("RGB", (8, 6), "red"))


def adapted(base_url, images=1, model="some/model"):
    request = Request(model, (user_message("What?", [RED] * images, detail="auto"),))
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
    assert "at most 2 pictures, 3 were sent" in note
    assert "montage=True" in note


def test_more_bytes_than_taken_are_said():
    groq = provider_at("https://api.groq.com/openai/v1")
    heavy = prepare(Image.effect_noise((1500, 1500), 90), detail="high", model="gemini")
    few, many = (
        Request("m", (user_message("What?", [heavy] * count, detail="high"), *extra))
        for count, extra in ((1, ()), (9, (Message.of_text("assistant", "Noise."),)))
    )
    assert groq.notice(few) is None
    assert "4 MB" in groq.notice(many)
