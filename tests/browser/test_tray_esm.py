from __future__ import annotations

import io
from base64 import b64encode

import pytest
from loopback import Server, reply
from PIL import Image
from playwright.sync_api import expect
from tray_page import TrayPage

import vlm_notebook as vlm

CAT, SIGN, RECEIPT = (vlm.samples.path(name) for name in ("cat", "sign", "receipt"))
HOSTILE = "<img src=x onerror=document.title='hit'>.png"

BRING = """([selector, kind, files, text]) => {
  const carried = new DataTransfer();
  for (const [name, type, data] of files) {
    const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
    carried.items.add(new File([bytes], name, { type }));
  }
  if (text) carried.setData(kind === "paste" ? "text/plain" : "text/uri-list", text);
  const target = document.querySelector(selector);
  const options = { bubbles: true, cancelable: true };
  const pasted = { ...options, clipboardData: carried };
  if (kind === "paste") return target.dispatchEvent(new ClipboardEvent("paste", pasted));
  target.dispatchEvent(new DragEvent("dragover", { ...options, dataTransfer: carried }));
  return target.dispatchEvent(new DragEvent("drop", { ...options, dataTransfer: carried }));
}"""


def bring(page, kind, *files, selector=".vlm-tray", text=""):
    """Drop or paste files, (name, bytes) each; return whether the browser would go on with it."""
    carried = [[name, "", b64encode(data).decode()] for name, data in files]
    return page.page.evaluate(BRING, [selector, kind, carried, text])


def png(width=40, height=30, color="red"):
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), color).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def tray(esm_page):
    page = TrayPage(esm_page)
    yield page
    page.tray.close()
    assert esm_page.errors == []


@pytest.fixture
def three(esm_page):
    page = TrayPage(esm_page, CAT, SIGN, RECEIPT)
    page.until_names("cat.jpg", "sign.jpg", "receipt.jpg")
    yield page
    page.tray.close()
    assert esm_page.errors == []


def test_pictures_are_dropped_in_their_order(tray):
    assert not bring(tray, "drop", ("a.png", png()), ("b.jpg", CAT.read_bytes()))
    tray.until_names("a.png", "b.jpg")
    assert tray.tray.items[1].source.data == CAT.read_bytes()
    assert tray.rows.nth(1).get_by_text("451x300").is_visible()


@pytest.mark.parametrize("selector", [".vlm-tray", ".vlm-tray-url input"])
def test_a_picture_is_pasted_on_the_tray_and_within(tray, selector):
    assert not bring(tray, "paste", ("image.png", png()), selector=selector)
    tray.until_names("image.png")


def test_text_that_is_pasted_into_a_field_is_left_to_it(tray):
    assert bring(tray, "paste", selector=".vlm-tray-url input", text="https://a.example/b.png")
    tray.pump()
    assert [content["kind"] for content in tray.heard] == ["hello"]


def test_files_are_chosen(tray):
    with tray.page.expect_file_chooser() as choosing:
        tray.button("Choose files").click()
    assert choosing.value.is_multiple()
    choosing.value.set_files([CAT, SIGN])
    tray.until_names("cat.jpg", "sign.jpg")


def test_what_is_no_picture_is_refused_in_one_line_that_names_it_and_the_rest_comes(tray):
    files = ("note.txt", b"hello"), ("a.png", png()), ("empty.png", b""), ("b.png", png()[:60])
    bring(tray, "drop", *files)
    tray.until_names("a.png")
    tray.until(lambda: len(tray.alerts) == 3)
    assert [line.split()[0].rstrip(":") for line in tray.alerts] == [
        "note.txt",
        "empty.png",
        "b.png",
    ]
    tray.button("Dismiss").click()
    assert tray.alerts == []


def test_a_hostile_name_is_only_text(tray):
    bring(tray, "drop", (HOSTILE, png()), (HOSTILE, b"no picture"))
    tray.until_names(HOSTILE)
    tray.until(lambda: tray.alerts)
    assert HOSTILE in tray.alerts[0]
    assert tray.rows.get_by_role("textbox").get_attribute("aria-label").endswith(HOSTILE)
    assert tray.page.title() == ""


@pytest.fixture
def pictures():
    """A server on loopback with one picture at every address."""
    server = Server(lambda _: reply(png()))
    yield f"http://127.0.0.1:{server.port}"
    server.close()


def test_an_address_is_typed_or_pasted_and_the_kernel_downloads_it(tray, pictures):
    tray.tray._intake.allow_private = True
    tray.view.get_by_role("textbox", name="Address of a picture").fill(f"{pictures}/one.png")
    tray.page.keyboard.press("Enter")
    tray.until_names("one.png")
    bring(tray, "paste", text=f"{pictures}/two.png")
    tray.until_names("one.png", "two.png")
    bring(tray, "drop", text=f"{pictures}/three.png")
    tray.until_names("one.png", "two.png", "three.png")


