from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from vlm_notebook.models.families import RULES, TokenRule
from vlm_notebook.models.patches import Cells, Rows, SmartResize
from vlm_notebook.models.tiles import Canvas, CropUnits, Tiles
from vlm_notebook.models.tokens import DETAILS, estimate

SIDES = st.integers(1, 9000)
LEVELS = st.sampled_from(DETAILS)
BILLED = RULES[1:]

BY_HAND = [
    # OpenAI's guide: 4096x2048 becomes 2048x1024, then 1536x768: 3 x 2 tiles
    ("gpt-4o", "high", (4096, 2048), 85 + 6 * 170),
    ("gpt-4o", "low", (4096, 8192), 85),
    ("gpt-4o", "high", (1, 1), 255),
    ("gpt-4o", "high", (8000, 100), 85 + 4 * 170),  # 2048x25.6: 4 x 1
    ("gpt-4o", "auto", (768, 768), 85 + 4 * 170),
    ("gpt-4o", "auto", (3290, 1644), 85 + 6 * 170),  # 1536.9 is rounded down to 1536: 3 x 2
    ("o3", "high", (1024, 1024), 75 + 4 * 150),
    ("gpt-4o-mini", "low", (1024, 1024), 2833),
    # 2048x2048 has 4096 patches, over 2500: 50 x 50, times 1.2
    ("gpt-5.4", "high", (2048, 2048), 3000),
    ("gpt-5.4", "low", (2048, 2048), 4916),  # 4096 x 1.2 = 4915.2: within 6144
    ("gpt-5.4", "original", (6000, 6000), 12_000),  # 100 x 100, times 1.2
    ("gpt-5.4", "high", (1, 1), 2),
    ("gpt-5.5", "low", (2048, 2048), 308),  # 16 x 16, times 1.2
    ("gpt-5.6-sol", "original", (6000, 6000), 42_413),  # 188 x 188, times 1.2 = 42,412.8
    # The guide's older example: 1800x2400 is shrunk to 1056x1408, 33 x 44 = 1452 patches
    ("o4-mini", "high", (1800, 2400), math.ceil(1452 * 1.72)),
    ("gpt-4.1-mini", "high", (32, 16), 2),
    # Claude's guide, standard and high resolution
    ("claude-sonnet-4-5", "auto", (1092, 1092), 1521),
    ("claude-sonnet-4-5", "auto", (1000, 1000), 1296),
    ("claude-sonnet-4-5", "auto", (1, 1), 1),
    ("claude-sonnet-4-5", "auto", (8000, 1), 56),
    ("claude-opus-4-7", "auto", (3840, 2160), 4784),
    ("claude-opus-4-7", "auto", (3024, 1964), 4760),
    ("claude-opus-4-7", "auto", (4032, 3024), 4740),
    ("gemini-3-pro", "low", (4032, 3024), 280),
    ("gemini-3-pro", "medium", (5, 5), 560),
    ("gemini-3-pro", "auto", (5, 5), 1120),
    ("gemini-2.5-flash", "low", (4032, 3024), 64),
    ("gemini-2.5-flash", "medium", (4032, 3024), 256),
    ("gemini-2.5-flash", "auto", (384, 384), 256),
    ("gemini-2.0-flash", "high", (384, 384), 258),
    ("gemini-2.0-flash", "high", (385, 385), 4 * 258),  # unit 256.7
    ("gemini-2.0-flash", "high", (960, 540), 6 * 258),  # unit 360, in Google's guide
    ("gemini-2.0-flash", "high", (3000, 3000), 16 * 258),  # unit 768, the largest
    ("gemini-2.0-flash", "high", (1000, 100), 4 * 258),  # unit 256, the smallest
    # 1x1 becomes 56x56; 10x2000 rounds to no row, then becomes 28x812
    ("qwen2.5-vl-7b", "auto", (1, 1), 4),
    ("qwen2.5-vl-7b", "auto", (2000, 10), 29),
    ("qwen2.5-vl-7b", "auto", (42, 1000), 2 * 36),  # 1.5 cells round to 2, 35.7 to 36
    ("qwen2.5-vl-7b", "auto", (70, 1000), 2 * 36),  # 2.5 cells round to 2, the even one
    ("qwen2.5-vl-7b", "auto", (8000, 8000), 128 * 128),
    ("qwen3-vl-8b", "auto", (8000, 8000), 128 * 128),
    # the closest grid, one more for the whole; 7:2 is as far from 3:1 as from 4:1 and 6:2
    ("internvl3-8b", "auto", (1, 1), 256),
    ("internvl3-8b", "auto", (5000, 100), 13 * 256),  # 12 x 1
    ("internvl3-8b", "auto", (700, 200), 4 * 256),  # too small for 4 x 1: stays with 3 x 1
    ("internvl3-8b", "auto", (1400, 400), 5 * 256),  # large enough for 4 x 1, not for 6 x 2
    ("internvl3-8b", "auto", (7000, 2000), 13 * 256),
    ("llama-4-scout", "auto", (336, 336), 144),
    ("llama-4-scout", "auto", (337, 336), 3 * 144),
    ("llama-4-scout", "auto", (5000, 5000), 17 * 144),  # 4 x 4
    ("llama3.2-vision", "auto", (560, 560), 1601),
    ("llama3.2-vision", "auto", (561, 560), 2 * 1601),
    ("llama3.2-vision", "auto", (5000, 100), 4 * 1601),
    ("pixtral-12b", "auto", (1, 1), 2),
    ("pixtral-12b", "auto", (17, 16), 3),
    ("pixtral-12b", "auto", (4000, 3), 65),
    ("mistral-small-3.1", "auto", (1540, 1540), 56 * 55),
    ("gemma3:4b", "high", (4032, 3024), 256),
    ("glm-4.5v", "auto", (1, 1), 9),  # 28x28, then up to 8 cells: 3 x 3
    ("glm-4.5v", "auto", (8000, 8000), 86 * 86),
    ("smolvlm-500m-instruct", "auto", (512, 512), 17 * 64),
    ("smolvlm-256m-instruct", "auto", (4000, 100), 5 * 64),
    ("smolvlm2-2.2b-instruct", "auto", (640, 480), 13 * 81),
    ("moondream2", "auto", (640, 480), 729),
    ("embedded", "auto", (640, 480), 0),
]


