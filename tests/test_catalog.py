from __future__ import annotations

import pytest

from vlm_notebook.models.catalog import ModelCard, cards


def card(**entry):
    return ModelCard.of_json({"id": "some/model", **entry})


ENTRY = {"id": "a"}


@pytest.mark.parametrize(
    "payload",
    [{"data": [ENTRY]}, {"models": [ENTRY]}, [ENTRY], {"data": None, "models": [ENTRY]}],
)
def test_each_shape_of_list_is_read(payload):
    assert [found.id for found in cards(payload)] == ["a"]


@pytest.mark.parametrize(
    "payload", [{}, [], {"data": 5}, {"data": {}}, [5, None, " "], [{}], "x", None, 7]
)
def test_what_lists_nothing_is_empty(payload):
    assert cards(payload) == []


@pytest.mark.parametrize("key", ["id", "key", "name", "model", "model_name"])
def test_the_id_goes_by_several_names(key):
    assert ModelCard.of_json({key: "x", "type": "model"}).id == "x"


def test_an_entry_whose_first_name_is_no_text_takes_the_next():
    assert ModelCard.of_json({"id": 7, "name": "x"}).id == "x"


SAYS = [
    ({"features": ["function-calling", "vision"]}, True),
    ({"features": ["function-calling"]}, False),
    ({"features": ["serverless"], "input_modalities": ["text", "image"]}, True),
    ({"input_modalities": ["text"]}, False),
    ({"architecture": {"input_modalities": ["text", "image"]}}, True),
    ({"architecture": {"input_modalities": ["text"]}}, False),
    ({"capabilities": {"vision": True, "completion_chat": True}}, True),
    ({"capabilities": {"vision": False}}, False),
    ({"type": "vlm", "capabilities": ["tool_use"]}, True),
    ({"type": "llm", "capabilities": {"vision": True}}, True),
    ({"type": "llm"}, False),
    ({"type": "embeddings"}, False),
    ({"type": "chat"}, None),
    ({"capabilities": ["completion", "vision"]}, True),
    ({"capabilities": ["completion", "multimodal"]}, True),
    ({"capabilities": ["completion"]}, False),
    ({"modalities": {"vision": True}}, True),
    ({"model_info": {"supports_vision": True}}, True),
    ({"model_info": {"supports_vision": None}}, None),
    ({"object": "model", "owned_by": "x"}, None),
    ({"features": None, "capabilities": "odd", "type": None}, None),
    ({"supported_input_modalities": ["text", "image"], "capabilities": ["streaming"]}, True),
    ({"capabilities": {"image_input": {"supported": True}}}, True),
    ({"capabilities": {"image_input": {"supported": False}}}, False),
    ({"supports_image_input": True}, True),
    ({"supports_vision": False}, False),
    ({"metadata": {"tags": ["prompt_cache", "vision"]}}, True),
    ({"metadata": {"tags": ["prompt_cache"]}}, None),
    ({"metadata": None, "tags": []}, None),
    ({"tags": ["vision", "tool-use"]}, True),
    ({"model_type": "chat"}, None),
    ({"model_type": "embedding"}, False),
    ({"features": [["vision"]]}, False),
]


@pytest.mark.parametrize(("entry", "vision"), SAYS, ids=range(len(SAYS)))
def test_each_provider_says_vision_in_its_own_way(entry, vision):
    assert card(**entry).vision is vision


def test_a_card_tells_by_which_field_it_knows():
    assert card(features=["vision"]).reason == "features"
    assert card().reason == "the endpoint does not say"


def test_llama_cpp_lists_a_model_twice_and_the_list_that_says_more_counts():
    payload = {
        "models": [{"name": "m", "model": "m", "capabilities": ["completion", "multimodal"]}],
        "data": [{"id": "m", "object": "model"}],
    }
    assert [(found.id, found.vision) for found in cards(payload)] == [("m", True)]