@pytest.mark.parametrize("address", ["/etc/hostname", "file:///etc/hostname", "ftp://a.example/b"])
def test_an_address_is_never_a_path_of_the_kernels_machine(tray, address):
    tray.view.get_by_role("textbox", name="Address of a picture").fill(address)
    tray.page.keyboard.press("Enter")
    tray.until(lambda: tray.alerts)
    assert "http://" in tray.alerts[0]
    assert address in tray.alerts[0]


def test_this_machine_is_no_address(tray, pictures):
    tray.view.get_by_role("textbox", name="Address of a picture").fill(f"{pictures}/one.png")
    tray.page.keyboard.press("Enter")
    tray.until(lambda: tray.alerts)
    assert "this machine" in tray.alerts[0]


def test_samples_are_offered_by_name(tray):
    tray.button("Samples").click()
    assert tray.button("Samples").get_attribute("aria-expanded") == "true"
    tray.button("coffee").click()
    tray.until_names("coffee.jpg")
    tray.page.keyboard.press("Escape")
    expect(tray.button("Samples")).to_be_focused()
    expect(tray.button("coffee")).to_be_hidden()


def gradient(file, width, height):
    """Write a picture of about a byte a pixel, uncompressed."""
    image = Image.linear_gradient("L").resize((width, height))
    image.save(file, **({"compress_level": 0} if file.suffix == ".png" else {}))
    return file


def choose(tray, *files):
    tray.view.locator("input[type=file]").set_input_files(list(files))


def test_a_large_picture_is_shrunk_before_it_is_sent(tray, tmp_path):
    choose(tray, gradient(tmp_path / "large.png", 5000, 1000))
    tray.until_names("large.png")
    (item,) = tray.tray.items
    assert (item.source.size, item.shrunk_from) == ((4096, 819), (5000, 1000))
    assert item.source.format == "JPEG"
    assert "4096x819, shrunk from 5000x1000" in tray.rows.inner_text()


def test_the_original_is_kept_where_that_is_wished(tray, tmp_path):
    file = gradient(tmp_path / "large.png", 2200, 2200)
    tray.view.get_by_role("checkbox", name="Keep originals").check()
    choose(tray, file)
    tray.until_names("large.png")
    assert tray.tray.items[0].source.data == file.read_bytes()
    pieces = [content for content in tray.heard if content["kind"] == "piece"]
    assert [piece["number"] for piece in pieces] == [0, 1, 2]


def test_what_the_browser_cannot_decode_is_sent_as_it_is(tray, tmp_path):
    file = gradient(tmp_path / "scan.tif", 2200, 2000)
    choose(tray, file)
    tray.until_names("scan.tif")
    assert tray.tray.items[0].source.data == file.read_bytes()


def test_a_file_over_the_limit_is_named_before_any_of_it_is_sent(tray, tmp_path):
    file = tmp_path / "huge.tif"
    with file.open("wb") as out:
        out.truncate(200_000_001)
    choose(tray, file)
    tray.until(lambda: tray.alerts)
    assert tray.alerts == ["huge.tif: over the limit of 200 MB: shrink it first"]
    assert [content["kind"] for content in tray.heard] == ["hello"]


def test_an_upload_that_waits_is_shown_and_can_be_called_off(tray, tmp_path):
    choose(tray, gradient(tmp_path / "scan.tif", 2200, 2000), CAT)
    tray.page.wait_for_function("fake.sent.some((one) => one.content.kind === 'piece')")
    expect(tray.view.get_by_role("progressbar", name="Sending scan.tif")).to_be_visible()
    tray.button("Do not send scan.tif").click()
    tray.until_names("cat.jpg")
    assert len(tray.tray._intake._uploads) == 0
    expect(tray.view.get_by_role("progressbar")).to_have_count(0)


def test_a_kernel_that_does_not_answer_is_named_as_what_is_waited_for(tray, tmp_path):
    tray.page.clock.install()
    choose(tray, CAT)
    tray.page.wait_for_function("fake.sent.some((one) => one.content.kind === 'piece')")
    tray.page.clock.fast_forward(6000)
    expect(tray.view.get_by_text("cat.jpg: waiting for the kernel, which is busy")).to_be_visible()
    tray.page.clock.resume()
    tray.until_names("cat.jpg")
    expect(tray.view.get_by_role("progressbar")).to_have_count(0)


def test_a_piece_that_was_not_confirmed_is_sent_again_by_the_next_view(tray, tmp_path):
    choose(tray, gradient(tmp_path / "scan.tif", 2200, 2000))
    tray.page.wait_for_function("fake.sent.some((one) => one.content.kind === 'piece')")
    tray.lose_messages()
    tray.esm.show()
    tray.until_names("scan.tif", view=1)


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


def test_without_a_camera_one_line_says_why(tray):
    tray.page.evaluate("Object.defineProperty(navigator, 'mediaDevices', { value: undefined })")
    tray.button("Camera").click()
    tray.until(lambda: tray.alerts)
    assert "https" in tray.alerts[0]
    expect(tray.view.get_by_role("dialog")).to_have_count(0)
