"""Held against the models' own processors, where transformers and mistral-common are installed."""

from __future__ import annotations

import importlib
import math
import random
from types import SimpleNamespace

import pytest

from vlm_notebook.errors import ModelError
from vlm_notebook.models.patches import Rows, SmartResize, WidenedResize
from vlm_notebook.models.tiles import Canvas, ClosestGrid, Splits

AWKWARD = [(1, 1), (1, 200), (10, 2000), (28, 5600), (14, 14), (42, 42), (98, 70), (700, 200)]
SIDES_PX = (60, 600, 3000, 9000)


def _sizes():
    chance = random.Random(7)
    drawn = [(chance.randint(1, side), chance.randint(1, side)) for side in SIDES_PX * 250]
    return AWKWARD + drawn


def _module(family):
    pytest.importorskip("transformers")
    at = f"transformers.models.{family}"
    for name in (f"{at}.image_processing_pil_{family}", f"{at}.image_processing_{family}"):
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    return pytest.skip(f"transformers has no processor of {family} that runs here")


def _differing(rule, reference):
    return [size for size in _sizes() if _mine(rule, size) != reference(*size)]


def _mine(rule, size):
    try:
        return rule(*size, "high")
    except ModelError:
        return None


@pytest.mark.parametrize(("cell_px", "most"), [(28, 16_384), (28, 1280), (32, 16_384), (32, 2560)])
def test_qwens_cells_are_those_of_its_processor(cell_px, most):
    resize = _module("qwen2_vl").smart_resize

    def reference(width, height):
        try:
            sides = resize(height, width, cell_px, 4 * cell_px**2, most * cell_px**2)
        except ValueError:
            return None
        return sides[0] * sides[1] // cell_px**2

    assert _differing(SmartResize(cell_px, 4, most), reference) == []


def test_glms_cells_are_those_of_its_processor():
    resize = _module("glm4v").smart_resize

    def reference(width, height):
        try:
            sides = resize(2, height, width, 2, 28, 112 * 112, 28 * 28 * 15_000)
        except ValueError:
            return None
        return sides[0] * sides[1] // 28**2

    assert _differing(WidenedResize(SmartResize(28, 8, 7500)), reference) == []


def test_internvls_grid_is_that_of_its_processor():
    optimal = _module("got_ocr2").get_optimal_tiled_canvas

    def reference(width, height):
        tiles = math.prod(optimal((height, width), (448, 448), 1, 12))
        return 256 * (tiles + (tiles > 1))

    assert _differing(ClosestGrid(448, 256, 12), reference) == []


def test_llamas_canvas_is_that_of_its_processor():
    optimal = _module("mllama").get_optimal_tiled_canvas

    def reference(width, height):
        return int(math.prod(int(side) // 560 for side in optimal(height, width, 4, 560))) * 1601

    assert _differing(Canvas(560, 1601, 4), reference) == []


@pytest.mark.parametrize(("long_px", "tile_px", "tokens"), [(2048, 512, 64), (1536, 384, 81)])
def test_smolvlms_tiles_are_those_of_its_processor(long_px, tile_px, tokens):
    fitted = _module("smolvlm").get_resize_output_image_size

    def reference(width, height):
        high, wide = fitted(SimpleNamespace(shape=(3, height, width)), long_px)
        aspect = wide / high
        if wide >= high:
            high = int(math.ceil(wide / tile_px) * tile_px / aspect)
        else:
            wide = int(math.ceil(high / tile_px) * tile_px * aspect)
        return tokens * (math.ceil(wide / tile_px) * math.ceil(high / tile_px) + 1)

    assert _differing(Splits(long_px, tile_px, tokens), reference) == []


@pytest.mark.parametrize(("side_px", "patch_px", "merged"), [(1024, 16, 1), (1540, 14, 2)])
def test_mistrals_rows_are_those_of_its_tokenizer(side_px, patch_px, merged):
    image = pytest.importorskip("mistral_common.tokens.tokenizers.image")
    config = {"max_image_size": side_px, "image_patch_size": patch_px, "spatial_merge_size": merged}
    encoder = SimpleNamespace(image_config=SimpleNamespace(**config))

    def reference(width, height):
        count = image.ImageEncoder._image_to_num_tokens
        across, down = count(encoder, SimpleNamespace(size=(width, height)))
        return (across + 1) * down

    assert _differing(Rows(side_px, patch_px * merged), reference) == []
