from __future__ import annotations

import pytest
from playwright.sync_api import expect

ASK = """
import vlm_notebook as vlm
answer = vlm.ask("What do you see?", vlm.samples.path("cat"), pace=60)
"""


@pytest.fixture
def asking(notebook_page, lab):
    notebook_page.open(lab.add("asking.ipynb", ASK, "answer.finish_reason"))
    return notebook_page


def test_the_answer_streams_beside_its_picture_and_becomes_a_card(asking, output, lab):
    asking.run_all(wait=False)
    live = asking.cell(0).locator(".vlm-card")
    expect(live.locator("img")).to_be_visible()
    expect(live.locator(".vlm-wait")).to_be_visible()
    expect(live.locator(".vlm-tail")).to_contain_text("landscape")
    asking.screenshot(output / "streaming.png")
    asking.wait_idle()
    expect(asking.cell(0).locator(".vlm-facts")).to_contain_text("tokens")
    expect(asking.cell(0).locator(".vlm-tail")).to_have_count(0)
    assert asking.cell_output(0).count() == 1
    asking.screenshot(output / "answer-light.png")
    asking.set_theme("dark")
    asking.screenshot(output / "answer-dark.png")
    asking.set_theme("light")
    asking.set_width(390)
    asking.screenshot(output / "answer-narrow.png")
    assert asking.errors == []
    asking.save()
    bundle = lab.read("asking.ipynb").cells[0].outputs[0].data
    assert sorted(bundle) == ["text/html", "text/markdown", "text/plain"]


def test_the_card_is_there_after_a_reload_and_in_a_new_kernel(asking):
    asking.run_all()
    asking.save()
    asking.reload()
    expect(asking.cell(0).locator(".vlm-card img")).to_be_visible()
    asking.restart_kernel()
    expect(asking.cell(0).locator(".vlm-facts")).to_contain_text("tokens")
