"""Notebooks that a command runs, from top to bottom and with nobody watching."""

import subprocess
import sys

import nbformat
import pytest
from model_server import Reply, answer

SAID = "A **cat** on a sofa."
PARAMETERS = "url = prompt = 'none'"
CELLS = (
    "import vlm_notebook as vlm\nclient = vlm.connect(url, 'key', model='m')",
    "answer = vlm.ask(prompt, vlm.samples.path('cat'))",
    "answer.finish_reason",
)


@pytest.fixture
def server(server):
    server.says(Reply(answer(SAID)))
    return server


def notebook(path, parameters):
    """Write a notebook to be run, whose first cell holds its parameters."""
    new = nbformat.v4.new_code_cell
    cells = [new(parameters, metadata={"tags": ["parameters"]}), *map(new, CELLS)]
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": spec}), path)
    return path


def run(*command):
    subprocess.run([sys.executable, "-m", *command], capture_output=True, check=True)


def test_papermill_asks_with_its_parameters_and_keeps_one_card_a_question(server, tmp_path):
    template, done = notebook(tmp_path / "in.ipynb", PARAMETERS), tmp_path / "out.ipynb"
    given = ["-p", "url", server.base_url, "-p", "prompt", "What is it?"]
    run("papermill", template, done, *given, "--no-progress-bar")
    *before, asked, ended = nbformat.read(done, as_version=4).cells
    assert not any(cell.outputs for cell in before)
    assert [sorted(output.data) for output in asked.outputs] == [
        ["text/html", "text/markdown", "text/plain"]
    ]
    assert asked.outputs[0].data["text/plain"] == SAID
    assert ended.outputs[0].data["text/plain"] == "'stop'"
    assert "What is it?" in str(server.requests)


@pytest.mark.parametrize(("kind", "suffix"), [("html", ".html"), ("markdown", ".md")])
def test_an_executed_export_holds_the_text_and_the_picture_once(server, tmp_path, kind, suffix):
    path = notebook(tmp_path / "in.ipynb", f"url, prompt = {server.base_url!r}, 'What is it?'")
    run("nbconvert", "--execute", "--to", kind, path)
    exported = path.with_suffix(suffix).read_text("utf-8")
    assert exported.count("<strong>cat</strong> on a sofa.") == 1
    assert exported.count("data:image/jpeg;base64,") == 1
    assert "LiveAnswer" not in exported
