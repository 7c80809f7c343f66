from __future__ import annotations

import pytest
from model_server import Reply, chunk, events
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


SLOW = """
import vlm_notebook as vlm
client = vlm.connect({url!r}, "key", model="m")
answer = vlm.ask("Count.", vlm.samples.path("cat"))
"""


def counting(*, pause_s, count=80):
    """Numbers, one by one and each in a line of its own."""
    numbers = [events(chunk(f"n{number}\n\n"), done=False) for number in range(count)]
    return Reply(pieces=(*numbers, events(chunk(finish="stop"))), pause_s=pause_s)


def test_what_came_while_the_page_was_loading_the_widget_is_shown_too(notebook_page, lab, server):
    server.says(counting(pause_s=0.05))
    notebook_page.open(lab.add("counting.ipynb", SLOW.format(url=server.base_url)))
    notebook_page.run_all(wait=False)
    blocks = notebook_page.cell(0).locator(".vlm-blocks p")
    expect(blocks.nth(20)).to_be_visible()
    assert blocks.all_inner_texts()[:21] == [f"n{number}" for number in range(21)]
    notebook_page.wait_idle()
    expect(notebook_page.cell(0).locator(".vlm-answer")).to_contain_text("n79")
    assert notebook_page.errors == []


def test_the_interrupt_keeps_the_card_and_run_all_goes_no_further(
    notebook_page, lab, server, output
):
    server.says(counting(pause_s=0.2))
    code = SLOW.format(url=server.base_url)
    notebook_page.open(lab.add("interrupted.ipynb", code, "'went on'"))
    notebook_page.run_all(wait=False)
    cell = notebook_page.cell(0)
    expect(cell.locator(".vlm-answer")).to_contain_text("n3")
    notebook_page.command("notebook:interrupt-kernel")
    notebook_page.wait_idle()
    expect(cell.locator(".vlm-notice")).to_contain_text("Interrupted")
    expect(cell.locator(".vlm-answer")).to_contain_text("n3")
    expect(cell.locator(".vlm-tail")).to_have_count(0)
    expect(notebook_page.cell_output(1)).to_have_count(0)
    notebook_page.screenshot(output / "interrupted.png")
    assert server.closed_early.wait(10)


AWAITED = """
import vlm_notebook as vlm
from vlm_notebook.markup.card import Card
from vlm_notebook.view.live import LiveAnswer
client = vlm.connect({url!r}, "key", model="m")
live = LiveAnswer(Card(prompt="Count."), stoppable=True)
display(live)
asked = client.start(client.question("Count."), live.feed)
live.on_stop = asked.cancel
answer = await asked
live.finish(answer.card())
"""


def test_stop_ends_the_answer_that_a_cell_awaits_and_run_all_goes_on(notebook_page, lab, server):
    server.says(counting(pause_s=0.2))
    code = AWAITED.format(url=server.base_url)
    notebook_page.open(lab.add("awaited.ipynb", code, "answer.finish_reason"))
    notebook_page.run_all(wait=False)
    cell = notebook_page.cell(0)
    expect(cell.locator(".vlm-answer")).to_contain_text("n3")
    cell.get_by_role("button", name="Stop").click()
    expect(cell.locator(".vlm-notice")).to_contain_text("Stopped")
    notebook_page.wait_idle()
    expect(cell.locator(".vlm-answer")).to_contain_text("n3")
    expect(notebook_page.cell_output(1)).to_contain_text("cancelled")
    assert server.closed_early.wait(10)
    assert notebook_page.errors == []
