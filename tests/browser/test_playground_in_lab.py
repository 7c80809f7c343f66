"""The playground in JupyterLab, as a teacher and a class use it."""

from __future__ import annotations

import base64

import pytest
from model_server import ModelServer, Reply, answer, chunk, events
from playwright.sync_api import expect

import vlm_notebook as vlm

KEY = "sk-planted-0123456789abcdefghijkl"
OPEN = """
import vlm_notebook as vlm
widget = vlm.playground({images}client=vlm.connect({url!r}, {key!r}, model="m"))
widget
"""
CARD = ["text/html", "text/markdown", "text/plain"]
DROP = """([node, files]) => {
  const transfer = new DataTransfer();
  for (const [name, type, text] of files) {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    transfer.items.add(new File([bytes], name, { type }));
  }
  const options = { bubbles: true, cancelable: true, dataTransfer: transfer };
  for (const kind of ["dragenter", "dragover", "drop"])
    node.dispatchEvent(new DragEvent(kind, options));
}"""
WIDE = """() => [...document.querySelectorAll(".vlm-playground *")].filter(
  (node) => node.checkVisibility() && node.getBoundingClientRect().right > innerWidth + 1).length"""


@pytest.fixture
def server():
    server = ModelServer()
    yield server
    server.close()


@pytest.fixture
def opened(notebook_page, lab, server):
    """A function that opens a notebook with a playground in its first cell, and runs it."""

    def open_notebook(*cells, images="", key="key"):
        source = OPEN.format(url=server.base_url, key=key, images=images)
        notebook_page.open(lab.add("playground.ipynb", source, *cells))
        notebook_page.run_all()
        return notebook_page

    return open_notebook


def slow(count=60, pause_s=0.1):
    numbers = [events(chunk(f"n{number}\n\n"), done=False) for number in range(count)]
    return Reply(pieces=(*numbers, events(chunk(finish="stop"))), pause_s=pause_s)


def button(cell, name):
    return cell.get_by_role("button", name=name, exact=True)


def prompt(cell, name="Prompt"):
    return cell.get_by_role("textbox", name=name)


def drop(page, cell, *names):
    paths = [vlm.samples.path(name) for name in names]
    files = [
        [path.name, "image/jpeg", base64.b64encode(path.read_bytes()).decode()] for path in paths
    ]
    zone = cell.locator(".vlm-tray").element_handle()
    page.page.evaluate(DROP, [zone, files])
    expect(cell.locator(".vlm-tray-list img")).to_have_count(len(names))


def test_two_photographs_are_dropped_asked_about_stopped_asked_again_and_taken_as_code(
    opened, server, lab, output
):
    server.says(slow(), Reply(answer("**Second.**")), Reply(answer("Third.")))
    page = opened("client = vlm.default_client()")
    cell = page.cell(0)
    drop(page, cell, "cat", "sign")
    prompt(cell).fill("两张图有什么不同？")
    page.page.keyboard.press("Control+Enter")
    expect(cell.locator(".vlm-blocks p").nth(3)).to_be_visible()
    button(cell, "Stop").first.click()
    expect(cell.locator(".vlm-notice")).to_be_visible()
    assert server.closed_early.wait(10)
    model = cell.get_by_role("combobox", name="Model")
    model.fill("some/model-vl")
    model.press("Enter")
    cell.get_by_role("radio", name="high").check()
    button(cell, "Ask again").click()
    expect(cell.locator(".vlm-card").nth(1)).to_be_visible()
    expect(cell.locator(".vlm-answer").first).to_contain_text("Second.")
    assert server.requests[1]["model"] == "some/model-vl"
    assert {
        part["image_url"]["detail"]
        for part in server.requests[1]["messages"][0]["content"]
        if part["type"] == "image_url"
    } == {"high"}
    button(cell, "Show code").first.click()
    code = cell.locator(".vlm-code").first
    expect(code).to_contain_text("pictures/cat.jpg")
    page.screenshot(output / "playground-code.png")
    source = code.inner_text()
    assert "两张图有什么不同？" in source
    compile(source, "cell", "exec")
    assert sorted(path.name for path in (lab.folder / "pictures").iterdir()) == [
        "cat.jpg", "sign.jpg",
    ]  # fmt: skip
    assert page.errors == []


def test_low_and_high_are_compared_side_by_side(opened, server, output):
    server.says(Reply(answer("A red house.")), Reply(answer("A blue house.")))
    page = opened(images="vlm.samples.path('cat'), ")
    cell = page.cell(0)
    button(cell, "Compare…").click()
    cell.get_by_role("button", name="Ask 2 times").click()
    expect(cell.locator("ins, del").first).to_be_visible()
    expect(cell.get_by_role("table")).to_be_visible()
    page.screenshot(output / "grid-in-playground.png")
    assert page.errors == []


