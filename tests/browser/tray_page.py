"""The tray's module in a page, with its real Python half at the other end of the messages."""

from __future__ import annotations

import time
from base64 import b64decode
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from vlm_notebook.view.control import css
from vlm_notebook.widgets.tray import ImageTray

if TYPE_CHECKING:
    from collections.abc import Callable

    from esm_page import EsmPage

WAIT_S = 10


class TrayPage:
    """Carries the messages between a page and an `ImageTray`, in both directions.

    Attributes:
        heard: the content of each message that the page sent.
    """

    def __init__(self, page: EsmPage, *images: Any, language: str = "en", **options: Any) -> None:
        self.esm = page
        self.page = page.page
        self.heard: list[dict[str, Any]] = []
        self._told = told = SimpleQueue()

        class Told(ImageTray):
            def send(self, content: Any, buffers: Any = None) -> None:
                told.put((content, buffers or []))

        self.tray = Told(*images, language=language, **options)
        page.load(ImageTray._esm, css=css("tray"), language=language)
        self.pump()

    @property
    def view(self) -> Any:
        return self.esm.views.first

    @property
    def rows(self) -> Any:
        return self.view.get_by_role("listitem")

    @property
    def alerts(self) -> list[str]:
        return self.view.get_by_role("alert").all_inner_texts()

    def button(self, name: str) -> Any:
        return self.view.get_by_role("button", name=name, exact=True)

    def pump(self) -> None:
        """Carry what there is to carry."""
        self._tell()
        # Those before are left where they are: an upload is many megabytes of base64.
        fresh = self.page.evaluate("count => fake.sent.slice(count)", len(self.heard))
        for message in fresh:
            self.heard.append(message["content"])
            buffers = [b64decode(buffer) for buffer in message["buffers"]]
            self.tray._receive(self.tray, message["content"], buffers)
        self._tell()

    def until(self, is_so: Callable[[], object]) -> None:
        """Carry messages until something is so."""
        deadline = time.monotonic() + WAIT_S
        while not is_so():
            assert time.monotonic() < deadline, (self.heard[-3:], self.alerts, self.esm.errors)
            self.page.wait_for_timeout(10)
            self.pump()

    def lose_messages(self) -> None:
        """Have what the page has sent since the last time never arrive."""
        self.heard += [{"kind": "lost"}] * (len(self.esm.sent) - len(self.heard))

    def until_names(self, *names: str, view: int = 0) -> None:
        """Carry messages until these pictures lie in the tray and in the page, in this order."""
        self.until(lambda: tuple(item.source.origin for item in self.tray.items) == names)
        shown = self.esm.views.nth(view).locator(".vlm-tray-name")
        self.until(lambda: shown.all_inner_texts() == list(names))
        loaded = "() => [...document.querySelectorAll('img')].every((one) => one.naturalWidth)"
        self.until(lambda: self.page.evaluate(loaded))

    def _tell(self) -> None:
        while True:
            try:
                content, buffers = self._told.get_nowait()
            except Empty:
                return
            self.esm.deliver(content, *buffers)
