from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from model_server import Reply, answer, refusal

from vlm_notebook.chat import probe as probes
from vlm_notebook.chat.digit import pictures
from vlm_notebook.chat.engine import engine
from vlm_notebook.client import Client
from vlm_notebook.errors import AuthError, BudgetError, ModelError, StatusError

USAGE = {"prompt_tokens": 90, "completion_tokens": 3}
SEES = Reply(answer("Four, green", usage=USAGE))
SEES_BOTH = Reply(answer("Green and blue.", usage=USAGE))
NO_DETAIL = refusal(422, "extra field: image_url.detail is not permitted")
NO_PICTURES = refusal(400, "this model does not support image input")


@pytest.fixture
def client(server):
    return Client(server.base_url, "sk-0123456789abcdef", model="some/model-vl", timeout_s=10)


def said(probe):
    return [
        finding.says
        for finding in (probe.vision, probe.detail, probe.several, probe.url, probe.usage)
    ]


def probed(client, **options):
    return client.probe(show=False, **options)


def test_a_model_that_sees_is_found_to(client, server):
    server.says(SEES, SEES_BOTH)
    assert said(probed(client)) == [True, True, True, None, True]
    assert len(server.requests) == 2


def test_the_pictures_travel_inline_and_small(client, server):
    server.says(SEES, SEES_BOTH)
    probed(client)
    parts = server.requests[1]["messages"][0]["content"]
    urls = [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]
    assert len(urls) == 2
    assert all(url.startswith("data:image/") and len(url) < 5000 for url in urls)


def test_a_refused_detail_is_told_from_refused_pictures(client, server):
    server.says(NO_DETAIL, SEES, SEES_BOTH)
    assert said(probed(client)) == [True, False, True, None, True]
    assert "detail" not in str(server.requests[1:])


def test_a_model_that_refuses_pictures_and_takes_text_does_not_see(client, server):
    server.says(NO_PICTURES, NO_PICTURES, Reply(answer("Green.")))
    probe = probed(client)
    assert said(probe) == [False, None, None, None, None]
    assert "does not support image input" in probe.vision.reason


def test_a_model_that_refuses_text_as_well_says_nothing_of_pictures(client, server):
    server.says(refusal(404, "no such model"))
    with pytest.raises(StatusError, match="no such model"):
        probed(client)


def test_a_wrong_key_is_not_taken_for_a_finding(client, server):
    server.says(refusal(401, "bad key"))
    with pytest.raises(AuthError):
        probed(client)


@pytest.mark.parametrize(
    "text", ["I cannot see images. 4? green?", "I don't see anything", "A cat"]
)
def test_a_model_that_answers_blindly_does_not_see(client, server, text):
    server.says(Reply(answer(text, usage=USAGE)))
    assert said(probed(client)) == [False, True, None, None, True]


@pytest.mark.parametrize(("text", "named"), [("Green", "colour only"), ("A 4", "digit only")])
def test_what_was_named_is_told(client, server, text, named):
    server.says(Reply(answer(text, usage=USAGE)), SEES_BOTH)
    probe = probed(client)
    assert probe.vision.says is True
    assert named in probe.vision.reason


def test_one_picture_of_two_leaves_it_open(client, server):
    server.says(SEES, Reply(answer("Green.")))
    assert probed(client).several == probes.Finding(None, "named green only")


def test_refused_second_pictures_are_told(client, server):
    server.says(SEES, refusal(400, "at most 1 image per prompt"))
    found = probed(client).several
    assert found.says is False
    assert "at most 1 image" in found.reason


def test_an_endpoint_without_usage_is_found_out(client, server):
    server.says(Reply(answer("Green 4")), SEES_BOTH)
    assert probed(client).usage == probes.Finding(says=False, reason="the endpoint sends none")


def test_a_dry_probe_says_the_cost_and_asks_nothing(client, server, capsys):
    entry = {"id": "some/model-vl", "pricing": {"prompt": "0.000001", "completion": "0.000002"}}
    server.models = {"data": [entry]}
    probe = client.probe(dry=True)
    assert server.requests == []
    assert probe.plan.price > 0
    assert capsys.readouterr().out == f"{probe.plan}\n"
    assert said(probe) == [None] * 5


def test_a_price_nobody_tells_is_unknown(client):
    assert str(client.probe(dry=True, show=False).plan).endswith("price unknown")


def test_a_server_without_a_list_is_probed_all_the_same(client, server):
    server.models = Reply(b"<html>", 404, "text/html")
    server.says(SEES, SEES_BOTH)
    assert said(probed(client))[0] is True


def test_a_probe_beyond_the_budget_is_not_sent(server):
    server.models = {
        "data": [{"id": "m-vl", "pricing": {"prompt": "0.0009", "completion": "0.0009"}}]
    }
    client = Client(server.base_url, model="m-vl", budget=0.01)
    with pytest.raises(BudgetError, match="larger budget"):
        client.probe(show=False)
    assert server.requests == []