@pytest.mark.parametrize(("model", "detail", "size", "tokens"), BY_HAND)
def test_sizes_worked_by_hand(model, detail, size, tokens):
    assert estimate([size], model=model, detail=detail).tokens == tokens


MOST = {
    "OpenAI tiles, gpt-4o": 85 + 8 * 170,
    "OpenAI tiles, gpt-4o-mini": 2833 + 8 * 5667,
    "OpenAI tiles, gpt-5": 70 + 8 * 140,
    "OpenAI tiles, o1 and o3": 75 + 8 * 150,
    "OpenAI patches, gpt-4.1-mini": math.ceil(6144 * 1.62),
    "OpenAI patches, o4-mini": math.ceil(1536 * 1.72),
    "Claude": 1568,
    "Claude, high resolution": 4784,
    "Gemini 3": 1120,
    "Qwen3-VL": 16_384,
    "Qwen2-VL and Qwen2.5-VL": 16_384,
    "InternVL": 13 * 256,
    "Llama 4": 17 * 144,
    "Llama 3.2 Vision": 4 * 1601,
    "Pixtral": 65 * 64,
    "Mistral Small": 56 * 55,
    "GLM-V": 7500,
    "SmolVLM": 17 * 81,
    "SmolVLM, small": 17 * 64,
}
CAPPED = [rule for rule in BILLED if rule.name in MOST]


def test_the_caps_are_those_of_known_families():
    assert {rule.name for rule in CAPPED} == MOST.keys()


@given(SIDES, SIDES, LEVELS, st.sampled_from(CAPPED))
def test_no_picture_costs_more_than_its_familys_most(width, height, detail, known):
    assume(max(width, height) <= 200 * min(width, height))
    assert known.rule(width, height, detail) <= MOST[known.name]


@given(st.integers(1, 2048), st.sampled_from([rule for rule in CAPPED if "Qwen" in rule.name]))
def test_qwen_keeps_within_its_cells_at_its_steepest(short, known):
    assert 4 <= known.rule(short, 200 * short, "auto") <= MOST[known.name]


