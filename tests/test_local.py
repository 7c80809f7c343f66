from __future__ import annotations

import pytest

from vlm_notebook.models.catalog import ModelCard, cards
from vlm_notebook.models.local import MAX_QUESTIONS, Inquiry, inquiries, told

OLLAMA = {"data": [{"id": "llava:7b", "object": "model", "created": 1, "owned_by": "library"}]}
LM_STUDIO = {"data": [{"id": "qwen2-vl-7b-instruct", "owned_by": "organization_owner"}]}
LLAMA_CPP = {
    "models": [{"name": "m.gguf", "model": "m.gguf", "details": {"format": "gguf"}}],
    "data": [{"id": "m.gguf", "owned_by": "llamacpp", "meta": {"n_vocab": 9, "n_ctx": 4096}}],
}
LITELLM = {"data": [{"id": "alias", "created": 1677610602, "owned_by": "openai"}]}
OPENAI = {"data": [{"id": "gpt-4o", "created": 1715367049, "owned_by": "system"}]}
SHOW = Inquiry("/api/show", "llava:7b")


def only(payload):
    (card,) = cards(payload)
    return card


@pytest.mark.parametrize(
    ("payload", "asked"),
    [
        (OLLAMA, (SHOW,)),
        (LM_STUDIO, (Inquiry("/api/v0/models"),)),
        ({"data": LLAMA_CPP["data"]}, (Inquiry("/props"),)),
        (LITELLM, (Inquiry("/model/info"),)),
        (OPENAI, ()),
        ([], ()),
        (["gpt-4o"], ()),
    ],
)
def test_a_server_is_known_by_its_list(payload, asked):
    assert inquiries(cards(payload)) == asked


def test_nothing_is_asked_about_models_that_the_list_tells_of():
    listed = {"data": [{**OLLAMA["data"][0], "capabilities": ["vision"]}]}
    assert inquiries(cards(listed)) == ()


def test_a_llama_cpp_of_several_models_is_not_asked_for_the_one():
    assert inquiries([*cards({"data": LLAMA_CPP["data"]}), ModelCard("other")]) == ()


def test_ollama_with_very_many_models_is_asked_for_the_first():
    listed = [{"id": f"m{number}", "owned_by": "library"} for number in range(MAX_QUESTIONS + 9)]
    assert len(inquiries(cards(listed))) == MAX_QUESTIONS


def test_ollama_tells_vision_and_context():
    answer = {
        "license": "long",
        "capabilities": ["completion", "vision"],
        "model_info": {"general.architecture": "llama", "llama.context_length": 32768},
    }
    card = told(only(OLLAMA), SHOW, answer)
    assert (card.id, card.vision, card.context) == ("llava:7b", True, 32768)
    assert card.reason == "/api/show: capabilities"
    assert "license" not in card.raw


@pytest.mark.parametrize(
    ("answer", "vision"),
    [
        ({"capabilities": ["completion"]}, False),
        ({"details": {"families": ["llama", "clip"]}}, True),
        ({"projector_info": {"clip.has_vision_encoder": True}}, True),
        ({"details": {"families": ["llama"]}}, False),
        ({"details": {"families": None}, "model_info": []}, False),
        ({"details": {"families": [["x"]]}}, False),
    ],
)
def test_ollama_of_any_age_tells_vision(answer, vision):
    assert told(only(OLLAMA), SHOW, answer).vision is vision


@pytest.mark.parametrize(("kind", "vision"), [("vlm", True), ("llm", False), ("embeddings", False)])
def test_lm_studio_tells_the_type(kind, vision):
    entry = {"id": "qwen2-vl-7b-instruct", "type": kind, "max_context_length": 32768}
    card = told(only(LM_STUDIO), Inquiry("/api/v0/models"), {"object": "list", "data": [entry]})
    assert (card.vision, card.context) == (vision, 32768)
    assert card.reason == "/api/v0/models: type"


def test_llama_cpp_tells_modalities_and_the_context_it_runs_with():
    answer = {"modalities": {"vision": True}, "default_generation_settings": {"n_ctx": 8192}}
    card = told(only({"data": LLAMA_CPP["data"]}), Inquiry("/props"), answer)
    assert (card.vision, card.context) == (True, 8192)


def test_litellm_tells_vision_and_prices_by_the_alias():
    info = {
        "supports_vision": True,
        "input_cost_per_token": 2.5e-06,
        "output_cost_per_token": 1e-05,
        "max_input_tokens": 128000,
    }
    answer = {"data": [{"model_name": "alias", "litellm_params": {}, "model_info": info}]}
    card = told(only(LITELLM), Inquiry("/model/info"), answer)
    assert (card.id, card.vision, card.context) == ("alias", True, 128000)
    assert (card.input_price, card.output_price) == (2.5, 10.0)


@pytest.mark.parametrize("answer", [None, [], {}, "x", 5, {"data": 5}, {"modalities": 5}])
@pytest.mark.parametrize("path", ["/props", "/api/v0/models", "/model/info"])
def test_what_is_no_answer_leaves_vision_unknown(path, answer):
    card = told(only(LITELLM), Inquiry(path), answer)
    assert card.vision is None
    assert card.reason == f"{path} does not say"


def test_an_answer_about_another_model_changes_nothing():
    card = ModelCard("other")
    assert told(card, SHOW, {"capabilities": ["vision"]}) is card


def test_what_the_list_says_stays():
    card = ModelCard("llava:7b", vision=False, reason="features")
    assert told(card, SHOW, {"capabilities": ["vision"]}) is card
