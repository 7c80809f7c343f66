"""The Binder folder, without Docker: what repo2docker reads in it, and what installing it gives."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOK = ROOT / "notebooks" / "01_description.ipynb"
# What repo2docker 2026.4 has for Python 3.11 before it installs our requirements.
BASE = ("ipykernel==7.0.1", "ipywidgets==8.1.7", "jupyterlab==4.4.9", "nbclient")
NOWHERE = "http://127.0.0.1:9"  # the discard port: whoever tries the network fails at once


class Image:
    """An environment made as Binder makes it, and a home that only it uses."""

    def __init__(self, folder: Path) -> None:
        self.home = folder
        self.bin = folder / "venv" / "bin"
        venv.create(folder / "venv", with_pip=True)

    def pip(self, *arguments: str) -> str:
        command = [self.bin / "python", "-m", "pip", "--disable-pip-version-check", *arguments]
        return self._run(command, {**os.environ})

    def run(self, *command: str | Path) -> str:
        """Run without network and without the caller's settings."""
        proxies = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), NOWHERE)
        path = f"{self.bin}:/usr/bin:/bin"
        return self._run(command, {**proxies, "PATH": path, "HOME": str(self.home)})

    def _run(self, command, environment) -> str:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    image = Image(tmp_path_factory.mktemp("binder"))
    image.pip("install", "--quiet", *BASE)
    image.pip("install", "--quiet", "--requirement", "binder/requirements.txt")
    return image


@pytest.fixture(scope="module")
def dockerfile():
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", "."]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def line_with(lines: list[str], *parts: str) -> int:
    """Return the number of the only line that runs something and has every part."""
    found = [n for n, line in enumerate(lines) if all(part in line for part in parts)]
    assert len(found) == 1, f"{parts} stand in lines {found}"
    return found[0]


def test_repo2docker_reads_the_python_that_we_need(dockerfile):
    plain = [line.replace("-2e", ".").replace("-2d", "-") for line in dockerfile]
    line_with(plain, "COPY", "environment.py-3.11-", "/tmp/env/environment.lock")


def test_the_project_is_installed_from_the_clone_before_postbuild_runs(dockerfile):
    copied = line_with(dockerfile, "COPY", " src/ ")
    installed = line_with(dockerfile, "RUN", "pip install", '-r "binder/requirements.txt"')
    finished = line_with(dockerfile, "RUN ./binder/postBuild")
    assert copied < installed < finished


def test_postbuild_can_be_run():
    assert os.access(ROOT / "binder" / "postBuild", os.X_OK)


@pytest.mark.slow
def test_the_requirements_agree_with_each_other_and_with_binders_base(image):
    assert "No broken requirements" in image.pip("check")


@pytest.mark.slow
def test_postbuild_finds_the_widgets_and_signs_the_notebooks(image):
    assert f"Signing notebook: {NOTEBOOK.relative_to(ROOT)}" in image.run("binder/postBuild")


@pytest.mark.slow
def test_the_first_notebook_runs_there_without_key_or_network(image, tmp_path):
    executed = tmp_path / "executed.ipynb"
    image.run("jupyter", "execute", NOTEBOOK, f"--output={executed}", "--timeout=300")
    cells = nbformat.read(executed, as_version=4).cells
    code = [cell for cell in cells if cell.cell_type == "code" and cell.source.strip()]
    assert all(cell.execution_count for cell in code)
    assert any(cell.outputs for cell in code)
