"""The grid's bar alone in a page, with a stand-in for its Python half."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from vlm_notebook.markup import table
from vlm_notebook.view.control import css
from vlm_notebook.widgets.gridview import GridBar

STATE = {
    "kind": "state",
    "head": '<div class="vlm-prompt">What is it?</div>',
    "table": "",
    "names": ["a · low", "<b>b</b> · low"],
    "against": 0,
    "over": False,
}
OVER = {**STATE, "over": True, "table": '<div class="vlm-cells">done</div>'}


@pytest.fixture
def bar(esm_page):
    def load(language="en", **options):
        state = {"language": language, "name": "x", "done": 0, "count": 2, "_css": ""}
        esm_page.load(GridBar._esm, css=css() + table.style(), **state, **options)
        return esm_page

    return load


def test_it_says_how_much_is_done_and_stops_all(bar):
    page = bar()
    page.deliver(STATE)
    expect(page.views.get_by_role("status")).to_have_text("0 of 2")
    page.set("done", 1)
    expect(page.views.get_by_role("status")).to_have_text("1 of 2")
    page.views.get_by_role("button", name="Stop all").click()
    expect(page.views.get_by_role("button", name="Stop all")).to_be_disabled()
    assert page.sent[-1].content == {"kind": "stop"}
    expect(page.views.get_by_role("combobox")).to_have_count(0)


def test_at_the_end_it_shows_the_table_and_asks_what_to_compare_with(bar):
    page = bar()
    page.deliver(OVER)
    expect(page.views).to_contain_text("done")
    expect(page.views.get_by_role("button", name="Stop all")).to_have_count(0)
    chooser = page.views.get_by_role("combobox", name="Compare with")
    assert chooser.locator("option").all_inner_texts() == [
        *("nothing", "a · low", "<b>b</b> · low")
    ]
    expect(chooser).to_have_value("0")
    chooser.select_option("1")
    assert page.sent[-1].content == {"kind": "against", "number": 1}
    chooser.select_option("-1")
    assert page.sent[-1].content == {"kind": "against", "number": -1}


def test_it_copies_the_table_as_markdown(bar):
    page = bar()
    page.deliver(OVER)
    page.views.get_by_role("button", name="Copy as Markdown").click()
    assert page.sent[-1].content == {"kind": "copy"}
    page.deliver({"kind": "markdown", "text": "| a |"})
    expect(page.views.get_by_role("button", name="Copied")).to_be_visible()


def test_it_speaks_chinese(bar):
    page = bar("zh")
    page.deliver(STATE)
    expect(page.views.get_by_role("button", name="全部停止")).to_be_visible()
    expect(page.views.get_by_role("status")).to_have_text("已完成 0/2")


def test_two_views_show_the_same_and_leave_no_listener(bar):
    page = bar(views=2)
    page.deliver(OVER)
    expect(page.page.get_by_text("done")).to_have_count(2)
    page.remove()
    assert page.listeners == 0
    assert page.errors == []


def test_in_a_narrow_page_nothing_stands_out(bar):
    page = bar()
    page.page.set_viewport_size({"width": 390, "height": 800})
    page.deliver({**OVER, "names": ["a very long name of a model " * 5, "b"]})
    width = "() => document.documentElement.scrollWidth"
    assert page.page.evaluate(width) <= 390
