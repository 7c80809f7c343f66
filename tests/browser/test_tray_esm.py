"""How pictures come into the tray."""

from __future__ import annotations

import io
from base64 import b64encode

import pytest
from loopback import Server, reply
from PIL import Image
from playwright.sync_api import expect
from tray_page import TrayPage

import vlm_notebook as vlm

CAT, SIGN = vlm.samples.path("cat"), vlm.samples.path("sign")
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


def test_without_a_camera_one_line_says_why(tray):
    tray.page.evaluate("Object.defineProperty(navigator, 'mediaDevices', { value: undefined })")
    tray.button("Camera").click()
    tray.until(lambda: tray.alerts)
    assert "https" in tray.alerts[0]
    expect(tray.view.get_by_role("dialog")).to_have_count(0)
