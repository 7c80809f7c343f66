"""A client of the embedded model."""

from __future__ import annotations

import threading

import pytest
from asking import RED, ask

from vlm_notebook.client import Client
from vlm_notebook.errors import StatusError
from vlm_notebook.images import samples

pytestmark = pytest.mark.usefixtures("no_environment")


def test_the_embedded_model_measures_and_counts_its_words(embedded):
    told = ask(embedded, "What size is it?", RED)
    assert "64" in told.text
    assert told.finish_reason == "stop"
    assert not told.usage.estimated
    assert told.usage.completion_tokens > 0
    assert told.usage.image_tokens == 0


@pytest.fixture(scope="module")
def embedded():
    return Client(model="embedded")


def test_the_embedded_model_describes_a_sample(embedded):
    told = embedded.describe(samples.path("cat"), show=False)
    assert "cat" in told.text.lower()
    assert told.finish_reason == "stop"


def test_the_embedded_model_says_the_same_each_time(embedded):
    first, second = (ask(embedded, "Which colours?", RED) for _ in range(2))
    assert first == second
    assert "red" in first.text.lower()


def test_the_embedded_model_follows_up(embedded):
    first = ask(embedded, "What size is it?", RED)
    assert "red" in first.ask("Which colours?", show=False).text.lower()


def test_another_model_without_an_endpoint_is_refused_with_the_remedy(embedded):
    with pytest.raises(StatusError, match=r"vlm\.connect\(base_url, api_key\)") as caught:
        ask(embedded, model="gpt-4o")
    assert caught.value.status == 404
    assert "the embedded model" in str(caught.value)


def test_the_embedded_model_is_in_its_own_list(embedded):
    assert [(card.id, card.vision) for card in embedded.models()] == [("embedded", True)]


def test_the_embedded_model_can_be_stopped(embedded):
    arrived = threading.Event()
    question = embedded.question("What size is it?", RED, pace=1)
    submission = embedded.start(question, lambda _: arrived.set())
    assert arrived.wait(10)
    submission.cancel()
    assert submission.result(5).finish_reason == "cancelled"


def test_only_the_embedded_model_is_sent_a_pace(server):
    client = Client(server.base_url, "k", model="m")
    assert client.question("Hi", pace=20).request.options == ()
    assert Client(model="embedded").question("Hi", pace=20).request.options == (("pace", 20),)