PRICED = {"data": [{"id": "m-vl", "pricing": {"prompt": "0.000001", "completion": "0.00001"}}]}
BILLED = 2 * Decimal("0.00012")  # 90 + 3 tokens, twice


def test_the_account_counts_what_a_probe_was_billed(server):
    server.models = PRICED
    server.says(SEES, SEES_BOTH)
    client = Client(server.base_url, model="m-vl", budget=0.01)
    probed(client)
    assert client.spent == BILLED


def test_a_refused_request_of_a_probe_costs_nothing(server):
    server.models = PRICED
    server.says(NO_DETAIL, SEES, refusal(400, "at most 1 image per prompt"))
    client = Client(server.base_url, model="m-vl", budget=0.01)
    probed(client)
    assert client.spent == BILLED / 2


def test_a_probe_that_turns_out_dear_ends_at_the_budget(server):
    server.models = PRICED
    dear = {"prompt_tokens": 90, "completion_tokens": 900}
    server.says(Reply(answer("Four, green", usage=dear)))
    client = Client(server.base_url, model="m-vl", budget=0.009)
    with pytest.raises(BudgetError, match="of the budget"):
        probed(client)
    assert len(server.requests) == 1
    assert client.spent == Decimal("0.00909")


def test_pictures_as_tiny_as_those_of_a_probe_teach_nothing_of_usual_ones(client, server):
    server.says(SEES, SEES_BOTH)
    for _ in range(3):
        probed(client)
    assert client._account.correction("some/model-vl").ratios == ()


def test_what_a_probe_found_refused_is_left_out_afterwards(client, server):
    server.says(NO_DETAIL, SEES, SEES_BOTH)
    probed(client)
    told = client.ask("What?", pictures()[0], show=False)
    assert "detail" not in server.requests[-1]["messages"][0]["content"][0]["image_url"]
    assert told.notes[0].startswith("127.0.0.1 takes no detail")
    assert len(server.requests) == 4


def test_what_a_probe_found_accepted_is_sent_though_it_was_once_left_out(client, server):
    server.says(NO_DETAIL, SEES)
    client.ask("What?", pictures()[0], show=False)
    server.says(SEES, SEES_BOTH)
    probed(client)
    client.ask("What?", pictures()[0], show=False)
    assert "detail" in server.requests[-1]["messages"][0]["content"][0]["image_url"]


def test_a_url_that_a_probe_found_not_downloaded_travels_inline_from_then_on(client, server):
    link = replace(pictures()[0], url="https://pictures.example.org/a.png")
    server.says(SEES, SEES_BOTH, refusal(400, "could not download"))
    found = engine().submit(probes.probe(client._endpoint, probes.plan("m", url=True), link=link))
    client._habits.take(found.result(10))
    server.says(SEES)
    client.ask("What?", link, model="m", inline=False, show=False)
    assert "https:" not in str(server.requests[-1])


def test_a_model_that_was_found_blind_is_said_to_be_and_listed_as_such(client, server):
    server.says(Reply(answer("I cannot see pictures.", usage=USAGE)))
    probed(client)
    (note,) = client.ask("What?", pictures()[0], show=False).notes
    assert note == "A probe found that some/model-vl does not see pictures."
    assert client.ask("Hello?", show=False).notes == ()
    (card,) = client.models(vision_only=False)
    assert (card.vision, card.reason[:17]) == (False, "a probe: answered")


def test_a_montage_is_offered_where_a_probe_found_one_picture_taken(client, server):
    server.says(SEES, refusal(400, "at most 1 image per prompt"), SEES)
    probed(client)
    (note,) = client.ask("Which?", *pictures(), show=False).notes
    assert "montage=True" in note
    assert client.ask("What?", *pictures(), montage=True, show=False).notes == ()


def test_a_probe_needs_a_model(server):
    with pytest.raises(ModelError, match="to be probed"):
        Client(server.base_url).probe()


def test_a_url_is_tried_only_when_given(client, server):
    server.says(SEES, SEES_BOTH, refusal(400, "could not download"))
    first, _ = pictures()
    link = replace(first, url="https://pictures.example.org/a.png")
    planned = probes.plan("m", url=True)
    found = engine().submit(probes.probe(client._endpoint, planned, link=link)).result(10)
    assert planned.requests == 3
    assert found.url.says is False
    assert "https://pictures.example.org/a.png" in str(server.requests[2])


def test_the_embedded_model_sees_colours(capsys):
    probe = Client(model="embedded").probe()
    assert said(probe) == [True, True, True, None, True]
    assert capsys.readouterr().out == f"{probe.plan}\n"


def test_it_shows_itself_as_a_table(client, server):
    server.says(Reply(answer("I cannot see a [link](http://x) | <b>", usage=USAGE)))
    probe = probed(client)
    assert repr(probe).splitlines()[1].startswith("vision   no       answered: I cannot see")
    assert "| vision | no |" in probe._repr_markdown_()
    assert "[link](" not in probe._repr_markdown_()