@given(SIDES, SIDES, LEVELS, st.sampled_from(BILLED))
def test_no_picture_is_free_and_the_range_holds_the_number(width, height, detail, known):
    assume(max(width, height) <= 200 * min(width, height))
    counts = [rule(width, height, detail) for rule in (known.rule, *known.also)]
    assert all(isinstance(count, int) and count >= 1 for count in counts)


UPRIGHT = (Rows,)  # each row has an end, so that lying and standing differ
ASPECTS = ("InternVL", "SmolVLM", "SmolVLM, small")  # nearness is measured in width / height
TURNABLE = [
    rule for rule in BILLED if not isinstance(rule.rule, UPRIGHT) and rule.name not in ASPECTS
]


@given(SIDES, SIDES, LEVELS, st.sampled_from(TURNABLE))
def test_a_turned_picture_costs_the_same(width, height, detail, known):
    assume(max(width, height) <= 200 * min(width, height))
    assert known.rule(width, height, detail) == known.rule(height, width, detail)


GROWING = [
    (Tiles(85, 170), 768),
    (Cells(1568, 1568), 1092),
    (Cells(2576, 4784), 1932),
    (SmartResize(28, 1, 16_384), 3500),
    (SmartResize(32, 1, 16_384), 4000),
    (Rows(1024, 16), 1024),
    (Rows(1540, 28), 1540),
]


@given(st.data(), st.sampled_from(GROWING))
def test_below_the_caps_a_larger_picture_costs_no_less(data, growing):
    rule, most_px = growing
    sides = st.integers(max(1, most_px // 100), most_px)
    width, height = data.draw(sides), data.draw(sides)
    wider = data.draw(st.integers(width, most_px))
    assert rule(width, height, "high") <= rule(wider, height, "high")


PATCHED = [rule for rule in BILLED if rule.name.startswith("OpenAI patches")]


@given(st.integers(1, 1248), st.integers(1, 1248), SIDES, st.sampled_from(PATCHED))
def test_below_their_budget_openai_patches_are_counted_one_by_one(width, height, wider, known):
    wider = min(width + wider, 1248)
    assert known.rule(width, height, "high") <= known.rule(wider, height, "high")
    count = math.ceil(width / 32) * math.ceil(height / 32)
    assert known.rule(width, height, "high") == math.ceil(count * known.rule.multiplier)


@given(SIDES, SIDES, st.sampled_from(PATCHED))
def test_over_their_budget_openai_patches_stay_close_below_it(width, height, known):
    bounds, tokens = known.rule.levels["high"], known.rule(width, height, "high")
    assert tokens <= math.ceil(bounds.patches * known.rule.multiplier)
    full = math.ceil(width / 32) * math.ceil(height / 32) >= 4 * bounds.patches
    if full and max(width, height) <= 1.5 * min(width, height):
        assert tokens >= 0.9 * min(bounds.patches, (2048 // 32) ** 2 / 1.5) * known.rule.multiplier


@given(SIDES, SIDES)
def test_claude_is_sent_the_largest_picture_that_its_limits_allow(width, height):
    """Tried against scales in small steps: none that is allowed is larger than the rule's."""
    rule = Cells(1568, 1568)
    tokens = rule(width, height, "auto")

    def cells(scale):
        return [max(1, math.ceil(side * scale / 28 - 1e-9)) for side in (width, height)]

    allowed = [
        pair[0] * pair[1]
        for pair in (cells(step / 512) for step in range(1, 513))
        if max(pair) <= 56 and pair[0] * pair[1] <= 1568
    ]
    assert tokens >= max(allowed, default=1)


@given(st.integers(1, 560), st.integers(1, 560), st.integers(1, 4))
def test_llama_takes_one_tile_for_what_fits_one_and_a_row_for_a_row(width, height, tiles):
    assert Canvas(560, 1, 4)(width, height, "auto") == 1
    assert Canvas(560, 1, 4)(560 * tiles, 560, "auto") == tiles


@given(SIDES, SIDES)
def test_googles_words_and_its_formula_differ_by_rounding_only(width, height):
    exact, floored = (CropUnits(1, floor=floor)(width, height, "auto") for floor in (False, True))
    assert exact <= floored


def test_a_rule_of_a_family_can_be_compared_and_printed():
    assert TokenRule("a", "a", Tiles(1, 2), "b") == TokenRule("a", "a", Tiles(1, 2), "b")
    assert repr(Tiles(85, 170)) == "Tiles(base=85, tile=170)"
