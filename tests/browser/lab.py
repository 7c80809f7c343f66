"""A real JupyterLab on loopback that shares nothing with the user's own."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import nbformat
import psutil

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

START_S = 60
STOP_S = 20
KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR")  # a list of what may pass lets no key through
OPTIONS = (
    "--no-browser",
    "--allow-root",
    "--ServerApp.ip=127.0.0.1",
    "--LabApp.expose_app_in_browser=True",
    "--JupyterNotebookApp.expose_app_in_browser=True",
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
)
SETTINGS: dict[str, dict[str, object]] = {
    # Lab leaves cells that are off screen out of the page: tests count all of them.
    "notebook-extension/tracker": {"windowingMode": "none"},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}
SHARING = {
    "servers": ("jupyter_server_ydoc", "jupyter_server_fileid"),
    "pages": ("@jupyter/collaboration-extension", "@jupyter/docprovider-extension"),
}
"""What real-time collaboration adds to the server and to its pages."""


@dataclass(frozen=True, slots=True)
class Lab:
    """A running server: its address, its secret, and the folder it shows."""

    port: int
    token: str
    folder: Path
    pid: int

    def url(self, notebook: str, *, place: str = "doc/tree", **query: str) -> str:
        """Return the address that shows `notebook` alone, without Lab's side bars.

        Other places are "notebooks" for Notebook 7 and "voila/render" for Voila.
        """
        values = urlencode({"token": self.token, **query})
        return f"http://127.0.0.1:{self.port}/{place}/{quote(notebook)}?{values}"

    def add(self, name: str, *sources: str) -> str:
        """Write a notebook with one code cell per source and return its name."""
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(s) for s in sources],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        )
        nbformat.write(notebook, self.folder / name)
        return name

    def read(self, name: str) -> nbformat.NotebookNode:
        """Return the notebook as it is saved."""
        return nbformat.read(self.folder / name, as_version=4)

    def reset(self) -> None:
        """Close every notebook's kernel and forget the settings that pages changed."""
        _write_settings(self.folder.parent / "settings")
        for session in self.ask("GET", "/api/sessions"):
            self.ask("DELETE", f"/api/sessions/{session['id']}")

    def kill_kernels(self) -> None:
        """Kill every kernel, as a system without memory does; the server starts new ones."""
        for process in psutil.Process(self.pid).children(recursive=True):
            if "ipykernel_launcher" in process.cmdline():
                process.kill()

    def ask(self, method: str, path: str) -> Any:
        """Ask the server's own interface; raises OSError while there is nobody to ask."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=START_S)
        try:
            connection.request(method, path, headers={"Authorization": f"token {self.token}"})
            reply = connection.getresponse()
            body = reply.read()
        finally:
            connection.close()
        assert reply.status < 300, f"{method} {path}: {reply.status} {body[:300]!r}"
        return json.loads(body) if body else None


@contextmanager
def running(home: Path, *, shared: bool = False) -> Iterator[Lab]:
    """Run a server that writes nowhere but below `home`; nothing of it is left at the end.

    A `shared` one has documents that several pages work at, by real-time collaboration.
    """
    token = secrets.token_hex(16)
    variables = environment(home, shared=shared)
    folder = home / "work"
    folder.mkdir()
    command = [sys.executable, "-m", "jupyterlab", *OPTIONS, "--ServerApp.port=0"]
    log = home / "lab.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, f"--ServerApp.root_dir={folder}"],
            cwd=home,
            env={**variables, "JUPYTER_TOKEN": token},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield Lab(_port(process, home, log), token, folder, process.pid)
        finally:
            stop(process)


def environment(home: Path, *, shared: bool = False) -> dict[str, str]:
    """Return what a server is started with, so that it knows `home` alone."""
    folders = {
        "HOME": home,
        "IPYTHONDIR": home / "ipython",
        "JUPYTER_CONFIG_DIR": home / "config",
        "JUPYTER_DATA_DIR": home / "data",
        "JUPYTER_PATH": home / "share",
        "JUPYTER_RUNTIME_DIR": home / "runtime",
        "JUPYTERLAB_SETTINGS_DIR": home / "settings",
        "JUPYTERLAB_WORKSPACES_DIR": home / "workspaces",
        "MPLCONFIGDIR": home / "matplotlib",
    }
    _write_kernel(home / "share" / "kernels" / "python3")
    _write_settings(home / "settings")
    _write_config(home / "config", shared=shared)
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return kept | {name: str(path) for name, path in folders.items()}


def _write_kernel(folder: Path) -> None:
    """Name this interpreter, whichever kernels the machine has."""
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    folder.mkdir(parents=True)
    spec = {"argv": argv, "display_name": "Python 3", "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(spec))


def _write_config(folder: Path, *, shared: bool) -> None:
    """Say which extensions run, and spare each page the check for a build of Lab's own sources."""
    servers = dict.fromkeys(SHARING["servers"], shared)
    pages = dict.fromkeys(SHARING["pages"], not shared)
    (folder / "labconfig").mkdir(parents=True)
    server_config = {"ServerApp": {"jpserver_extensions": servers}}
    (folder / "jupyter_server_config.json").write_text(json.dumps(server_config))
    page_config = {"buildCheck": False, "disabledExtensions": pages}
    (folder / "labconfig" / "page_config.json").write_text(json.dumps(page_config))


def _write_settings(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for plugin, values in SETTINGS.items():
        path = folder / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))


def _port(process: subprocess.Popen[bytes], home: Path, log: Path) -> int:
    """Wait for the server and return the port that it chose itself."""
    deadline = time.monotonic() + START_S
    information = home / "runtime" / f"jpserver-{process.pid}.json"
    while process.poll() is None and time.monotonic() < deadline:
        try:
            return int(json.loads(information.read_text())["port"])
        except (OSError, ValueError):
            time.sleep(0.05)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()[-3000:]}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the server, which ends its kernels; kill and complain about what outlives it."""
    if process.poll() is not None:
        return
    server = psutil.Process(process.pid)
    family = [server, *server.children(recursive=True)]
    process.terminate()
    _, left = psutil.wait_procs(family, timeout=STOP_S)
    for survivor in left:
        survivor.kill()
    process.wait()
    assert not left, f"outlived JupyterLab: {left}"
