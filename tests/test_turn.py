from __future__ import annotations

import pickle
from decimal import Decimal

from model_server import Reply, answer
from PIL import Image

from vlm_notebook.client import Client
from vlm_notebook.images.prepare import prepare

RED, BLUE, GREEN = (prepare(Image.new("RGB", (8, 6), c)) for c in ("red", "blue", "green"))
PRICED = {"data": [{"id": "gpt-4o", "pricing": {"prompt": "0.000002", "completion": "0.00001"}}]}


def priced(server, **options):
    server.models = PRICED
    client = Client(server.base_url, model="gpt-4o", max_retries=0, **options)
    client.models(vision_only=False)
    return client


def test_the_price_of_the_next_turn_is_known_before_it_is_asked(server):
    told = priced(server).ask("What is it?", RED, show=False)
    turn = told.next_turn
    assert (turn.tokens, turn.images) == (255 + 6, 1)
    assert turn.cost == turn.tokens * Decimal("0.000002")
    assert repr(turn) == "Turn(261 tokens, about $0.00052)"
    assert len(server.requests) == 1


def test_the_next_turn_counts_the_pictures_that_the_policy_sends(server):
    client = priced(server)
    told = client.ask("What is it?", RED, show=False).ask("And this?", BLUE, show=False)
    assert told.next_turn.images == 2
    assert client.next_turn(told, keep_images=1).images == 1
    assert client.next_turn(told, "And?", GREEN, RED).images == 3
    assert client.next_turn(told, "And?", keep_images=0).tokens < 60


def test_the_next_turn_is_what_the_next_turn_is_predicted_to_take(server):
    usage = {"prompt_tokens": 300, "completion_tokens": 1}
    server.says(Reply(answer("Red.", usage=usage)))
    client = priced(server)
    told = client.ask("What is it?", RED, show=False)
    turn = client.next_turn(told, "And this?", BLUE)
    assert told.ask("And this?", BLUE, show=False).predicted_tokens == turn.tokens


def test_without_a_price_the_tokens_are_told_all_the_same(server):
    told = Client(server.base_url, model="m").ask("What is it?", show=False)
    assert told.next_turn.cost is None
    assert repr(told.next_turn).endswith("tokens, price unknown)")


def test_the_embedded_models_next_turn_is_free():
    told = Client(model="embedded").ask("Hello!", show=False)
    assert repr(told.next_turn).endswith("tokens, free)")


def test_an_answer_without_a_client_knows_what_its_conversation_takes(server):
    told = pickle.loads(pickle.dumps(priced(server).ask("What is it?", RED, show=False)))
    assert (told.next_turn.tokens, told.next_turn.images) == (261, 1)
