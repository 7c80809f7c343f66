from __future__ import annotations

import doctest
from decimal import Decimal

import pytest

import vlm_notebook as vlm
from vlm_notebook.errors import ModelError
from vlm_notebook.models import families, patches, tiles, tokens
from vlm_notebook.models.families import RULES, TokenRule
from vlm_notebook.models.tokens import TokenEstimate, estimate, register, registered, unregister

SIZES = ((512, 512), (640, 480), (1024, 1024), (1920, 1080))
WORKED = {
    "gpt-4o": (255, 425, 765, 1105),
    "gpt-4o-mini": (8500, 14167, 25501, 36835),
    "gpt-5": (210, 350, 630, 910),
    "gpt-5.4": (308, 360, 1229, 2448),
    "gpt-4.1-mini": (415, 486, 1659, 3305),
    "claude-sonnet-4-5": (361, 414, 1369, 1560),
    "claude-opus-4-7": (361, 414, 1369, 2691),
    "qwen2.5-vl-72b-instruct": (324, 391, 1369, 2691),
    "qwen3-vl-8b-instruct": (256, 300, 1024, 2040),
    "internvl3-78b": (256, 3328, 2560, 2304),
    "pixtral-12b": (1056, 1230, 4160, 2340),
}


@pytest.fixture(autouse=True)
def no_rules_of_ones_own():
    yield
    for own in registered():
        if own in registered():
            unregister(own.name)


@pytest.mark.parametrize("model", WORKED)
def test_the_worked_sizes_cost_what_their_makers_say(model):
    found = [estimate([size], model=model, detail="high").tokens for size in SIZES]
    assert found == list(WORKED[model])


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("qwen/qwen2.5-vl-72b-instruct", "Qwen2-VL and Qwen2.5-VL"),
        ("qwen/qwen-2.5-vl-7b-instruct:free", "Qwen2-VL and Qwen2.5-VL"),
        ("qwen2.5vl:7b", "Qwen2-VL and Qwen2.5-VL"),
        ("qwen2.5vl:7b-q4_K_M", "Qwen2-VL and Qwen2.5-VL"),
        ("hf.co/unsloth/Qwen2.5-VL-7B-Instruct-GGUF:Q4_K_M", "Qwen2-VL and Qwen2.5-VL"),
        ("accounts/fireworks/models/qwen2p5-vl-32b-instruct", "Qwen2-VL and Qwen2.5-VL"),
        ("/models/Qwen2-VL-2B-Instruct/", "Qwen2-VL and Qwen2.5-VL"),
        ("models--Qwen--Qwen2-VL-2B/snapshots/0123abcd", "Qwen2-VL and Qwen2.5-VL"),
        ("QVQ-72B-Preview", "Qwen2-VL and Qwen2.5-VL"),
        ("Qwen/Qwen3-VL-8B-Instruct", "Qwen3-VL"),
        ("qwen3-vl:latest", "Qwen3-VL"),
        ("qwen-vl-max", "Qwen-VL"),
        ("openai/gpt-4o-2024-08-06", "OpenAI tiles, gpt-4o"),
        ("ft:gpt-4o-2024-08-06:someone::abc", "OpenAI tiles, gpt-4o"),
        ("chatgpt-4o-latest", "OpenAI tiles, gpt-4o"),
        ("gpt-4.1", "OpenAI tiles, gpt-4o"),
        ("gpt-4o-mini-2024-07-18", "OpenAI tiles, gpt-4o-mini"),
        ("openai/gpt-5", "OpenAI tiles, gpt-5"),
        ("gpt-5.1-2025-11-13", "OpenAI tiles, gpt-5"),
        ("gpt-5-mini", "OpenAI patches, gpt-5-mini"),
        ("gpt-5-nano-2025-08-07", "OpenAI patches, gpt-5-nano"),
        ("gpt-5.2", "OpenAI patches, gpt-5.2"),
        ("gpt-5.4-mini", "OpenAI patches, gpt-5.4"),
        ("gpt-5.5", "OpenAI patches, gpt-5.5"),
        ("gpt-5.6-terra", "OpenAI patches, gpt-5.6"),
        ("gpt-4.1-mini-2025-04-14", "OpenAI patches, gpt-4.1-mini"),
        ("gpt-4.1-nano", "OpenAI patches, gpt-4.1-nano"),
        ("o4-mini", "OpenAI patches, o4-mini"),
        ("o3", "OpenAI tiles, o1 and o3"),
        ("o1-pro", "OpenAI tiles, o1 and o3"),
        ("anthropic/claude-sonnet-4.5", "Claude"),
        ("claude-3-7-sonnet-20250219", "Claude"),
        ("claude-sonnet-4-20250514", "Claude"),
        ("us.anthropic.claude-opus-4-7-v1:0", "Claude, high resolution"),
        ("anthropic/claude-opus-4.7", "Claude, high resolution"),
        ("claude-sonnet-5", "Claude, high resolution"),
        ("google/gemini-3-pro-preview", "Gemini 3"),
        ("google/gemini-2.5-flash", "Gemini 2.5"),
        ("gemini-2.0-flash-001", "Gemini 2.0"),
        ("gemini-flash-latest", "Gemini"),
        ("OpenGVLab/InternVL3-78B", "InternVL"),
        ("meta-llama/llama-4-maverick", "Llama 4"),
        ("meta-llama/Llama-4-Scout-17B-16E-Instruct", "Llama 4"),
        ("llama3.2-vision:11b", "Llama 3.2 Vision"),
        ("meta-llama/Llama-3.2-90B-Vision-Instruct", "Llama 3.2 Vision"),
        ("mistralai/pixtral-12b", "Pixtral"),
        ("mistralai/mistral-small-3.1-24b-instruct", "Mistral Small"),
        ("mistral-small3.2:24b", "Mistral Small"),
        ("mistral-medium-2508", "Mistral"),
        ("google/gemma-3-27b-it", "Gemma 3"),
        ("gemma3:4b", "Gemma 3"),
        ("gemma-3n-e4b-it", "Gemma 3n"),
        ("zai-org/glm-4.5v", "GLM-V"),
        ("THUDM/GLM-4.1V-9B-Thinking", "GLM-V"),
        ("HuggingFaceTB/SmolVLM2-2.2B-Instruct", "SmolVLM"),
        ("HuggingFaceTB/SmolVLM-256M-Instruct", "SmolVLM, small"),
        ("moondream2", "Moondream 2"),
        ("moondream:1.8b-v2-fp16", "Moondream 2"),
        ("embedded", "embedded reader"),
        ("meta-llama/llama-3.2-3b-instruct", "unknown model"),
        ("o3-mini", "unknown model"),
        ("qwen3-235b-a22b", "unknown model"),
        ("my-own-model", "unknown model"),
        ("", "unknown model"),
        (None, "unknown model"),
    ],
)
def test_a_model_is_counted_by_its_family(model, name):
    assert estimate([(640, 480)], model=model).rule == name


