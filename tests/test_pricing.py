from __future__ import annotations

import pytest

from vlm_notebook.models.catalog import ModelCard
from vlm_notebook.models.cost import price
from vlm_notebook.models.pricing import currency, of_entry

TOLD = {
    "OpenRouter": ({"pricing": {"prompt": "0.00000015", "completion": "0.0000006"}}, (0.15, 0.6)),
    "OpenRouter, free": ({"pricing": {"prompt": "0", "completion": "0"}}, (0.0, 0.0)),
    "OpenRouter, varying": ({"pricing": {"prompt": "-1", "completion": "-1"}}, (None, None)),
    "Together": ({"pricing": {"hourly": 0, "input": 0.18, "output": 0.59}}, (0.18, 0.59)),
    "Together, not told": ({"pricing": {"hourly": 0, "input": 0, "output": 0}}, (None, None)),
    "Vercel": ({"pricing": {"input": "0.0000025", "output": "0.00001"}}, (2.5, 10.0)),
    "DeepInfra": (
        {"metadata": {"pricing": {"input_tokens": 0.04, "output_tokens": 0.1}}},
        (0.04, 0.1),
    ),
    "LiteLLM": (
        {"model_info": {"input_cost_per_token": 2.5e-06, "output_cost_per_token": 1e-05}},
        (2.5, 10.0),
    ),
    "LiteLLM, not told": (
        {"model_info": {"input_cost_per_token": 0, "output_cost_per_token": 0}},
        (None, None),
    ),
    "novita": ({"input_token_price_per_m": 3900, "output_token_price_per_m": 5800}, (0.39, 0.58)),
    "novita, as text": (
        {"input_token_price_per_m": "2690", "output_token_price_per_m": 4000},
        (0.269, 0.4),
    ),
    "novita, newer": (
        {"pricing": {"prompt": {"price_per_m": 3900}, "completion": {"price_per_m": 5800}}},
        (0.39, 0.58),
    ),
    "in another unit": (
        {"input_token_price_per_m": 0.39, "output_token_price_per_m": 3},
        (None, None),
    ),
    "none": ({}, (None, None)),
}


@pytest.mark.parametrize(("entry", "prices"), TOLD.values(), ids=TOLD)
def test_each_provider_tells_prices_in_its_own_unit(entry, prices):
    assert of_entry(entry) == prices


@pytest.mark.parametrize(
    "value", ["-1", "free", None, [], {}, "nan", "inf", True, 10**400, "0.5", -3]
)
def test_an_odd_price_of_a_token_is_unknown(value):
    assert of_entry({"pricing": {"prompt": value, "completion": value}}) == (None, None)


@pytest.mark.parametrize("odd", [None, 5, "x", [], {"prompt": {}}, {"prompt": {"price_per_m": []}}])
def test_an_odd_table_of_prices_tells_nothing(odd):
    entry = {"pricing": odd, "metadata": odd, "model_info": odd}
    assert of_entry(entry) == (None, None)


@pytest.mark.parametrize(
    ("entry", "free"),
    [
        ({"pricing": {"prompt": "0", "completion": "0"}}, True),
        ({"pricing": {"input": 0, "output": 0}}, False),
        ({"input_token_price_per_m": 0, "output_token_price_per_m": 0}, False),
    ],
)
def test_only_a_price_that_says_so_is_free(entry, free):
    known = price(ModelCard.of_json({"id": "some/unheard-of", **entry}))
    assert (known is not None and known.input == 0) is free


def test_the_unlisted_price_leaves_the_entry_to_be_read():
    assert (
        ModelCard.of_json({"id": "m", "input_token_price_per_m": 3}).raw["input_token_price_per_m"]
        == 3
    )


@pytest.mark.parametrize(
    ("base_url", "told"),
    [
        ("https://api.ppinfra.com/v3/openai", "CNY"),
        ("https://api.ppio.com/openai/v1", "CNY"),
        ("https://API.PPIO.CN/openai", "CNY"),
        ("https://api.novita.ai/v3/openai", "USD"),
        ("https://notppio.com/v1", "USD"),
        ("https://ppio.com.example.org/v1", "USD"),
        ("http://[::1", "USD"),
        (None, "USD"),
    ],
)
def test_the_currency_is_that_of_the_host(base_url, told):
    assert currency(base_url=base_url) == told


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"currency": "eur"}, "EUR"),
        ({"pricing": {"currency": "CNY", "input": 1}}, "CNY"),
        ({"currency": "yuan"}, "USD"),
        ({"currency": ["CNY"]}, "USD"),
        ({"pricing": []}, "USD"),
    ],
)
def test_a_list_may_name_the_currency_itself(entry, told):
    assert currency(entry) == told


def test_the_price_of_a_chinese_host_is_in_yuan_and_another_s_of_the_same_numbers_in_dollars():
    card = ModelCard.of_json({"id": "some/model", "input_token_price_per_m": 10_000})
    known = price(card, base_url="https://api.ppinfra.com/v3/openai")
    assert (known.input, known.currency) == (1, "CNY")
    assert price(card, base_url="https://api.novita.ai/v3").currency == "USD"


def test_an_unknown_price_stays_unknown_whatever_the_currency():
    card = ModelCard.of_json({"id": "some/unheard-of", "input_token_price_per_m": 0})
    assert price(card, base_url="https://api.ppinfra.com/v3/openai") is None