@pytest.mark.parametrize(
    "name",
    [
        "qwen/qwen2.5-vl-72b-instruct",
        "deepseek-vl2",
        "gpt-4o-mini",
        "openai/gpt-4.1",
        "llama-3.2-11b-vision",
        "phi-4-multimodal-instruct",
        "zai-org/glm-4.5v",
    ],
)
def test_where_the_endpoint_does_not_say_a_name_may_suggest_it(name):
    found = card(id=name)
    assert found.vision is None
    assert found.likely_vision


@pytest.mark.parametrize("name", ["gpt-3.5-turbo", "qwen3-32b", "whisper-1", "text-embedding-3"])
def test_other_names_suggest_nothing(name):
    assert not card(id=name).likely_vision


def test_what_the_endpoint_says_counts_more_than_a_name():
    assert not card(id="gpt-4o", features=["chat"]).likely_vision


@pytest.mark.parametrize(
    "key", ["context_size", "context_length", "max_context_length", "max_model_len"]
)
def test_the_context_goes_by_several_names(key):
    assert card(**{key: 8192}).context == 8192


@pytest.mark.parametrize(
    "entry",
    [
        {"context_window": 8192},
        {"limits": {"max_input_tokens": 8192}},
        {"metadata": {"context_length": 8192}},
        {"model_info": {"max_input_tokens": 8192}},
        {"meta": {"n_ctx": 8192, "n_ctx_train": 131072}},
        {"context_length": "8192"},
        {"context_length": 0, "max_model_len": 8192},
    ],
)
def test_the_context_is_found_where_each_provider_puts_it(entry):
    assert card(**entry).context == 8192


def test_an_odd_context_is_unknown():
    assert card(context_size="much", context_length=True, max_model_len=-1).context is None


@pytest.mark.parametrize(
    "entry",
    [
        {"max_output_tokens": 4096},
        {"max_completion_tokens": 4096},
        {"top_provider": {"max_completion_tokens": 4096}},
        {"model_info": {"max_output_tokens": 4096}},
        {"metadata": {"max_tokens": 4096}},
    ],
)
def test_so_is_the_longest_answer(entry):
    assert card(**entry).max_output == 4096


@pytest.mark.parametrize(
    ("entry", "live"),
    [
        ({}, True),
        ({"context_size": 8192, "status": 1}, True),
        ({"context_size": 8192, "status": 2}, False),
        ({"input_token_price_per_m": 3900, "status": 0}, False),
        ({"status": 0}, True),
        ({"status": {"value": "unloaded"}}, True),
        ({"active": False}, False),
    ],
)
def test_a_model_that_is_not_live_is_not_offered(entry, live):
    found = card(features=["vision"], **entry)
    assert (found.live, found.likely_vision) == (live, live)


@pytest.mark.parametrize("name", ["gemini-embedding-001", "gpt-4o-transcribe", "gpt-5-image-gen"])
def test_a_family_name_suggests_nothing_for_what_answers_no_questions(name):
    assert not card(id=name).likely_vision


def test_a_list_of_ids_alone_is_read():
    assert [found.id for found in cards(["a", " b ", "a"])] == ["a", "b"]


def test_the_ids_of_google_stay_as_requests_name_them():
    entry = {"id": "models/gemini-2.5-flash", "object": "model", "owned_by": "google"}
    (found,) = cards({"object": "list", "data": [entry]})
    assert found.id == "models/gemini-2.5-flash"
    assert found.likely_vision


def test_a_list_of_four_hundred_models_keeps_each_once_and_in_order():
    entries = [
        {"id": f"maker/model-{number}", "features": ["vision"] * (number % 2), "context_size": 8192}
        for number in range(400)
    ]
    found = cards({"data": [*entries, *entries]})
    assert [one.id for one in found] == [entry["id"] for entry in entries]
    assert sum(one.likely_vision for one in found) == 200


def test_the_endpoints_own_entry_is_kept_out_of_the_repr():
    found = card(features=["vision"], secret="hidden")
    assert found.raw["secret"] == "hidden"
    assert "hidden" not in repr(found)