def test_several_pictures_add_up_and_so_does_what_encloses_them():
    one, two = (estimate([size], model="qwen3-vl-8b") for size in SIZES[:2])
    both = estimate(SIZES[:2], model="qwen3-vl-8b")
    assert both.tokens == one.tokens + two.tokens
    assert both.prompt_tokens == both.tokens + 4
    assert estimate(SIZES[:2], model="gpt-4o").enclosing == 0


def test_no_pictures_cost_nothing():
    assert estimate([], model="gpt-4o").tokens == estimate([], model=None).high == 0


def test_a_hosts_cap_makes_the_range_and_not_the_number():
    found = estimate([(1920, 1080)], model="qwen2.5-vl-7b")
    assert (found.low, found.tokens, found.high) == (1222, 2691, 2691)


def test_an_unknown_model_gets_the_middle_and_the_range_of_all_families():
    found = estimate([(1024, 1024)], model="my-own-model")
    assert found.confidence == "guess"
    assert found.low < found.tokens < found.high
    assert found.low == min(rule.rule(1024, 1024, "auto") for rule in RULES[1:])


def test_an_unknown_model_gets_a_range_for_a_picture_that_some_families_refuse():
    assert estimate([(4000, 3)], model="my-own-model").low > 0


def test_a_picture_over_200_times_as_long_as_wide_is_an_error_for_qwen():
    assert estimate([(2000, 10)], model="qwen2.5-vl-7b").tokens > 0
    with pytest.raises(ModelError, match=r"2001x10 is over 200 times"):
        estimate([(2001, 10)], model="qwen2.5-vl-7b")


@pytest.mark.parametrize("size", [(0, 5), (5, -1), (1.5, 2), (3,), (1, 2, 3), None, "ab"])
def test_a_size_that_is_none_is_an_error(size):
    with pytest.raises(ModelError, match="size is"):
        estimate([size], model="gpt-4o")


def test_a_level_that_no_endpoint_knows_is_an_error():
    with pytest.raises(ModelError, match="use one of low, high, auto, medium, original"):
        estimate([(5, 5)], model="gpt-4o", detail="huge")


