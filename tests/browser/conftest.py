from __future__ import annotations

import os
import re
from pathlib import Path

import canary as canaries
import chromium
import lab as jupyterlab
import loopback
import pytest
from esm_page import EsmPage
from notebook_page import HEIGHT_PX, NotebookPage
from playground_page import PlaygroundPage
from playwright.sync_api import expect, sync_playwright
from witness import Witness

TIMEOUT_MS = 120_000
OUTPUT = Path(__file__).parents[2] / "test-output"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark what this folder holds, and run it last.

    Playwright keeps an event loop running in this thread until the session ends; a test that
    starts one of its own has to come before.
    """
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    report = yield
    if report.failed and (page := item.funcargs.get("page")) is not None and not page.is_closed():
        OUTPUT.mkdir(exist_ok=True)
        page.screenshot(path=OUTPUT / f"failed-{re.sub(r'[^0-9A-Za-z_]+', '-', item.name)}.png")
    return report


@pytest.fixture(scope="session")
def output():
    """Where screenshots go; git ignores it."""
    OUTPUT.mkdir(exist_ok=True)
    return OUTPUT


@pytest.fixture(scope="session")
def browser():
    if os.environ.get("VLM_NO_BROWSER") == "1":
        pytest.skip("VLM_NO_BROWSER=1")
    path = chromium.find()
    if path is None:
        names = ", ".join(chromium.NAMES)
        pytest.fail(f"none of {names} is on PATH: apt-get install chromium, or VLM_NO_BROWSER=1")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(chromium.FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def lab(browser, tmp_path_factory):
    with jupyterlab.running(tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture(scope="session")
def context(browser):
    """One cache for all pages: JupyterLab alone is ten megabytes of script."""
    context = browser.new_context(viewport={"width": 1200, "height": HEIGHT_PX})
    context.set_default_timeout(TIMEOUT_MS)
    expect.set_options(timeout=TIMEOUT_MS)
    yield context
    context.close()


@pytest.fixture
def page(context):
    page = context.new_page()
    yield page
    page.close()


@pytest.fixture
def notebook_page(page, lab):
    yield NotebookPage(page, lab)
    page.close()  # before its kernel, or Lab asks whether to start another
    lab.reset()


@pytest.fixture
def playground(notebook_page, lab):
    return PlaygroundPage(notebook_page, lab)


@pytest.fixture(scope="module")
def canary():
    """A server on another port that no page may ask for anything."""
    with canaries.running() as running:
        yield running


@pytest.fixture
def witness(page, canary):
    """Hears from the page's start what hostile text does in it."""
    return Witness(page, canary)


@pytest.fixture
def served(page):
    """Show a page of HTML from loopback, whence the browser lets it ask loopback for more."""
    servers = []
    page.on("dialog", lambda dialog: dialog.dismiss())

    def show(markup):
        headers = ("Content-Type: text/html; charset=utf-8", "Connection: close")
        servers.append(loopback.Server(lambda _: loopback.reply(markup.encode(), *headers)))
        page.goto(f"http://127.0.0.1:{servers[-1].port}/")

    yield show
    for server in servers:
        server.close()


@pytest.fixture
def esm_page(page):
    return EsmPage(page)


@pytest.fixture
def samples():
    """The folder of the sample pictures."""
    return Path(__file__).parents[2] / "vlm_notebook" / "images" / "pictures"
