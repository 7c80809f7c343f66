from __future__ import annotations

import io
from contextlib import closing
from decimal import Decimal

import numpy as np
import pytest
from model_server import ModelServer
from PIL import Image

import vlm_notebook as vlm
from vlm_notebook.chat.engine import engine
from vlm_notebook.detail import ALL_LEVELS, LEVELS
from vlm_notebook.images.region import crop
from vlm_notebook.widgets.effect import Effect, effects

WIDE = np.zeros((1080, 1920), "uint8")


def client(model):
    return vlm.Client("http://127.0.0.1:9/v1", "key", model=model)


@pytest.mark.parametrize(
    "model",
    ["gpt-4o", "gpt-5-mini", "qwen2.5-vl-7b", "claude-sonnet-4", "gemma-3", "embedded", "?"],
)
def test_sizes_are_those_that_pictures_are_sent_at(model):
    asked = client(model)
    for name in vlm.samples.names():
        source = vlm.load(vlm.samples.path(name))
        found = effects([source], model=model, client=asked)
        sent = {level: vlm.prepare(source, detail=level, model=model).size for level in LEVELS}
        assert {level: found[level].size for level in LEVELS} == {
            level: f"{width}x{height}" for level, (width, height) in sent.items()
        }, name


def test_tokens_are_those_of_the_models_family():
    found = effects([WIDE], client=client("gpt-4o"))
    assert [found[level].tokens for level in LEVELS] == [85, 1105, 1105]
    assert found["low"].low is None


def test_original_is_told_of_models_that_have_it_at_the_size_it_is_sent_at():
    large = np.zeros((3000, 4000), "uint8")
    found = effects([large], client=client("gpt-5.4"))
    assert [found[level].tokens for level in ALL_LEVELS] == [231, 2942, 2942, 11_868]
    assert found["original"].size == "3669x2752"
    assert vlm.prepare(large, detail="original", model="gpt-5.4").size == (3669, 2752)


def test_several_pictures_add_up_and_only_some_are_named():
    found = effects([WIDE] * 5, client=client("gpt-4o"))
    assert found["low"] == Effect(425, size="512x288, 512x288, 512x288, …")


def test_a_price_in_the_endpoints_list_gives_the_cost():
    with closing(ModelServer()) as server:
        pricing = {"prompt": "0.0000025", "completion": "0.00001"}
        server.models = {"data": [{"id": "gpt-4o", "pricing": pricing}]}
        asked = vlm.Client(server.base_url, "key", model="gpt-4o")
        asked.models()
    found = effects([WIDE], client=asked)
    assert (found["high"].cost, found["high"].currency) == (Decimal("0.0027625"), "USD")


def test_for_an_unknown_model_there_is_a_range_until_its_bills_have_taught():
    asked = client("nobody/knows-it")
    guess = effects([WIDE], client=asked)["high"]
    assert guess.tokens is None
    assert guess.low < guess.high
    for _ in range(3):
        asked.account.learn("nobody/knows-it", 1000, 1100)
    taught = effects([WIDE], client=asked)["high"]
    assert (taught.low, taught.high) == (None, None)
    assert guess.low < taught.tokens < guess.high


def test_what_an_endpoint_bills_beyond_the_rule_is_counted():
    asked = client("gpt-4o")
    for _ in range(3):
        asked.account.learn("gpt-4o", 1000, 2000)
    assert effects([WIDE], client=asked)["low"].tokens == 170


def test_the_embedded_model_bills_nothing_and_says_what_it_looks_at():
    found = effects([WIDE], client=vlm.Client(model="embedded"))
    assert found["low"] == Effect(size="512 px", billed=False)
    assert found["high"] == Effect(size="1,920 px", billed=False)
    assert effects([], client=vlm.Client(model="embedded"))["high"].size == "2,048 px"


def test_without_pictures_there_is_nothing_to_tell():
    assert set(effects([], client=client("gpt-4o")).values()) == {Effect()}


def test_a_picture_that_the_model_does_not_take_is_one_line():
    found = effects([np.zeros((30, 9000), "uint8")], client=client("qwen2.5-vl-7b"))
    assert found["high"].tokens is None
    assert "9" in found["high"].note


def test_a_prepared_picture_is_sent_as_it_is():
    small = vlm.prepare(WIDE, detail="low")
    assert effects([small], client=client("gpt-4o"))["high"].size == "512x288"


@pytest.mark.parametrize("name", ["sign", "cat"])
def test_a_region_is_counted_at_the_size_it_is_sent_at(name):
    part = crop(vlm.samples.path(name), (10, 20, 600, 420))
    found = effects([part], client=client("gpt-4o"))
    for level in LEVELS:
        width, height = vlm.prepare(part, detail=level, model="gpt-4o").size
        assert found[level].size == f"{width}x{height}"


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_large_photograph_that_decodes_itself_smaller_is_counted_as_it_is_sent(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((4032, 2960)).save(buffer, "JPEG", exif=exif)
    found = effects([buffer.getvalue()], client=client("gpt-4o"))
    for level in LEVELS:
        width, height = vlm.prepare(buffer.getvalue(), detail=level, model="gpt-4o").size
        assert found[level].size == f"{width}x{height}"


def test_nothing_is_decoded():
    whole = vlm.samples.path("sign").read_bytes()
    half = effects([vlm.load(whole[: len(whole) // 4])], client=client("gpt-4o"))
    assert half == effects([whole], client=client("gpt-4o"))


def test_it_may_be_asked_on_the_engines_thread():
    async def found():
        return effects([WIDE], client=client("gpt-4o"))

    assert engine().submit(found()).result()["low"].tokens == 85
