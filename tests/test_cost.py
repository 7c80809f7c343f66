from __future__ import annotations

import doctest
import sys
import types
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlm_notebook.chat.delta import Usage
from vlm_notebook.models import cost as costs
from vlm_notebook.models.catalog import ModelCard
from vlm_notebook.models.cost import Price, cost, money, predicted, price
from vlm_notebook.models.tokens import estimate

CARD = ModelCard("qwen/qwen2.5-vl-72b-instruct", input_price=0.8, output_price=0.8)
COUNTS = st.integers(0, 10**7)


@pytest.fixture
def no_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "genai_prices", None)


def test_a_call_costs_what_the_endpoint_lists():
    assert cost(Usage(1236, 100), CARD) == Decimal("0.0010688")


def test_a_prediction_counts_pictures_what_encloses_them_the_text_and_the_answer():
    pictures = estimate([(1024, 1024)], model=CARD.id)
    expected = Decimal("0.8") * (1369 + 2 + 10 + 50) / 1_000_000
    assert predicted(pictures, 10, CARD, completion_tokens=50) == expected
    assert pictures.priced(expected).cost == expected
    assert pictures.cost is None


@given(COUNTS, COUNTS, st.decimals(0, 1000, places=6), st.decimals(0, 1000, places=6))
def test_money_is_counted_exactly(sent, written, read_price, written_price):
    paid = Price(read_price, written_price).of(sent, written)
    assert paid * 1_000_000 == sent * read_price + written * written_price


@pytest.mark.parametrize(
    "card",
    [
        None,
        "",
        "nobodys/model-1",
        ModelCard("nobodys/model-1"),
        ModelCard("nobodys/model-1", input_price=0.0, output_price=0.0),
        ModelCard(
            "nobodys/model-1",
            input_price=0.0,
            output_price=0.0,
            raw={"input_token_price_per_m": 0, "output_token_price_per_m": 0},
        ),
    ],
)
def test_what_is_not_known_is_none_and_never_0(card):
    assert cost(Usage(1000, 10), card) is None
    assert predicted(estimate([(640, 480)], model="gpt-4o"), 10, card) is None
    assert money(cost(Usage(1000, 10), card)) == "unknown"


def test_half_a_price_is_enough_for_what_it_prices(no_package):
    card = ModelCard("nobodys/model-1", input_price=2.0)
    assert predicted(estimate([(512, 512)], model="gpt-4o"), 0, card) == Decimal("0.00051")
    assert cost(Usage(1000, 10), card) is None
    assert cost(Usage(1000, 0), card) == Decimal("0.002")


@pytest.mark.parametrize(
    "card",
    [
        ModelCard("embedded"),
        "embedded",
        "qwen/qwen2.5-vl-7b-instruct:free",
        ModelCard.of_json({"id": "a/b", "pricing": {"prompt": "0", "completion": "0"}}),
    ],
)
def test_what_is_said_to_be_free_costs_0(card):
    assert cost(Usage(1000, 10), card) == 0
    assert money(cost(Usage(1000, 10), card)) == "$0"


def test_without_the_package_a_model_that_lists_no_price_has_none(no_package):
    assert price("gpt-4o") is None
    assert price(ModelCard("gpt-4o")) is None


def test_the_package_knows_what_the_list_does_not_say():
    pytest.importorskip("genai_prices")
    found = price(ModelCard("gpt-4o"), base_url="https://api.openai.com/v1")
    assert (found.input, found.output) == (Decimal("2.5"), Decimal(10))
    assert price("openai/gpt-4o") == found
    assert "genai-prices" in found.source


def test_the_package_prices_the_first_step_of_a_rising_price():
    pytest.importorskip("genai_prices")
    assert price("gemini-2.5-pro").input == Decimal("1.25")


def test_the_package_is_not_asked_for_another_endpoints_price():
    pytest.importorskip("genai_prices")
    assert price("gpt-4o", base_url="http://127.0.0.1:8000/v1") is None
    assert price("nobodys/model-1") is None


def test_a_package_of_another_shape_leaves_the_price_unknown(monkeypatch):
    monkeypatch.setitem(sys.modules, "genai_prices", types.ModuleType("genai_prices"))
    assert price("gpt-4o") is None


def test_the_endpoints_own_list_comes_before_the_package():
    own = ModelCard("gpt-4o", input_price=3.0, output_price=12.0)
    assert price(own).input == 3


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (None, "unknown"),
        (0, "$0"),
        (Decimal("0.0030625"), "$0.0031"),
        (0.0030625, "$0.0031"),
        (Decimal("0.00038"), "$0.00038"),
        (Decimal("0.01"), "$0.010"),
        (Decimal("0.125"), "$0.13"),
        (Decimal("12.345"), "$12.35"),
        (Decimal("0.00000001"), "under $0.0000001"),
        (1234, "$1234.00"),
    ],
)
def test_an_amount_is_said_in_few_digits_that_count(amount, words):
    assert money(amount) == words


def test_another_currency_has_its_own_sign():
    assert money(Decimal("1.5"), "CNY") == "¥1.50"
    assert money(Decimal("1.5"), "CHF") == "CHF 1.50"


def test_the_examples_run():
    assert doctest.testmod(costs).failed == 0