def test_what_is_saved_are_cards_and_a_live_kernel_brings_the_controls_back(opened, server, lab):
    server.says(Reply(answer("First.")), Reply(answer("Second.")))
    page = opened(images="vlm.samples.path('cat'), ", key=KEY)
    cell = page.cell(0)
    for number, said in enumerate(("First.", "Second.")):
        button(cell, "Ask").click()
        expect(cell.locator(".vlm-answer")).to_have_count(number + 1)
        expect(cell.locator(".vlm-answer").first).to_contain_text(said)
        expect(button(cell, "Ask")).to_be_enabled()
    page.command("@jupyter-widgets/jupyterlab-manager:saveWidgetState")
    page.save()
    (shown,) = lab.read("playground.ipynb").cells[0].outputs
    assert sorted(shown.data) == CARD
    assert "First." in shown.data["text/plain"]
    file = (lab.folder / "playground.ipynb").read_text("utf-8").replace(KEY, "", 1)  # the source
    assert KEY not in file
    assert len(str(shown.data)) < 120_000
    page.reload()
    expect(button(cell, "Ask")).to_be_enabled()
    expect(cell.locator(".vlm-answer")).to_have_count(2)
    page.restart_kernel()
    expect(button(cell, "Ask")).to_have_count(0)
    expect(cell.locator(".vlm-answer")).to_have_count(2)
    expect(cell).to_contain_text("First.")
    page.run_all()
    expect(button(cell, "Ask")).to_be_enabled()
    expect(cell.locator(".vlm-answer")).to_have_count(0)
    assert page.errors == []


def test_it_speaks_chinese_fits_a_telephone_and_the_dark(opened, server, output):
    page = opened(images="vlm.samples.path('sign'), ")
    cell = page.cell(0)
    button(cell, "Change the language to Chinese").click()
    expect(
        cell.get_by_role("radio", name="高").or_(cell.get_by_role("radio", name="high"))
    ).to_be_visible()
    for name in ("提问", "停止", "连接…", "对比…"):
        expect(button(cell, name).first).to_be_visible()
    server.says(Reply(answer("好的。")))
    cell.get_by_role("textbox").last.press("Control+Enter")
    expect(cell.locator(".vlm-answer")).to_contain_text("好的。")
    page.set_width(390)
    assert page.page.evaluate(WIDE) == 0
    page.set_width(1200)
    page.set_theme("dark")
    page.screenshot(output / "playground-chinese.png")
    button(cell, "切换到英文界面").click()
    expect(button(cell, "Ask")).to_be_visible()
    assert page.errors == []


def test_another_endpoint_is_asked_and_its_key_is_nowhere(opened, server, lab):
    other = ModelServer()
    other.says(Reply(answer("From elsewhere.")))
    page = opened(images="vlm.samples.path('cat'), ")
    cell = page.cell(0)
    button(cell, "Connect…").click()
    cell.get_by_label("Address (base URL)").fill(other.base_url)
    cell.get_by_label("API key").fill(KEY)
    cell.get_by_label("Model (may stay empty)").fill("m2")
    button(cell, "Connect").click()
    expect(cell).to_contain_text(other.base_url)
    button(cell, "Ask").click()
    expect(cell.locator(".vlm-answer")).to_contain_text("From elsewhere.")
    page.command("@jupyter-widgets/jupyterlab-manager:saveWidgetState")
    page.save()
    assert other.requests[0]["model"] == "m2"
    places = [
        (lab.folder / "playground.ipynb").read_text("utf-8"),
        page.page.content(),
        page.page.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}])"),
    ]
    assert [place for place in places if KEY in place or KEY[8:] in place] == []
    other.close()


def test_what_is_no_picture_is_refused_in_one_line(opened):
    page = opened()
    cell = page.cell(0)
    with page.page.expect_file_chooser() as choosing:
        button(cell, "Choose files").click()
    note = {"name": "note.txt", "mimeType": "text/plain", "buffer": b"hello"}
    choosing.value.set_files(note)
    expect(cell.get_by_role("alert")).to_contain_text("note.txt")
    assert page.errors == []


SHOWN = """import vlm_notebook as vlm

vlm.playground(vlm.samples.path("cat"), vlm.samples.path("sign"))"""


def test_without_an_endpoint_the_embedded_reader_answers_as_the_readme_shows_it(
    notebook_page, lab, output
):
    notebook_page.page.set_viewport_size({"width": 1000, "height": 1240})
    notebook_page.open(lab.add("Untitled.ipynb", SHOWN))
    notebook_page.run_all()
    cell = notebook_page.cell(0)
    prompt(cell).fill("What is written on the sign?")
    prompt(cell).press("Control+Enter")
    expect(cell.locator(".vlm-answer")).to_contain_text("博物馆入口")
    expect(button(cell, "Show code")).to_be_visible()
    for theme in ("light", "dark"):
        notebook_page.set_theme(theme)
        notebook_page.screenshot(output / f"playground-{theme}.png")
    assert notebook_page.errors == []
    assert notebook_page.remote == []
