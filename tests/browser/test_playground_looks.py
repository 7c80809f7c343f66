"""The playground for everybody: in two languages, by keyboard, narrow, in forced colours."""

from __future__ import annotations

import re
from functools import partial

import pytest
from playground_page import counting
from playwright.sync_api import expect

SPOKEN = [
    ("button", "Connect…", "连接…"),
    ("button", "Change the language to Chinese", "切换到英文界面"),
    ("group", "Pictures: drop or paste them here", "图片：可拖放或粘贴到这里"),
    ("list", "Pictures", "图片"),
    ("button", "Look closely at picture 1, sign.jpg", "放大查看图 1（sign.jpg）"),
    ("textbox", "Caption of picture 1, sign.jpg", "图 1（sign.jpg）的说明"),
    ("button", "Remove picture 1, sign.jpg", "移除图 1（sign.jpg）"),
    ("button", "Choose files", "选择文件"),
    ("textbox", "Address of a picture", "图片网址"),
    ("button", "Camera", "摄像头"),
    ("button", "Samples", "示例图片"),
    ("combobox", "Model", "模型"),
    ("button", "Read the list of models again", "重新读取模型列表"),
    ("checkbox", "all models", "所有模型"),
    ("radiogroup", "Detail", "细节"),
    ("radio", "low", "低"),
    ("radio", "auto", "自动"),
    ("button", "Preview", "预览"),
    ("group", "Ready prompts", "常用提示词"),
    ("button", "Read the text", "读取文字"),
    ("textbox", "Prompt", "提示词"),
    ("button", "Ask", "提问"),
    ("button", "Compare…", "对比…"),
    ("group", "What can be done with this answer", "对这个回答的操作"),
    ("button", "Ask again", "重新提问"),
    ("button", "Follow up", "追问"),
    ("button", "Copy as Markdown", "复制为 Markdown"),
    ("button", "Show code", "显示代码"),
]
NAMED = re.compile(r'- (?:button|textbox|combobox|checkbox|radio|group|list|radiogroup) "([^"]+)"')
WIDE = """(root) => [...root.querySelectorAll("*")]
  .filter((node) => node.checkVisibility() && !node.closest(".vlm-unseen"))
  .filter((node) => node.getBoundingClientRect().right > innerWidth + 1)
  .map((node) => node.outerHTML.slice(0, 100))"""
VISIT = """(root) => {
  window.visited = new Set();
  window.unseen = [];
  root.addEventListener("focusin", ({ target }) => requestAnimationFrame(() => {
    window.visited.add(target);
    const both = [target, target.closest("label")].filter(Boolean);
    const shown = both.map((it) => getComputedStyle(it));
    if (!shown.some((it) => it.outlineStyle !== "none" && parseFloat(it.outlineWidth) >= 1))
      window.unseen.push(target.outerHTML.slice(0, 100));
  }));
}"""
MISSED = """(root) => [...root.querySelectorAll("button, input, textarea, select, [tabindex]")]
  .filter((it) => it.checkVisibility() && !it.disabled && it.tabIndex >= 0)
  .filter((it) => it.type !== "radio" || it.checked)
  .filter((it) => !window.visited.has(it)).map((it) => it.outerHTML.slice(0, 100))"""
TREE = ".vlm-playground"


@pytest.fixture
def answered(playground, server):
    """A playground with a picture and one answer."""
    playground.open(server.base_url, "sign")
    playground.ask_for("Hello there.", 1)
    return playground


def named(answered, language):
    """Return what every control is called, once each speaks the language: 0 English, 1 Chinese."""
    for role, *texts in SPOKEN:
        called = partial(answered.cell.get_by_role, role, exact=True)
        expect(called(name=texts[language]).first).to_be_visible()
        expect(called(name=texts[1 - language])).to_have_count(0)
    return set(NAMED.findall(answered.cell.locator(TREE).aria_snapshot()))


def test_the_language_is_switched_there_and_back_in_every_name(answered):
    english = named(answered, 0)
    answered.button("Change the language to Chinese").click()
    assert named(answered, 1) & english == set()
    answered.button("切换到英文界面").click()
    assert named(answered, 0) == english
    assert answered.notebook.errors == []


def test_every_control_is_reached_by_tab_and_the_keyboard_asks_and_stops(answered, server):
    page, tree = answered.page, answered.cell.locator(TREE)
    answered.button("Connect…").focus()
    tree.evaluate(VISIT)
    page.keyboard.press("Shift+Tab")  # a focus that a script gave is not shown
    for _ in range(60):
        page.keyboard.press("Tab")
        if not tree.evaluate("(root) => root.contains(document.activeElement)"):
            break
    page.wait_for_timeout(100)
    assert tree.evaluate(MISSED) == []
    assert page.evaluate("() => window.unseen") == []
    server.says(counting())
    answered.prompt.press("Control+Enter")
    expect(answered.answers.first).to_contain_text("n2")
    page.keyboard.press("Escape")
    expect(answered.cell.locator(".vlm-notice")).to_be_visible()
    expect(answered.ask).to_be_enabled()
    expect(answered.prompt).to_be_focused()
    assert server.closed_early.wait(10)
    assert answered.notebook.errors == []


def overflow_nowhere(answered):
    tree = answered.cell.locator(TREE)
    assert tree.evaluate(WIDE) == []
    for opener in ("Connect…", "Compare…", "Preview", "Look closely at picture 1, sign.jpg"):
        answered.button(opener).click()
        dialog = answered.cell.get_by_role("dialog")
        expect(dialog).to_be_visible()
        assert tree.evaluate(WIDE) == []
        answered.page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)


def see_what_is_chosen(answered):
    """In forced colours no background or shadow says it."""
    style = "(node, name) => getComputedStyle(node)[name]"
    colours = [answered.ask.evaluate(style, name) for name in ("color", "backgroundColor")]
    assert colours[0] != colours[1]
    outlines = []
    for name in ("auto", "low"):
        radio = answered.page.get_by_role("radio", name=name)
        level = answered.cell.locator(".vlm-level").filter(has=radio)
        outlines.append(level.evaluate(style, "outlineStyle"))
    assert outlines == ["solid", "none"]


def test_it_fits_a_page_as_wide_as_a_telephone_and_forced_colours(answered, output):
    notebook, page = answered.notebook, answered.page
    page.emulate_media(forced_colors="active")
    see_what_is_chosen(answered)
    page.set_viewport_size({"width": 1200, "height": 1300})
    notebook.screenshot(output / "playground-forced.png")
    page.emulate_media(forced_colors="none")
    notebook.set_width(390)
    overflow_nowhere(answered)
    page.set_viewport_size({"width": 390, "height": 2000})
    notebook.screenshot(output / "playground-390.png")
    assert notebook.errors == []
