"""The commands that become a server: JupyterLab on the lessons, Voila on the playground."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from vlm_notebook import cli

ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("VLM_", "OPENAI_", "PYTHON"))
}
CLONE = Path(cli.__file__).parents[1]


@pytest.fixture
def start(monkeypatch, tmp_path):
    """Run a command in an empty folder; return the module that it would become, and its line."""
    monkeypatch.chdir(tmp_path)
    became = []
    monkeypatch.setattr(os, "execv", lambda program, line: became.append([program, *line]))
    for name in ("VLM_MODEL", "VLM_BASE_URL"):
        monkeypatch.setenv(name, "before")

    def run(*arguments):
        became.clear()
        assert cli.main([*arguments]) == 0
        ((program, *line),) = became
        assert program == line[0] == sys.executable
        assert line[1] == "-m"
        return line[2], line[3:]

    return run


@pytest.fixture
def lab(start):
    def run(*arguments):
        module, line = start("lab", *arguments)
        assert module == "jupyterlab"
        return line

    return run


@pytest.fixture
def installed(monkeypatch, tmp_path_factory):
    """Stand the command where an installed package lies, with its notebooks inside."""
    package = tmp_path_factory.mktemp("site-packages") / "vlm_notebook"
    (package / "notebooks").mkdir(parents=True)
    for name in ("01_description.ipynb", "02_ocr.ipynb"):
        (package / "notebooks" / name).write_text(f'"{name}"')
    monkeypatch.setattr(cli, "__file__", str(package / "cli.py"))
    return package


def test_lab_opens_the_clones_own_notebooks_from_any_folder(lab, tmp_path):
    assert lab() == [str(CLONE / "notebooks" / "01_description.ipynb")]
    assert not [*tmp_path.iterdir()]


def test_lab_passes_every_further_argument_to_jupyter(lab):
    further = ["--no-browser", "--port", "9999", "--ip=127.0.0.1", "--ServerApp.token=x", "-y"]
    assert lab(*further)[1:] == further


def test_lab_sets_the_endpoint_for_the_notebooks(lab):
    assert lab("-m", "some/model", "--base-url", "http://127.0.0.1:1/v1", "--debug")[1:] == [
        "--debug"
    ]
    assert os.environ["VLM_MODEL"] == "some/model"
    assert os.environ["VLM_BASE_URL"] == "http://127.0.0.1:1/v1"


def test_lab_of_an_installed_package_copies_the_notebooks_here(lab, installed, tmp_path):
    assert lab() == [str(Path(cli.FOLDER) / "01_description.ipynb")]
    copied = sorted(path.name for path in (tmp_path / cli.FOLDER).iterdir())
    assert copied == ["01_description.ipynb", "02_ocr.ipynb"]


def test_lab_leaves_what_the_user_has_written(lab, installed, tmp_path):
    mine = tmp_path / "mine" / "02_ocr.ipynb"
    mine.parent.mkdir()
    mine.write_text("my own")
    assert lab("--folder", "mine") == ["mine/01_description.ipynb"]
    assert mine.read_text() == "my own"


def test_lab_says_where_it_may_not_copy(installed, tmp_path, monkeypatch, capsys):
    (tmp_path / "a file").write_text("")
    assert cli.main(["lab", "--folder", str(tmp_path / "a file" / "below")]) == 1
    assert "give --folder" in capsys.readouterr().err


def test_lab_says_when_the_notebooks_are_missing(installed, capsys):
    shutil.rmtree(installed / "notebooks")
    assert cli.main(["lab"]) == 1
    assert "install the package again" in capsys.readouterr().err


@pytest.mark.parametrize(("name", "module"), [("lab", "jupyterlab"), ("app", "voila")])
def test_a_server_that_is_not_installed_is_named_with_its_extra(name, module):
    hide = (
        "import sys, importlib.util as u; real = u.find_spec;"
        f"u.find_spec = lambda name, *a: None if name == {module!r} else real(name, *a);"
        f"from vlm_notebook.cli import main; sys.exit(main([{name!r}]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", hide], capture_output=True, text=True, check=False, env=ENVIRONMENT
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert f'pip install "vlm-notebook[{name}]"' in done.stderr


def test_app_serves_the_playground_from_a_folder_of_its_own(start):
    module, (notebook, *further) = start("app", "-m", "some/model", "--no-browser", "--port=9999")
    assert (module, further) == ("voila", ["--no-browser", "--port=9999"])
    assert [*Path(notebook).parent.iterdir()] == [Path(notebook)]
    (cell,) = nbformat.read(notebook, as_version=4).cells
    assert cell.source.endswith("vlm.playground()")
    assert os.environ["VLM_MODEL"] == "some/model"
    shutil.rmtree(Path(notebook).parent)