def test_an_estimate_says_in_a_line_what_it_knows():
    assert repr(estimate([(1024, 1024)], model="qwen2.5vl")) == (
        "TokenEstimate(1,369 tokens (1,225 to 1,369), Qwen2-VL and Qwen2.5-VL, documented)"
    )
    assert repr(estimate([(5, 5)], model="gpt-4o", detail="low")) == (
        "TokenEstimate(85 tokens, OpenAI tiles, gpt-4o, documented)"
    )


def test_an_estimate_shows_its_range_its_price_and_its_source():
    shown = estimate([(1024, 1024)], model="qwen2.5vl").priced(Decimal("0.001"))._repr_markdown_()
    assert shown.startswith("**1,369 tokens** (1,225 to 1,369), $0.0010  \n")
    assert "documented, 2026-11, [source](https://" in shown
    plain = estimate([(5, 5)], model="my-own-model")._repr_markdown_()
    assert plain.endswith("guess, 2026-11, the middle and the range of every known family")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_is_data_with_its_source_and_date(rule):
    assert rule.name
    assert rule.source.startswith("https://") or rule.name == "embedded reader"
    assert rule.date == "2026-11"
    assert rule.confidence in {"documented", "derived", "guess"}


def test_no_two_families_have_one_name():
    assert len({rule.name for rule in RULES}) == len(RULES)


def test_a_rule_of_ones_own_wins_and_the_latest_first_of_all():
    register("my-model*", lambda *_: 7, source="measured", date="2026-10", confidence="guess")
    register("MY-MODEL-big*", lambda width, height, _detail: width * height)
    small, big = (estimate([(2, 5)], model=name) for name in ("me/My-Model:7b", "my-model-big-2"))
    assert small == TokenEstimate(7, 7, 7, "my-model*", "measured", "2026-10", "guess")
    assert big.tokens == 10
    assert [own.name for own in registered()] == ["my-model*", "MY-MODEL-big*"]


def test_a_rule_of_ones_own_wins_over_a_known_family_until_it_is_forgotten():
    register("openai/gpt-4o*", lambda *_: 1)
    assert estimate([(512, 512)], model="openai/gpt-4o-2024-08-06").tokens == 1
    assert estimate([(512, 512)], model="azure/gpt-4o").tokens == 255
    unregister("openai/gpt-4o*")
    assert estimate([(512, 512)], model="openai/gpt-4o-2024-08-06").tokens == 255


def test_forgetting_a_rule_that_is_not_there_is_an_error():
    with pytest.raises(ModelError, match="no token rule is registered for 'nothing'"):
        unregister("nothing")


def _fails(*_):
    raise ZeroDivisionError("division by zero")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (_fails, "fails: ZeroDivisionError: division by zero"),
        (lambda _width: 5, "fails: TypeError"),
        (lambda *_: None, "gives None"),
        (lambda *_: -1, "gives -1"),
        (lambda *_: 2.5, "gives 2.5"),
        (lambda *_: True, "gives True"),
        (lambda *_: "many", "gives 'many'"),
    ],
)
def test_a_bad_rule_is_one_error_that_names_the_model(rule, said):
    register("bad*", rule)
    with pytest.raises(ModelError, match=rf"the token rule for 'bad-1' {said}"):
        estimate([(5, 5)], model="bad-1")


@pytest.mark.parametrize(
    ("pattern", "rule", "options"),
    [
        ("", lambda *_: 1, {}),
        ("a", 5, {}),
        ("a", lambda *_: 1, {"confidence": "sure"}),
    ],
)
def test_what_is_no_rule_is_refused(pattern, rule, options):
    with pytest.raises(ModelError):
        register(pattern, rule, **options)
    assert registered() == ()


def test_whole_numbers_of_numpy_are_whole_numbers():
    numpy = pytest.importorskip("numpy")
    register("mine", lambda width, *_: numpy.int64(width))
    assert estimate([(numpy.int64(5), 5)], model="mine").tokens == 5


def test_the_module_is_public():
    assert vlm.tokens is tokens


def test_a_family_may_be_asked_whether_it_knows_a_model():
    rule = TokenRule("mine", "^mine", tiles.Flat(1), "here")
    assert rule.matches("mine-7b")
    assert not rule.matches("not-mine")


@pytest.mark.parametrize("module", [families, patches, tiles, tokens])
def test_the_examples_run(module):
    assert doctest.testmod(module).failed == 0
