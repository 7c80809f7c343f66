"""Whole journeys through the playground in JupyterLab."""

from __future__ import annotations

import io

import numpy as np
import pytest
from model_server import Reply, answer, chunk, events
from PIL import Image
from playground_page import NOTEBOOK, counting
from playwright.sync_api import expect

KEY = "sk-planted-0123456789abcdefghijkl"
QUESTION = "两张图有什么不同？"
COPY_IMAGE = """async () => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 90, height: 60 });
  canvas.getContext("2d").fillRect(10, 10, 40, 20);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
}"""


@pytest.fixture
def clipboard(context):
    """The page may use the clipboard without asking."""
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield
    context.clear_permissions()


def details(request):
    """Return the levels of detail at which a request's pictures are sent."""
    parts = request["messages"][0]["content"]
    return [part["image_url"]["detail"] for part in parts if part["type"] == "image_url"]


def stop_an_answer(playground, server):
    playground.prompt.fill(QUESTION)
    playground.prompt.press("Control+Enter")
    expect(playground.cell.locator(".vlm-blocks p").nth(3)).to_be_visible()
    expect(playground.ask).to_be_disabled()
    playground.stop.click()
    expect(playground.cell.locator(".vlm-notice")).to_be_visible()
    expect(playground.ask).to_be_enabled()
    assert server.closed_early.wait(10)


def ask_again_otherwise(playground, server):
    model = playground.cell.get_by_role("combobox", name="Model")
    model.fill("other/model-vl")
    model.press("Enter")
    playground.cell.get_by_role("radio", name="high").check()
    playground.button("Ask again").click()
    expect(playground.answers.first).to_contain_text("Second.")
    assert server.requests[1]["model"] == "other/model-vl"
    assert details(server.requests[1]) == ["high", "high"]
    expect(playground.ask).to_be_enabled()


def follow_up(playground, server):
    playground.button("Follow up").first.click()
    expect(playground.cell.get_by_text(f"Goes on from: {QUESTION}")).to_be_visible()
    playground.prompt.fill("And the colours?")
    playground.ask_for("Third.", 3)
    roles = [message["role"] for message in server.requests[2]["messages"]]
    assert roles == ["user", "assistant", "user"]


def paste_code(playground):
    """Copy the follow-up's code into a new cell."""
    playground.button("Show code").nth(1).click()
    playground.button("Copy code").click()
    expect(playground.button("Copied")).to_be_visible()
    playground.notebook.command("notebook:insert-cell-below")
    playground.notebook.cell(1).locator(".cm-content").click()
    playground.page.keyboard.press("Control+V")
    expect(playground.notebook.cell(1)).to_contain_text("answer.ask")


def test_two_photographs_are_asked_about_stopped_asked_again_and_taken_along_as_code(
    playground, server, lab, samples, clipboard
):
    server.says(counting(), *(Reply(answer(text)) for text in ("Second.", "Third.", "Fourth.")))
    playground.open(server.base_url, key=KEY)
    playground.drop(samples / "cat.jpg", samples / "sign.jpg")
    expect(playground.pictures).to_have_count(2)
    stop_an_answer(playground, server)
    ask_again_otherwise(playground, server)
    follow_up(playground, server)
    paste_code(playground)
    notebook = playground.notebook
    page, fresh = playground.page, notebook.cell(1)
    page.evaluate("() => void window.jupyterapp.commands.execute('notebook:run-cell')")
    fresh.locator("input[type=password]").fill(KEY)
    fresh.locator("input[type=password]").press("Enter")
    expect(fresh.locator(".vlm-answer").last).to_contain_text("Fourth.")
    notebook.wait_idle()
    assert [request["model"] for request in server.requests[3:]] == ["other/model-vl"] * 2
    assert details(server.requests[3]) == ["high", "high"]
    notebook.save()
    (source, code) = lab.read(NOTEBOOK).cells
    assert KEY in source.source
    assert KEY not in str((source.outputs, code))
    assert notebook.errors == []


def test_low_and_high_are_compared_side_by_side(playground, server, output):
    def reply(request):
        if details(request) == ["low"]:
            return Reply(answer("A red house by the sea."))
        begun = events(chunk("A blue house by"), done=False)
        return Reply(pieces=(begun, *[b": wait\n\n"] * 3000), pause_s=0.01)

    server.says(reply)
    playground.open(server.base_url, "cat")
    cell = playground.cell
    playground.button("Compare…").click()
    dialog = cell.get_by_role("dialog", name="Compare side by side")
    expect(dialog.get_by_role("listitem")).to_have_text(["m ×"])
    expect(dialog.get_by_role("checkbox", checked=True)).to_have_count(2)
    dialog.get_by_role("button", name="Ask 2 times").click()
    expect(cell.get_by_text("1 of 2")).to_be_visible()
    growing = cell.locator(".vlm-grid-cells .vlm-card")
    expect(growing.nth(1)).to_contain_text("A blue house")
    growing.nth(1).get_by_role("button", name="Stop").click()
    rows = cell.get_by_role("table").locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(1)).to_contain_text("stopped")
    expect(cell.locator(".vlm-cell ins")).to_have_text(["blue"])
    against = cell.get_by_role("combobox", name="Compare with")
    against.select_option(label="m · high")
    expect(cell.locator(".vlm-cell ins").filter(has_text="red")).to_be_visible()
    expect(playground.ask).to_be_enabled()
    playground.notebook.screenshot(output / "grid-in-playground.png")
    assert playground.notebook.errors == []


def noisy_jpeg(width, height):
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), "uint8")
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=100)
    return buffer.getvalue()


def ask_about_a_region(playground):
    """Draw around the middle of the second picture."""
    playground.cell.get_by_role("button", name="Look closely at picture 2").click()
    dialog = playground.cell.get_by_role("dialog")
    box = dialog.locator("img").bounding_box()
    mouse = playground.page.mouse
    mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 4)
    mouse.down()
    mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=4)
    mouse.up()
    expect(dialog.get_by_role("status")).to_contain_text("Region")
    dialog.get_by_role("button", name="Ask about this region").click()
    expect(playground.pictures.nth(1)).to_contain_text("Region")


def test_large_pasted_and_wrong_files_and_a_region(playground, server, tmp_path, clipboard):
    playground.open(server.base_url)
    large = tmp_path / "large.jpg"
    large.write_bytes(noisy_jpeg(2600, 2400))
    assert large.stat().st_size > 12_000_000
    playground.choose_file(large)
    expect(playground.pictures).to_have_count(1)
    expect(playground.pictures.first).to_contain_text("large.jpg")
    playground.page.evaluate(COPY_IMAGE)
    playground.cell.get_by_role("group", name="Pictures: drop").focus()
    playground.page.keyboard.press("Control+V")
    expect(playground.pictures.nth(1)).to_contain_text("90x60")
    note = {"name": "note.txt", "mimeType": "text/plain", "buffer": b"hello"}
    playground.choose_file(note)
    refused = playground.cell.get_by_role("alert")
    expect(refused).to_contain_text("note.txt")
    assert "\n" not in refused.inner_text()
    expect(playground.pictures).to_have_count(2)
    ask_about_a_region(playground)
    playground.ask_for("Hello there.", 1)
    assert len(details(server.requests[0])) == 2
    assert playground.notebook.errors == []
