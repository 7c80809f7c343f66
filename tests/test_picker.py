from __future__ import annotations

import json
from contextlib import closing

import ipywidgets
import pytest
from hearing import hearing, lines, tell, told, wait_for
from ipywidgets.widgets.widget import _instances
from model_server import ModelServer, Reply

import vlm_notebook as vlm
from vlm_notebook.view import wording
from vlm_notebook.widgets import picker as pickers
from vlm_notebook.widgets import recent

KEY = "sk-test-0123456789abcdef0123456789"
LISTED = [
    {"id": "sees", "features": ["vision"], "context_size": 131072},
    {"id": "blind", "features": []},
    {"id": "gpt-4o"},
]
PRICED = {"id": "a", "pricing": {"prompt": "0.0000025", "completion": "0.00001"}}


@pytest.fixture(autouse=True)
def forgetful(monkeypatch):
    monkeypatch.setattr(recent, "_used", {})
    yield
    ipywidgets.Widget.close_all()


@pytest.fixture
def server():
    with closing(ModelServer()) as server:
        server.models = {"data": LISTED}
        yield server


@pytest.fixture
def picker(server):
    return picker_of(server.base_url)


def picker_of(base_url, **options):
    client = vlm.Client(base_url, KEY, model="gpt-4o", max_retries=0)
    return hearing(pickers.ModelPicker)(client, **options)


def models(picker):
    content, _ = picker.state()
    return {told["id"]: told for told in content["models"]}


def test_the_clients_model_is_chosen_at_first_and_its_text_is_fixed(picker):
    assert picker.value == "gpt-4o"
    assert picker_of(picker._client.base_url, value="other").value == "other"
    assert repr(pickers.ModelPicker(picker._client)) == "ModelPicker()"


def test_the_list_holds_every_model_and_tells_which_are_for_pictures(picker):
    picker.load().result()
    assert [card.id for card in picker.cards] == ["sees", "blind", "gpt-4o"]
    assert [(m["id"], m["vision"], m["fits"]) for m in models(picker).values()] == [
        ("sees", True, True),
        ("blind", False, False),
        ("gpt-4o", None, True),
    ]
    assert models(picker)["sees"]["context"] == 131072


def test_prices_are_told_as_far_as_the_list_tells_them(server, picker):
    free = {"id": "gift", "pricing": {"prompt": "0", "completion": "0"}}
    server.models = {"data": [PRICED, {"id": "b"}, free]}
    picker.load().result()
    told = {name: (m["read"], m["written"], m["free"]) for name, m in models(picker).items()}
    assert told["a"] == ("$2.50", "$10.00", False)
    assert told["b"] == (None, None, False)
    assert told["gift"][2] is True


def test_the_first_page_has_the_list_read_and_the_next_one_is_told_it(server, picker):
    asked = len(server.headers)
    tell(picker, "hello", language="en")
    wait_for(lambda: not picker.state()[0]["busy"])
    tell(picker, "hello", language="en")
    assert len(server.headers) == asked + 1
    assert [len(state["models"]) for state in told(picker, "state")] == [0, 0, 3, 3]
    assert [state["busy"] for state in told(picker, "state")] == [False, True, False, False]


def test_a_list_that_cannot_be_read_is_one_line_and_the_next_may_succeed(server, picker):
    server.models, good = Reply(b"no", status=500), server.models
    picker.load().result()
    (line,) = lines(picker)
    assert "127.0.0.1" in line
    assert (picker.value, picker.cards, picker.state()[0]["busy"]) == ("gpt-4o", [], False)
    server.models = good
    picker.load().result()
    assert len(picker.cards) == 3
    assert told(picker, "say")[-1]["line"] == ""


def test_refreshing_asks_the_endpoint_however_lately_it_was_asked(server, picker):
    picker.load().result()
    server.models = {"data": [{"id": "new-vl"}]}
    picker.load().result()
    assert len(picker.cards) == 3
    tell(picker, "refresh")
    wait_for(lambda: not picker.state()[0]["busy"])
    assert [card.id for card in picker.cards] == ["new-vl"]


def test_models_used_lately_are_known_to_every_picker_of_the_endpoint(picker):
    for name in "abcdefa":
        picker.value = name
    assert picker.state()[0]["recent"] == ["a", "f", "e", "d", "c"]
    assert picker_of(picker._client.base_url).state()[0]["recent"] == ["a", "f", "e", "d", "c"]
    assert picker_of("http://127.0.0.1:9/v1").state()[0]["recent"] == []


def test_the_largest_list_fits_in_a_message(picker):
    name = "\x01" * pickers.MAX_ID_CHARS
    cards = [vlm.ModelCard(f"{n}{name}"[: len(name)], reason=name) for n in range(3000)]
    picker._cards = (vlm.ModelCard(f"{name}!"), *cards)
    content, _ = picker.state()
    assert len(content["models"]) == pickers.MAX_MODELS
    assert len(json.dumps(content)) < 4 << 20
    assert not any(model["id"].endswith("!") for model in content["models"])


def test_no_message_and_no_trait_holds_the_key_or_the_address(picker):
    picker.load().result()
    picker.value = "sees"
    everything = json.dumps([picker.heard, picker.get_state()], default=str)
    assert KEY not in everything
    assert "127.0.0.1" not in everything


def test_another_client_brings_its_own_model_and_list_whatever_the_former_still_says(picker):
    late = picker.load()
    with closing(ModelServer()) as other:
        picker.client = vlm.Client(other.base_url, KEY, model="theirs")
        late.result()
        wait_for(lambda: not picker.state()[0]["busy"])
    assert (picker.value, [card.id for card in picker.cards]) == ("theirs", ["some/model-vl"])
    assert picker.state()[0]["recent"] == ["theirs"]
    assert lines(picker) == []


def test_the_embedded_model_is_a_list_of_one(server):
    picker = pickers.ModelPicker(vlm.Client(model="embedded"))
    picker.load().result()
    (model,) = models(picker).values()
    assert (model["id"], model["free"], model["fits"]) == ("embedded", True, True)


def test_the_list_is_never_in_what_is_saved(picker):
    picker.load().result()
    saved = picker.get_state()
    assert "sees" not in json.dumps(
        {name: saved[name] for name in saved.keys() - {"_esm", "_css"}}, default=str
    )


def test_opening_and_closing_leaves_nothing(picker):
    before = len(_instances)
    for _ in range(100):
        pickers.ModelPicker(picker._client).close()
    assert len(_instances) == before


def test_both_languages_have_the_same_texts():
    english, chinese = (wording.words("picker")[language] for language in ("en", "zh"))
    assert english.keys() == chinese.keys()
    with pytest.raises(vlm.VlmError, match="language is 'fr'"):
        pickers.ModelPicker(vlm.Client(model="embedded"), language="fr")
