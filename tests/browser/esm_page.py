"""A widget's module alone in a page, with a stand-in for its Python half."""

from __future__ import annotations

from base64 import b64decode, b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

FAKE_MODEL = Path(__file__).with_name("fake_model.js").read_text(encoding="utf-8")


class Message(NamedTuple):
    """A custom message that the widget sent."""

    content: Any
    buffers: list[bytes]


class EsmPage:
    """Runs a module's `initialize` and `render`, and tells what it does to its model."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.evaluate(FAKE_MODEL)

    def load(
        self, module: Path | str, *, css: Path | str = "", views: int = 1, **state: Any
    ) -> None:
        """Start a module (a file, or its source) with these traits; show it `views` times."""
        if css:
            self.page.add_style_tag(content=_text(css))
        self.page.evaluate("([module, state]) => fake.start(module, state)", [_text(module), state])
        for _ in range(views):
            self.show()

    def show(self) -> Locator:
        """Add a view and return its element."""
        self.page.evaluate("() => fake.render()")
        return self.views.last

    @property
    def views(self) -> Locator:
        return self.page.locator(".view")

    @property
    def sent(self) -> list[Message]:
        """What the widget sent to Python, oldest first."""
        sent = self.page.evaluate("() => fake.sent")
        return [Message(m["content"], [b64decode(b) for b in m["buffers"]]) for m in sent]

    @property
    def state(self) -> dict[str, Any]:
        """The traits as they are now, saved or not."""
        return self.page.evaluate("() => fake.state")

    @property
    def saves(self) -> int:
        """How often the widget saved its changes."""
        return self.page.evaluate("() => fake.saves")

    @property
    def listeners(self) -> int:
        """How many callbacks hang on the model: none may stay after `remove`."""
        return self.page.evaluate("() => fake.listenerCount()")

    def deliver(self, content: Any, *buffers: bytes) -> None:
        """Send a custom message, as Python's `widget.send` does."""
        texts = [b64encode(buffer).decode() for buffer in buffers]
        self.page.evaluate("([content, texts]) => fake.deliver(content, texts)", [content, texts])

    def set(self, name: str, value: Any) -> None:
        """Change a trait, as an assignment in Python does."""
        self.page.evaluate("([name, value]) => fake.change(name, value)", [name, value])

    def remove(self) -> None:
        """Take the widget away, as closing it in the notebook does."""
        self.page.evaluate("() => fake.remove()")

    def wait_sent(self, count: int) -> list[Message]:
        """Wait for at least `count` messages in all and return them."""
        self.page.wait_for_function("count => fake.sent.length >= count", arg=count)
        return self.sent


def _text(source: Path | str) -> str:
    return source.read_text(encoding="utf-8") if isinstance(source, Path) else source
