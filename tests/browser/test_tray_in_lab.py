"""The image tray in a notebook: large uploads, a reload, and how it looks."""

from __future__ import annotations

import hashlib
import io
import json

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

OPEN = """
import ipywidgets
import vlm_notebook as vlm
from vlm_notebook.widgets.tray import ImageTray

tray = ImageTray(vlm.samples.path("sign"), vlm.samples.path("receipt"), language="en")
tray.select(0, (90, 120, 700, 420))
tray.caption(1, "the bill of the first day")
seen = ipywidgets.Label()
def tell(_):
    last = tray.items[-1].source
    seen.value = f"{len(tray.items)} {last.origin} {last.format} {last.size} {last.sha256}"
tray.observe(tell, "revision")
ipywidgets.VBox([tray, seen])
"""

LOADED = """() => {
  const pictures = [...document.querySelectorAll(".vlm-tray-seen img")];
  return pictures.length === 2 && pictures.every((one) => one.naturalWidth > 0);
}"""


@pytest.fixture
def notebook(notebook_page, lab):
    notebook_page.open(lab.add("tray.ipynb", OPEN))
    notebook_page.run_all()
    expect(notebook_page.cell(0).get_by_role("listitem")).to_have_count(2)
    return notebook_page


def noisy_jpeg(width, height):
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), "uint8")
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


def padded(jpeg, nbytes):
    """Return the JPEG with so many bytes of comments behind its first marker."""
    comment = b"\xff\xfe\xff\xff" + bytes(65_533)
    return jpeg[:2] + comment * (nbytes // len(comment)) + jpeg[2:]


def test_pictures_far_over_what_a_message_holds_arrive(notebook, tmp_path):
    cell, twelve, sixty = notebook.cell(0), tmp_path / "twelve.jpg", tmp_path / "sixty.jpg"
    twelve.write_bytes(noisy_jpeg(3840, 2800))
    sixty.write_bytes(padded(noisy_jpeg(64, 48), 60_000_000))
    assert twelve.stat().st_size > 12_000_000
    files = cell.locator("input[type=file]")
    files.set_input_files(twelve)
    expect(cell.get_by_text("3 twelve.jpg JPEG (3840, 2800)")).to_be_visible()
    expect(cell.get_by_role("listitem").last).to_contain_text("saved as JPEG before sending")
    cell.get_by_role("checkbox", name="Keep originals").check()
    files.set_input_files(sixty)
    digest = hashlib.sha256(sixty.read_bytes()).hexdigest()
    expect(cell.get_by_text(f"4 sixty.jpg JPEG (64, 48) {digest}")).to_be_visible()
    expect(cell.get_by_role("alert")).to_have_count(0)
    assert notebook.errors == []


def test_a_reloaded_page_gets_everything_back_and_the_notebook_saves_no_picture(
    notebook, lab, output
):
    cell = notebook.cell(0)
    notebook.save()
    saved = json.dumps([lab.read("tray.ipynb").cells[0].outputs, lab.read("tray.ipynb").metadata])
    for text in ("the bill", "sign.jpg", "/9j/"):
        assert text not in saved
    notebook.reload()
    field = cell.get_by_role("textbox", name="Caption of picture 2, receipt.jpg")
    expect(field).to_have_value("the bill of the first day")
    expect(cell.get_by_text("Region 90,120-700,420")).to_be_visible()
    notebook.page.wait_for_function(LOADED)
    for theme in ("light", "dark"):
        notebook.set_theme(theme)
        notebook.screenshot(output / f"tray-{theme}.png", of=cell)
        cell.get_by_role("button", name="Look closely at picture 1, sign.jpg").click()
        dialog = cell.get_by_role("dialog")
        expect(dialog.get_by_role("status")).to_have_text("Region 90,120-700,420: 610x300 pixels")
        notebook.page.wait_for_function(
            "document.querySelector('dialog img').naturalWidth === 1200"
        )
        notebook.screenshot(output / f"tray-region-{theme}.png")
        notebook.page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
    notebook.set_width(390)
    notebook.screenshot(output / "tray-narrow.png")
    assert notebook.remote == []
    assert notebook.errors == []
