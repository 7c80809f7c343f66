"""The documentation's pictures of the program, each under 200 kB; VLM_WRITE_DOCS=1 renews them."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

DOCS = Path(__file__).parents[2] / "docs"
MAX_BYTES = 200_000
ASK = """import vlm_notebook as vlm

vlm.ask("What is written on the sign?", vlm.samples.path("sign"))"""
PLAY = """import vlm_notebook as vlm

vlm.playground(vlm.samples.path("sign"))"""
COMPARE = """import vlm_notebook as vlm

vlm.grid("What is written on the sign?", vlm.samples.path("sign"),
         models="embedded", details=["low", "high"])"""


@pytest.fixture
def show(notebook_page, lab):
    """Run a notebook of one cell; return the page and the cell."""

    def shown(source):
        notebook_page.open(lab.add("Untitled.ipynb", source))
        notebook_page.run_all()
        return notebook_page, notebook_page.cell(0)

    return shown


@pytest.fixture
def keep(output):
    """Keep the page, as wide as it is and so high, as a picture of few colours."""
    folder = DOCS if os.environ.get("VLM_WRITE_DOCS") == "1" else output / "docs"
    folder.mkdir(exist_ok=True)

    def kept(notebook, name, width, height):
        notebook.page.set_viewport_size({"width": width, "height": height})
        notebook.page.mouse.move(0, 0)
        notebook.page.evaluate("() => document.activeElement.blur()")
        seen = Image.open(io.BytesIO(notebook.page.screenshot(animations="disabled")))
        few = seen.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        path = folder / name
        few.save(path, optimize=True)
        assert path.stat().st_size < MAX_BYTES
        assert notebook.errors == []

    return kept


def test_a_question_and_its_answer(show, keep):
    notebook, cell = show(ASK)
    expect(cell.locator(".vlm-answer")).to_contain_text("博物馆入口")
    expect(cell.locator(".vlm-facts")).to_be_visible()
    keep(notebook, "answer.png", 1000, 560)


def test_the_playground_in_light_and_dark(show, keep):
    notebook, cell = show(PLAY)
    cell.get_by_role("textbox", name="Prompt").fill("What is written on the sign?")
    cell.get_by_role("button", name="Ask", exact=True).click()
    expect(cell.locator(".vlm-answer")).to_contain_text("博物馆入口")
    expect(cell.get_by_role("button", name="Show code")).to_be_visible()
    keep(notebook, "playground-light.png", 1000, 1230)
    notebook.set_theme("dark")
    keep(notebook, "playground-dark.png", 1000, 1230)


def test_the_grid(show, keep):
    notebook, cell = show(COMPARE)
    expect(cell.get_by_role("table")).to_be_visible()
    keep(notebook, "grid-light.png", 1000, 900)
