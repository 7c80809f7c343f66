"""What is done with pictures that lie in the tray."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from tray_page import TrayPage

import vlm_notebook as vlm

CAT, SIGN, RECEIPT = (vlm.samples.path(name) for name in ("cat", "sign", "receipt"))


@pytest.fixture
def three(esm_page):
    page = TrayPage(esm_page, CAT, SIGN, RECEIPT)
    page.until_names("cat.jpg", "sign.jpg", "receipt.jpg")
    yield page
    page.tray.close()
    assert esm_page.errors == []


# Order, captions, removing


def test_pictures_are_moved_by_buttons_and_by_keys_and_the_focus_stays(three):
    three.button("Move picture 1, cat.jpg, to the right").click()
    three.until_names("sign.jpg", "cat.jpg", "receipt.jpg")
    expect(three.button("Move picture 2, cat.jpg, to the right")).to_be_focused()
    three.page.keyboard.press("Alt+ArrowRight")
    three.until_names("sign.jpg", "receipt.jpg", "cat.jpg")
    expect(three.view.get_by_role("status")).to_have_text("cat.jpg is now picture 3 of 3")
    three.button("Look closely at picture 3, cat.jpg").focus()
    for _ in range(3):
        three.page.keyboard.press("Alt+ArrowLeft")
        three.pump()
    three.until_names("cat.jpg", "sign.jpg", "receipt.jpg")


def test_pictures_are_moved_by_dragging(three):
    three.rows.nth(2).drag_to(three.rows.nth(0))
    three.until_names("receipt.jpg", "cat.jpg", "sign.jpg")


def test_a_picture_of_another_tray_is_not_taken_for_one_of_its_own(three):
    foreign = """() => {
      const dataTransfer = new DataTransfer();
      dataTransfer.setData("application/x-vlm-tray-item", "another:3");
      const drop = new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer });
      document.querySelector(".vlm-tray-item").dispatchEvent(drop);
    }"""
    three.page.evaluate(foreign)
    three.pump()
    assert "move" not in [content["kind"] for content in three.heard]


def test_a_picture_is_removed_and_the_focus_goes_to_the_next(three):
    three.button("Remove picture 2, sign.jpg").click()
    three.until_names("cat.jpg", "receipt.jpg")
    expect(three.button("Remove picture 2, receipt.jpg")).to_be_focused()
    three.button("Remove all").click()
    three.until_names()
    expect(three.view.locator(".vlm-tray")).to_be_focused()


def test_a_caption_is_typed_and_stays(three):
    field = three.view.get_by_role("textbox", name="Caption of picture 1, cat.jpg")
    field.fill("my cat")
    three.page.keyboard.press("Tab")
    three.until(lambda: three.tray.items[0].caption == "my cat")
    three.tray.caption(0, "our cat")
    three.until(lambda: field.input_value() == "our cat")


# Regions


def closeup(page, number=1, name="cat.jpg"):
    page.button(f"Look closely at picture {number}, {name}").click()
    dialog = page.view.get_by_role("dialog")
    page.until(lambda: dialog.locator("img").evaluate("one => one.naturalWidth") > 320)
    return dialog


def side(dialog, name):
    return dialog.get_by_role("spinbutton", name=name)


def test_a_region_is_drawn_in_pixels_of_the_original(three):
    dialog = closeup(three, 2, "sign.jpg")  # 1200 x 800
    area = dialog.locator(".vlm-closeup-stage").bounding_box()
    at = [
        (area["x"] + x * area["width"], area["y"] + y * area["height"])
        for x, y in ((0.75, 0.75), (0.25, 0.25))
    ]
    three.page.mouse.move(*at[0])
    three.page.mouse.down()
    three.page.mouse.move(*at[1], steps=3)
    three.page.mouse.up()
    drawn = [int(side(dialog, name).input_value()) for name in ("Left", "Top", "Right", "Bottom")]
    for got, wanted in zip(drawn, (300, 200, 900, 600), strict=True):
        assert abs(got - wanted) <= 2
    dialog.get_by_role("checkbox", name="with a little of what is around it").uncheck()
    dialog.get_by_role("button", name="Ask about this region").click()
    three.until(lambda: three.tray.items[1].region == tuple(drawn))
    assert three.tray.images[1].box == tuple(drawn)
    expect(three.button("Look closely at picture 2, sign.jpg")).to_be_focused()
    region = three.rows.nth(1).locator(".vlm-tray-region")
    expect(region).to_be_visible()
    assert "Region " + "{},{}-{},{}".format(*drawn) in three.rows.nth(1).inner_text()


def test_a_region_is_typed_and_taken_back(three):
    dialog = closeup(three)
    for name, value in (("Left", 100), ("Top", 50), ("Right", 300), ("Bottom", 150)):
        side(dialog, name).fill(str(value))
    expect(dialog.get_by_role("status")).to_have_text("Region 100,50-300,150: 200x100 pixels")
    three.page.keyboard.press("Enter")
    three.until(lambda: three.tray.items[0].region == (80, 30, 320, 170))
    dialog = closeup(three)
    assert side(dialog, "Left").input_value() == "80"
    expect(dialog.get_by_role("checkbox")).not_to_be_checked()
    dialog.get_by_role("button", name="Whole picture").click()
    three.until(lambda: three.tray.items[0].region is None)
    expect(three.rows.nth(0).locator(".vlm-tray-region")).to_be_hidden()


def test_sides_that_make_no_region_are_said_and_not_taken(three):
    dialog = closeup(three)
    expect(dialog.get_by_role("status")).to_have_text("The whole picture: 451x300 pixels")
    expect(dialog.get_by_role("button", name="Ask about this region")).to_be_disabled()
    side(dialog, "Left").fill("451")
    expect(dialog.get_by_role("status")).to_contain_text("no region")
    expect(dialog.get_by_role("button", name="Ask about this region")).to_be_disabled()


def test_escape_closes_the_large_view_and_the_focus_returns(three):
    closeup(three)
    three.page.keyboard.press("Escape")
    expect(three.view.get_by_role("dialog")).to_have_count(0)
    expect(three.button("Look closely at picture 1, cat.jpg")).to_be_focused()
    closeup(three)
    assert [one["kind"] for one in three.heard].count("large") == 1


def test_what_failed_is_said_until_the_next_change(three):
    three.tray._receive(None, {"kind": "region", "id": 1, "box": [9, 9, 1, 1]}, [])
    three.until(lambda: three.alerts)
    assert "cat.jpg" in three.alerts[0]
    three.tray.select(0, (1, 1, 9, 9))
    three.until(lambda: not three.alerts)


# The page


def test_a_thumbnail_crosses_once_for_all_views_and_again_for_another_page(three):
    def asked():
        return sum(len(one["ids"]) for one in three.heard if one["kind"] == "thumbnails")

    assert asked() == 3
    three.esm.show()
    three.until_names("cat.jpg", "sign.jpg", "receipt.jpg", view=1)
    assert asked() == 3
    three.tray.add(CAT)
    three.until(lambda: len(three.tray.items) == 4)
    three.until(lambda: asked() == 4)


def test_everything_is_let_go_of(three):
    three.esm.show()
    three.esm.remove()
    assert three.esm.listeners == 0


def test_it_speaks_chinese(esm_page):
    page = TrayPage(esm_page, CAT, language="zh")
    page.until_names("cat.jpg")
    expect(page.view.get_by_role("group", name="图片：可拖放或粘贴到这里")).to_be_visible()
    expect(page.button("放大查看图 1（cat.jpg）")).to_be_visible()
    page.button("示例图片").click()
    expect(page.view.get_by_role("group", name="示例图片")).to_be_visible()
    page.tray.close()


def test_nothing_overflows_on_a_narrow_screen(three):
    three.page.set_viewport_size({"width": 390, "height": 800})
    closeup(three)
    width = three.page.evaluate("document.documentElement.scrollWidth")
    dialog = three.view.get_by_role("dialog").bounding_box()
    assert width <= 390
    assert dialog["width"] <= 390
