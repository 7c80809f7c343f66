from __future__ import annotations

import threading
from decimal import Decimal

import pytest
from model_server import Reply, answer, chunk, events, refusal, running, slow
from PIL import Image

from vlm_notebook.client import Client
from vlm_notebook.errors import BudgetError, EndpointError, StreamError, VlmError
from vlm_notebook.widgets.playground import playground

MODEL = "gpt-4o"
RED = Image.new("RGB", (64, 48), "red")
USAGE = {"prompt_tokens": 100, "completion_tokens": 10}
COST = Decimal("0.0002") + Decimal("0.0001")
PRICED = {"data": [{"id": MODEL, "pricing": {"prompt": "0.000002", "completion": "0.00001"}}]}
PREDICTED = 255 + 3  # a tile and the base of gpt-4o, and "What is it?" at 4 characters a token


@pytest.fixture
def server():
    with running() as made:
        made.models = PRICED
        made.says(Reply(answer("Red.", usage=USAGE)))
        yield made


def connected(server, **options):
    client = Client(server.base_url, model=MODEL, max_retries=0, **options)
    client.models(vision_only=False)
    return client


def ask(client, *images, **options):
    return client.ask("What is it?", *(images or (RED,)), show=False, **options)


def test_an_answer_costs_what_was_billed_at_the_endpoints_price(server):
    client = connected(server)
    told = ask(client)
    assert told.cost == pytest.approx(float(COST))
    assert client.spent == COST
    assert "$0.00030" in told.card().facts


def test_without_a_list_of_prices_no_cost_is_known(server):
    client = Client(server.base_url, model="some/model")
    told = ask(client)
    assert told.cost is None
    assert client.spent == 0


def test_without_usage_no_cost_is_claimed_but_the_account_counts_one(server):
    server.says(Reply(answer("Red.")))
    client = connected(server)
    assert ask(client).cost is None
    assert client.spent == PREDICTED * Decimal("0.000002") + Decimal("0.00001")


def test_the_prediction_stands_beside_what_was_billed(server):
    told = ask(connected(server))
    assert told.predicted_tokens == PREDICTED
    assert f"{PREDICTED} tokens predicted, 100 billed" in told.card().facts
    assert told.to_dict()["predicted_tokens"] == PREDICTED


@pytest.mark.parametrize("how", ["no picture", "no rule", "no usage"])
def test_where_there_is_nothing_to_compare_nothing_is_said(server, how):
    client = connected(server)
    if how == "no picture":
        told = client.ask("What is it?", show=False)
    elif how == "no rule":
        told = ask(client, model="some/model")
    else:
        server.says(Reply(answer("Red.")))
        told = ask(client)
    assert "predicted" not in told.card().html()


def test_predictions_follow_what_the_endpoint_bills(server):
    client = connected(server)
    server.says(Reply(answer("Red.", usage={**USAGE, "prompt_tokens": 2 * PREDICTED})))
    predicted = [ask(client).predicted_tokens for _ in range(4)]
    assert predicted == [PREDICTED, PREDICTED, PREDICTED, 2 * PREDICTED]
    assert ask(client, model="gpt-4o-2024-08-06").predicted_tokens == PREDICTED


def test_a_model_without_a_rule_is_predicted_once_its_bills_are_known(server):
    client = connected(server)
    server.says(Reply(answer("Red.", usage={**USAGE, "prompt_tokens": 40})))
    predicted = [ask(client, model="some/model").predicted_tokens for _ in range(4)]
    assert predicted[:3] == [None] * 3
    assert predicted[3] == 40


def test_a_call_that_would_pass_the_budget_is_not_sent(server):
    client = connected(server, budget=0.0005)
    with pytest.raises(BudgetError, match=r"about \$0\.00052, and \$0 of the budget of \$0\.0005"):
        ask(client)
    assert server.requests == []
    assert client.ask("Hello?", show=False).text == "Red."


def test_the_budget_counts_what_was_billed_before(server):
    client = connected(server, budget=0.0006)
    ask(client)
    with pytest.raises(BudgetError, match=r"\$0\.00030 of the budget"):
        ask(client)
    assert len(server.requests) == 1


