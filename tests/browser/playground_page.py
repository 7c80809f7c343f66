"""The playground in the first cell of a notebook, as a person uses it in English."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

from model_server import Reply, chunk, events
from playwright.sync_api import expect

if TYPE_CHECKING:
    from pathlib import Path

    from lab import Lab
    from notebook_page import NotebookPage
    from playwright.sync_api import Locator

NOTEBOOK = "playground.ipynb"
OPEN = """
import vlm_notebook as vlm
client = vlm.Client({url!r}, {key!r}, model="m")
widget = vlm.playground({images}client=client)
widget
"""
DROP = """(node, files) => {
  const dataTransfer = new DataTransfer();
  for (const [name, type, text] of files) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    dataTransfer.items.add(new File([bytes], name, { type }));
  }
  for (const kind of ["dragenter", "dragover", "drop"])
    node.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer }));
}"""


class PlaygroundPage:
    """Opens a notebook with a playground and finds its parts by role and name.

    Attributes:
        cell: the notebook's first cell, which shows it.
        notebook: the page around it.
    """

    def __init__(self, notebook: NotebookPage, lab: Lab) -> None:
        self.notebook = notebook
        self.page = notebook.page
        self.cell = notebook.cell(0)
        self._lab = lab

    def open(
        self, url: str, *images: str, key: str | None = "key", more: tuple[str, ...] = ()
    ) -> None:
        """Show a playground of sample pictures that asks a server; `more` are further cells."""
        paths = "".join(f"vlm.samples.path({name!r}), " for name in images)
        source = OPEN.format(url=url, key=key, images=paths)
        self.notebook.open(self._lab.add(NOTEBOOK, source, *more))
        self.notebook.run_all()
        expect(self.ask).to_be_enabled()

    @property
    def ask(self) -> Locator:
        return self.button("Ask")

    @property
    def stop(self) -> Locator:
        """Return the button below the prompt; each answer under way has one of its own."""
        return self.cell.locator(".vlm-prompt-buttons").get_by_role("button", name="Stop")

    @property
    def prompt(self) -> Locator:
        return self.cell.get_by_role("textbox", name="Prompt", exact=True)

    @property
    def pictures(self) -> Locator:
        return self.cell.get_by_role("list", name="Pictures").get_by_role("listitem")

    @property
    def answers(self) -> Locator:
        return self.cell.locator(".vlm-thread .vlm-answer")

    def button(self, name: str) -> Locator:
        return self.cell.get_by_role("button", name=name, exact=True)

    def drop(self, *paths: Path) -> None:
        """Drop JPEG files onto the tray."""
        files = [[path.name, "image/jpeg", b64encode(path.read_bytes()).decode()] for path in paths]
        self.cell.get_by_role("group", name="Pictures: drop").evaluate(DROP, files)

    def choose_file(self, file: Any) -> None:
        """Choose a file in the dialog that the browser opens."""
        with self.page.expect_file_chooser() as choosing:
            self.button("Choose files").click()
        choosing.value.set_files(file)

    def ask_for(self, text: str, number: int) -> None:
        """Ask, and wait for an answer that says `text`, after which there are `number`."""
        self.ask.click()
        expect(self.answers).to_have_count(number)
        expect(self.answers.filter(has_text=text)).to_have_count(1)
        expect(self.ask).to_be_enabled()

    def save_with_widgets(self) -> str:
        """Save the notebook as one whose widgets' state is kept, and return its text."""
        self.notebook.command("@jupyter-widgets/jupyterlab-manager:saveWidgetState")
        self.notebook.save()
        return (self._lab.folder / NOTEBOOK).read_text("utf-8")


def counting(count: int = 100, pause_s: float = 0.1) -> Reply:
    """Return an answer that counts slowly, a paragraph for each number."""
    numbers = (events(chunk(f"n{number}\n\n"), done=False) for number in range(count))
    return Reply(pieces=(*numbers, events(chunk(finish="stop"))), pause_s=pause_s)
