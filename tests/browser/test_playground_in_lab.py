from __future__ import annotations

import pytest
from playwright.sync_api import expect

OPEN = """
import vlm_notebook as vlm
from functools import partial
client = vlm.connect(model="embedded")
client.question = partial(client.question, pace=40)
widget = vlm.playground(vlm.samples.path("sign"))
widget
"""


@pytest.fixture
def playground(notebook_page, lab):
    notebook_page.open(
        lab.add("playground.ipynb", OPEN, "[a.finish_reason for a in widget.answers]")
    )
    notebook_page.run_all()
    return notebook_page


def test_asking_in_the_playground_streams_a_card_under_the_controls(playground, output):
    cell = playground.cell(0)
    expect(cell.get_by_role("combobox", name="Model")).to_have_value("embedded")
    cell.get_by_role("button", name="high").click()
    cell.get_by_role("textbox", name="Prompt").fill("招牌上写了什么？")
    cell.get_by_role("button", name="Ask").click()
    expect(cell.get_by_role("button", name="Ask")).to_be_disabled()
    expect(cell.locator(".vlm-facts").last).to_contain_text("detail high")
    expect(cell.locator(".vlm-answer")).to_contain_text("博物馆入口")
    expect(cell.get_by_role("button", name="Ask")).to_be_enabled()
    playground.screenshot(output / "playground.png")
    assert playground.errors == []


def test_stop_ends_the_answer_and_keeps_what_had_arrived(playground, output):
    cell = playground.cell(0)
    cell.get_by_role("button", name="Ask").click()
    expect(cell.locator(".vlm-tail")).to_contain_text("picture")
    cell.get_by_role("button", name="Stop").click()
    expect(cell.locator(".vlm-notice")).to_contain_text("Stopped")
    expect(cell.locator(".vlm-answer")).to_contain_text("picture")
    expect(cell.get_by_role("button", name="Ask")).to_be_enabled()
    playground.screenshot(output / "stopped.png")


def test_an_uploaded_picture_joins_the_tray_and_leaves_the_widgets_state(playground, lab, samples):
    cell = playground.cell(0)
    with playground.page.expect_file_chooser() as choosing:
        cell.get_by_role("button", name="Add pictures").click()
    choosing.value.set_files(samples / "cat.jpg")
    expect(cell.locator(".vlm-tray img")).to_have_count(2)
    with playground.page.expect_file_chooser() as choosing:
        cell.get_by_role("button", name="Add pictures").click()
    choosing.value.set_files({"name": "note.txt", "mimeType": "text/plain", "buffer": b"hello"})
    expect(cell.locator(".vlm-error")).to_contain_text("note.txt")
    expect(cell.locator(".vlm-tray img")).to_have_count(2)
