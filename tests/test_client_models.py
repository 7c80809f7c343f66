"""The models that a client lists."""

from __future__ import annotations

import pytest
from asking import ask, keyed

pytestmark = pytest.mark.usefixtures("no_environment")


@pytest.fixture
def client(server):
    return keyed(server)


MIXED = [
    {"id": "a/yes", "features": ["vision"]},
    {"id": "b/no-vl", "features": ["chat"]},
    {"id": "c/guess-vl"},
    {"id": "d/unknown"},
]


@pytest.mark.parametrize("payload", [{"data": MIXED}, {"models": MIXED}, MIXED])
def test_models_with_vision_are_listed_and_the_rest_on_request(client, server, payload):
    server.models = payload
    assert [card.id for card in client.models()] == ["a/yes", "c/guess-vl"]
    listed = client.models(vision_only=False)
    assert [card.vision for card in listed] == [True, False, None, None]


def test_where_nothing_is_known_the_unknown_are_listed(client, server):
    server.models = {"data": [{"id": "my-model"}, {"id": "plain", "features": []}]}
    assert [card.id for card in client.models()] == ["my-model"]


def test_the_list_of_models_is_kept_until_it_is_to_be_read_again(client, server):
    assert [card.id for card in client.models()] == ["some/model-vl"]
    server.models = {"data": []}
    assert [card.id for card in client.models()] == ["some/model-vl"]
    assert client.models(refresh=True) == []


def test_a_model_that_is_not_listed_answers_all_the_same(client, server):
    assert "not/listed" not in {card.id for card in client.models(vision_only=False)}
    assert ask(client, model="not/listed").text == "Hello there."
    assert server.requests[0]["model"] == "not/listed"


def test_four_hundred_models_are_listed(client, server):
    entries = [{"id": f"maker/model-{at}", "features": ["vision"] * (at % 2)} for at in range(400)]
    server.models = {"data": entries}
    assert len(client.models()) == 200
    assert len(client.models(vision_only=False)) == 400
