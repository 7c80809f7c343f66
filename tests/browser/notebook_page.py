"""A notebook open in JupyterLab, as a person sees and uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from pathlib import Path

    from lab import Lab
    from playwright.sync_api import Locator, Page, Request

HEIGHT_PX = 900

KERNEL = "window.jupyterapp?.shell.currentWidget?.context?.sessionContext?.session?.kernel"
CONNECTED = f"""() => {KERNEL}?.connectionStatus === "connected"
  && ["idle", "starting"].includes({KERNEL}.status)"""

# A kernel that was restarted in a page just loaded may stay "starting" in Lab until it is asked to
# run something; one that answers has started.
STARTED = f"""() => {KERNEL}.status === "starting"
  ? {KERNEL}.requestKernelInfo().then(() => {{}}) : null"""

# The command's promise is kept rather than awaited: it would hold up every other step of a test.
RUN_ALL = """() => {
  window.runEnded = false;
  const ended = () => { window.runEnded = true; };
  window.jupyterapp.commands.execute("notebook:run-all-cells").then(ended, ended);
}"""

EXECUTE = (
    "([command, options]) => window.jupyterapp.commands.execute(command, options).then(() => {})"
)
RESTART = f"() => {KERNEL}.restart()"
# Lab takes its splash screen away later, and fails at it where another change came meanwhile.
THEMED = """name => document.body.dataset.jpThemeName === name
  && !document.querySelector("#jupyterlab-splash")"""


class NotebookPage:
    """One browser page with one notebook; cells count from 0 and include Markdown cells.

    Attributes:
        errors: JavaScript errors of the page with their stacks, oldest first.
        remote: addresses outside the server that the page asked for.
    """

    def __init__(self, page: Page, lab: Lab) -> None:
        self.page = page
        self.errors: list[str] = []
        self.remote: list[str] = []
        self._lab = lab
        page.on("pageerror", lambda error: self.errors.append(error.stack or str(error)))
        page.on("request", self._note_remote)
        page.on("dialog", lambda dialog: dialog.accept())  # "leave without saving?"

    def open(self, notebook: str) -> None:
        """Show a notebook of the server's folder and wait for its kernel."""
        self.page.goto(self._lab.url(notebook))
        self.wait_idle()

    def reload(self) -> None:
        """Load the page anew, as after F5: what was not saved is lost, the kernel stays."""
        self.page.reload()
        self.wait_idle()

    def run_all(self, *, wait: bool = True) -> None:
        """Run every cell from the top; without `wait`, return while they run."""
        self.page.evaluate(RUN_ALL)
        if wait:
            self.wait_idle()

    def wait_idle(self) -> None:
        """Wait until what was run has ended and the kernel is connected and idle."""
        self.page.wait_for_function("() => window.runEnded !== false")
        self.page.wait_for_function(CONNECTED)
        self.page.evaluate(STARTED)

    def restart_kernel(self) -> None:
        """Replace the kernel by a fresh one; the outputs stay on the page."""
        self.page.evaluate(RESTART)
        self.wait_idle()

    def save(self) -> None:
        """Write the notebook, outputs included, to the server's folder."""
        self.command("docmanager:save")

    def command(self, name: str, **options: object) -> None:
        """Run one of Lab's commands and wait for its end."""
        self.page.evaluate(EXECUTE, [name, options])

    def cell(self, number: int) -> Locator:
        return self.page.locator(".jp-Notebook .jp-Cell").nth(number)

    def outputs(self) -> Locator:
        """Return every output of the notebook, from the top."""
        return self.page.locator(".jp-Notebook .jp-OutputArea-output")

    def cell_output(self, number: int) -> Locator:
        """Return the outputs of one cell."""
        return self.cell(number).locator(".jp-OutputArea-output")

    def set_theme(self, theme: Literal["light", "dark"]) -> None:
        name = f"JupyterLab {theme.title()}"
        self.command("apputils:change-theme", theme=name)
        self.page.wait_for_function(THEMED, arg=name)

    def set_width(self, width_px: int) -> None:
        self.page.set_viewport_size({"width": width_px, "height": HEIGHT_PX})

    def screenshot(self, path: Path, *, of: Locator | None = None) -> Path:
        """Take a picture of the page, or of one part of it, and return where it is."""
        path.parent.mkdir(parents=True, exist_ok=True)
        (of or self.page).screenshot(path=path, animations="disabled")
        return path

    def _note_remote(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.hostname != "127.0.0.1":
            self.remote.append(request.url)
