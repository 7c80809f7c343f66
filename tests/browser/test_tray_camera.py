"""The camera, with Chromium's own stand-in for one."""

from __future__ import annotations

import chromium
import pytest
from esm_page import EsmPage
from loopback import Server, reply
from playwright.sync_api import expect
from tray_page import TrayPage

FAKE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
KEEP_STREAM = """() => {
  const { mediaDevices } = navigator;
  const ask = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = async (wish) => (window.stream = await ask(wish));
}"""
STATES = "() => window.stream.getTracks().map((track) => track.readyState)"


@pytest.fixture(scope="module")
def address():
    """A page of this machine, to which a browser gives a camera."""
    server = Server(lambda _: reply(b"<title>Camera</title>", "Content-Type: text/html"))
    yield f"http://127.0.0.1:{server.port}/"
    server.close()


@pytest.fixture
def camera_page(browser, address):
    path = chromium.find()
    with browser.browser_type.launch(executable_path=path, args=[*chromium.FLAGS, *FAKE]) as own:
        page = own.new_page()
        page.goto(address)
        page.evaluate(KEEP_STREAM)
        tray = TrayPage(EsmPage(page))
        yield tray
        tray.tray.close()


def test_a_picture_is_taken_and_the_camera_is_let_go_of(camera_page):
    camera_page.button("Camera").click()
    dialog = camera_page.view.get_by_role("dialog", name="Camera")
    dialog.get_by_role("button", name="Take the picture").click()
    camera_page.until(lambda: camera_page.tray.items)
    (item,) = camera_page.tray.items
    assert item.source.origin.startswith("camera-")
    assert min(item.source.size) >= 100
    assert camera_page.page.evaluate(STATES) == ["ended"]
    camera_page.button("Camera").click()
    expect(dialog.get_by_role("button", name="Take the picture")).to_be_enabled()
    assert camera_page.page.evaluate(STATES) == ["live"]
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    assert camera_page.page.evaluate(STATES) == ["ended"]
    assert len(camera_page.tray.items) == 1


def test_where_there_is_none_one_line_says_so(page, address):
    page.goto(address)
    tray = TrayPage(EsmPage(page))
    tray.button("Camera").click()
    tray.until(lambda: tray.alerts)
    assert tray.alerts[0] in {"There is no camera."} | {
        "The camera is not allowed here: allow it in the browser's settings for this page."
    }
    expect(tray.view.get_by_role("dialog")).to_have_count(0)
    tray.tray.close()
