"""Hostile names, errors and picture texts in JupyterLab: as hostile as answers, on each surface."""

from __future__ import annotations

import json

import hostile
import pytest
from model_server import ModelServer, Reply, chunk, events, refusal
from playwright.sync_api import expect
from witness import harmless

KINDS = ("x041", "x109", "x115", "x111", "h002", "h017", "h026", "h040", "h056", "h057")
"""A handler, a class, math, ids, mutation, a fence, titles, commands, delimiters, a terminal."""

SETUP = """
import json
from pathlib import Path
from PIL import Image
from PIL.PngImagePlugin import PngInfo
import vlm_notebook as vlm
client = vlm.connect({url!r}, "key", model="m", max_retries=0)
texts = json.loads(Path("texts.json").read_text("utf-8"))
def picture(text):
    about, exif = PngInfo(), Image.Exif()
    about.add_itxt("Title", text)
    exif[0x010E] = exif[0x013B] = text
    path = Path(text.replace("/", "\u2215").replace("\\0", "")[:60] + ".png")
    Image.new("RGB", (64, 48), "red").save(path, pnginfo=about, exif=exif)
    return path
def ask(text):
    try:
        vlm.ask(text, picture(text), model=text, system=text)
    except vlm.VlmError as error:
        print(error)
"""
ASKED = "for text in texts: ask(text)"
AROUND = """
for text in texts:
    display(vlm.preview(picture(text), model=text))
client.model = texts[0]
display(client)
"""
LISTED = "%load_ext vlm_notebook\n%vlm models"
PLAY = """
uploads = [{"name": text, "type": text, "content": picture(text).read_bytes()} for text in texts]
widget = vlm.playground(*uploads, client=client)
for number, text in enumerate(texts): widget.tray.caption(number, text[:200])
widget
"""
PLAYED = """
for text in texts:
    widget.prompt.value = text
    widget.ask()
    widget._submission.result()
"""
OUTPUTS = ".jp-OutputArea-output"
OWN = ".vlm-tray > .vlm-row > form, .vlm-control > dialog > form"
FOREIGN = f"""() => document.querySelectorAll("{OUTPUTS} :is(script, iframe, object," +
  "form:not({OWN}), svg image, select * *, select :not(option))").length"""


@pytest.fixture
def texts(canary):
    answers = hostile.answers(canary.host)
    return [answers[name] for name in KINDS]


@pytest.fixture
def server(texts):
    server = ModelServer()
    server.models = {"data": [{"id": text, "features": ["vision"]} for text in texts]}
    yield server
    server.close()


@pytest.fixture
def notebook(notebook_page, lab, server, texts, witness):
    """A notebook whose first cell knows the texts, and whose further ones are the test's."""
    (lab.folder / "texts.json").write_text(json.dumps(texts), "utf-8")

    def opened(*cells):
        notebook_page.open(lab.add("names.ipynb", SETUP.format(url=server.base_url), *cells))
        notebook_page.run_all()
        return notebook_page

    return opened


def said(text):
    """An answer whose every field is hostile."""
    usage = {"prompt_tokens": text, "completion_tokens": text, "total_tokens": text}
    thought = chunk(text, reasoning_content=text, role=text)
    return Reply(events(thought, chunk(finish=text), json.dumps({"choices": [], "usage": usage})))


def broken(text):
    error = {"error": {"message": text, "code": text, "type": text}}
    return Reply(events(chunk(text), json.dumps(error)))


def test_what_stands_around_an_answer_does_no_harm(notebook, server, texts, witness):
    server.says(*map(said, texts), *(refusal(400, t) for t in texts), *map(broken, texts))
    page = notebook(ASKED, ASKED, ASKED, AROUND, LISTED).page
    expect(page.locator(".vlm-error")).to_have_count(2 * len(texts))
    expect(page.locator(".vlm-reasoning")).to_have_count(len(texts))
    expect(page.locator(".vlm-tail")).to_have_count(0)
    page.evaluate(
        "() => document.querySelectorAll('.vlm-reasoning').forEach((it) => it.open = true)"
    )
    rows = page.locator(f"{OUTPUTS}.jp-RenderedMarkdown tbody tr")
    expect(rows).to_have_count(len(texts))  # JupyterLab renders Markdown some time later
    assert witness.look(".vlm-card") == harmless(3 * len(texts))
    assert witness.look(".vlm-preview") == harmless(len(texts))
    assert witness.look(f"{OUTPUTS}.jp-RenderedMarkdown") == harmless(1)
    assert page.evaluate(FOREIGN) == 0


def test_hostile_names_answers_and_errors_do_no_harm_in_the_playground(
    notebook, server, texts, witness
):
    server.says(*map(said, texts), *(refusal(400, text) for text in texts))
    page = notebook(PLAY, PLAYED, PLAYED).page
    played = page.locator(".jupyter-widgets .vlm-card")
    expect(played).to_have_count(2 * len(texts))
    expect(page.locator(".jupyter-widgets .vlm-error")).to_have_count(len(texts))
    expect(page.get_by_role("listitem").filter(has=page.locator("img"))).to_have_count(len(texts))
    page.get_by_role("combobox", name="Model").click()
    models = page.get_by_role("listbox", name="Models").get_by_role("option")
    expect(models).to_have_count(len(texts))
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Show code").first.click()
    expect(page.locator(".vlm-code").first).to_contain_text("vlm.Client(")
    assert witness.look(".jupyter-widgets .vlm-card") == harmless(2 * len(texts))
    assert page.evaluate(FOREIGN) == 0
