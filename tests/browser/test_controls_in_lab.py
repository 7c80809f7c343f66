"""The picker, the detail toggle and the prompt box as a person meets them in a notebook."""

from __future__ import annotations

from contextlib import closing

import pytest
from model_server import ModelServer
from playwright.sync_api import expect

OPEN = """
import ipywidgets
import vlm_notebook as vlm
from vlm_notebook.widgets.picker import ModelPicker
from vlm_notebook.widgets.prompt import PromptBox
from vlm_notebook.widgets.toggle import DetailToggle

client = vlm.Client({url!r}, "key", model="gpt-4o")
client.models()
picker, toggle, prompt = ModelPicker(client), DetailToggle(client), PromptBox("First")
sign = vlm.load(vlm.samples.path("sign"))
picker.observe(lambda change: toggle.update([sign], change["new"]), "value")
asked = []
prompt.on_ask(lambda text: (asked.append(text), setattr(prompt, "busy", True)))
prompt.on_stop(lambda: setattr(prompt, "busy", False))
toggle.update([sign]).result()
ipywidgets.VBox([picker, toggle, prompt])
"""
PRICING = {"prompt": "0.0000025", "completion": "0.00001"}


@pytest.fixture
def notebook(notebook_page, lab):
    listed = [{"id": f"maker/model-{n:03}-vl", "context_length": 131072} for n in range(400)]
    with closing(ModelServer()) as server:
        server.models = {"data": [{"id": "gpt-4o", "pricing": PRICING}, *listed]}
        name = lab.add("controls.ipynb", OPEN.format(url=server.base_url), "asked", "1")
        notebook_page.open(name)
        notebook_page.run_all()
        yield notebook_page


def count(cell):
    return cell.locator(".jp-InputPrompt").inner_text()


def is_active(notebook, number):
    return "jp-mod-active" in notebook.cell(number).get_attribute("class")


def choose_a_model(cell, keyboard):
    picker = cell.get_by_role("combobox", name="Model")
    expect(picker).to_have_value("gpt-4o")
    picker.focus()
    keyboard.type("MODEL 123")
    expect(cell.get_by_role("option")).to_have_count(1)
    keyboard.press("ArrowDown")
    keyboard.press("Enter")
    expect(picker).to_have_value("maker/model-123-vl")


def see_a_preview(cell, keyboard):
    preview = cell.get_by_role("button", name="Preview")
    preview.focus()
    keyboard.press("Enter")
    dialog = cell.get_by_role("dialog", name="What the model gets")
    expect(dialog.locator("img").first).to_be_visible()
    keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(preview).to_be_focused()


def test_the_three_controls_are_used_by_keyboard_alone(notebook):
    cell, keyboard = notebook.cell(0), notebook.page.keyboard
    ran = count(cell)
    choose_a_model(cell, keyboard)
    expect(cell.get_by_text("about").first).to_be_visible()
    cell.get_by_role("radio", name="auto", exact=True).focus()
    keyboard.press("ArrowDown")
    expect(cell.get_by_role("radio", name="low", exact=True)).to_be_focused()
    assert is_active(notebook, 0)
    see_a_preview(cell, keyboard)
    box = cell.get_by_role("textbox", name="Prompt")
    box.fill("What is it?")
    box.press("Control+Enter")
    expect(cell.get_by_role("button", name="Stop", exact=True)).to_be_enabled()
    box.press("Escape")
    expect(cell.get_by_role("button", name="Stop", exact=True)).to_be_disabled()
    expect(box).to_be_focused()
    assert count(cell) == ran
    notebook.page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.content.activeCellIndex = 1"
    )
    notebook.command("notebook:run-cell")
    expect(notebook.cell_output(1)).to_have_text("['What is it?']")
    assert notebook.errors == []


def test_they_look_well_and_fit_in_any_theme_and_width(notebook, output):
    cell = notebook.cell(0)
    expect(cell.get_by_text("1,105 tokens, $0.0028").first).to_be_visible()
    cell.get_by_role("button", name="Find", exact=True).click()
    cell.get_by_role("combobox", name="Model").click()
    cell.get_by_role("combobox", name="Model").press_sequentially("vl 12")
    expect(cell.get_by_role("option").first).to_be_visible()
    for theme in ("light", "dark"):
        notebook.set_theme(theme)
        notebook.screenshot(output / f"controls-{theme}-open.png")
    cell.get_by_role("combobox", name="Model").press("Escape")
    notebook.screenshot(output / "controls-dark.png")
    cell.get_by_role("button", name="Preview").click()
    expect(cell.get_by_role("dialog").locator("img").first).to_be_visible()
    notebook.screenshot(output / "controls-dark-preview.png")
    notebook.page.keyboard.press("Escape")
    notebook.set_theme("light")
    notebook.screenshot(output / "controls-light.png")
    notebook.set_width(390)
    notebook.screenshot(output / "controls-390.png")
    area = cell.locator(".jp-OutputArea-output").first
    assert area.evaluate("node => node.scrollWidth - node.clientWidth") <= 0


def test_what_is_typed_is_there_after_a_reload(notebook):
    box = notebook.cell(0).get_by_role("textbox", name="Prompt")
    box.fill("Half a question")
    notebook.save()
    notebook.page.wait_for_timeout(500)
    notebook.reload()
    expect(notebook.cell(0).get_by_role("textbox", name="Prompt")).to_have_value("Half a question")
    expect(notebook.cell(0).get_by_role("radio", name="auto", exact=True)).to_be_checked()