def test_the_longest_answer_counts_where_a_limit_is_given(server):
    client = connected(server, budget=0.001)
    with pytest.raises(BudgetError):
        ask(client, max_tokens=100)
    assert ask(client, max_tokens=10).text == "Red."


def test_calls_under_way_count(server):
    server.says(slow(events(chunk("Re"), done=False)))
    client = connected(server, budget=0.0006)
    begun = threading.Event()
    with client.start(client.question("What is it?", RED), lambda _: begun.set()) as submission:
        assert begun.wait(10)
        with pytest.raises(BudgetError):
            client.submit("What is it?", RED)
        submission.cancel()
        submission.settle()
    assert 0 < client.spent < Decimal("0.0006")


def test_a_refused_call_costs_nothing(server):
    server.says(refusal(400, "no"))
    client = connected(server, budget=0.0006)
    for _ in range(3):
        with pytest.raises(EndpointError):
            ask(client)
    assert client.spent == 0


def test_a_call_that_breaks_off_counts_as_predicted(server):
    server.says(Reply(events(chunk("Re"), done=False)))
    client = connected(server)
    with pytest.raises(StreamError):
        ask(client)
    assert client.spent > PREDICTED * Decimal("0.000002")


def test_an_unknown_price_is_said_once_and_let_through(server):
    client = Client(server.base_url, model="some/model", budget=0)
    first, second = ask(client), ask(client)
    assert first.notes == ("The price of some/model is not known: the budget does not count it.",)
    assert second.notes == ()


def test_a_budget_leaves_a_card_that_says_so(server, capsys):
    client = connected(server, budget=0)
    with pytest.raises(BudgetError):
        client.ask("What is it?", RED)
    assert "budget" in capsys.readouterr().out


def test_the_embedded_model_has_neither_price_nor_prediction():
    told = Client(model="embedded", budget=0).ask("What is it?", RED, show=False)
    assert (told.cost, told.predicted_tokens, told.notes) == (None, None, ())
    assert len(told.card().facts) == 4


@pytest.mark.parametrize("budget", [-1, float("nan"), float("inf"), "1", [1]])
def test_a_budget_is_an_amount(budget):
    with pytest.raises(VlmError, match="amount of money"):
        Client(budget=budget)


def test_a_budget_leaves_no_card_waiting_in_the_playground(server):
    widget = playground(RED, client=connected(server, budget=0))
    widget.prompt.value = "What is it?"
    widget.ask()
    widget._submission.result(20)
    (view,) = widget.thread.children
    assert view.live.ended
    assert "budget" in view.live.foot
    assert not widget.prompt.busy


YUAN = {
    "data": [
        {"id": MODEL, "pricing": {"prompt": "0.000002", "completion": "0.00001", "currency": "CNY"}}
    ]
}


def test_a_bill_in_yuan_is_shown_in_yuan_everywhere(server):
    server.models = YUAN
    client = connected(server, budget=0.0006)
    told = ask(client)
    assert (told.cost, told.currency) == (pytest.approx(float(COST)), "CNY")
    assert "¥0.00030" in told.card().facts
    assert told.to_dict()["currency"] == "CNY"
    assert client.status().paid == "¥0.00030 of ¥0.00060"
    with pytest.raises(BudgetError, match=r"¥0\.00030 of the budget of ¥0\.00060"):
        ask(client)
    assert "¥" in str(client.probe(dry=True, show=False).plan)


def test_amounts_of_two_currencies_are_never_added_up(server):
    dollars, yuan = PRICED["data"][0], {**YUAN["data"][0], "id": "other"}
    server.models = {"data": [dollars, yuan]}
    client = connected(server, budget=1)
    ask(client)
    told = ask(client, model="other")
    assert told.cost is None
    assert "The price of other is not known: the budget does not count it." in told.notes
    assert (client.spent, client.status().currency) == (COST, "USD")


def test_the_currency_stays_once_something_was_spent(server):
    client = connected(server)
    ask(client)
    server.models = YUAN
    client.models(vision_only=False, refresh=True)
    assert ask(client).cost is None
    assert (client.spent, client.status().currency) == (COST, "USD")


def test_a_host_that_bills_in_yuan_has_a_budget_in_yuan():
    client = Client("https://api.ppinfra.com/v3/openai", "key", model="m", budget=5)
    assert client.status().paid == "¥0 of ¥5.00"
