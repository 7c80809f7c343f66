"""What stays of an answer where nobody watches: nbclient, nbconvert and nbval."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from model_server import Reply, answer
from nbclient import NotebookClient
from nbconvert import HTMLExporter, MarkdownExporter

SANITIZE = Path(__file__).with_name("nbval.cfg")
SAID = "A **cat** on a sofa."
CARD = ["text/html", "text/markdown", "text/plain"]
CELLS = (
    "import vlm_notebook as vlm\nclient = vlm.connect({url!r}, 'key', model='m')",
    "vlm.ask('What is it?', vlm.samples.path('cat'))",
    "answer = vlm.ask('And now?')",
    "answer.text",
    "answer",
    "a = answer.ask('one')\na.ask('two')",
    "vlm.ask('hidden', show=False)",
    "vlm.playground(vlm.samples.path('cat'))",
)


@pytest.fixture(autouse=True)
def steady(module_server):
    module_server.says(Reply(answer(SAID)))


@pytest.fixture(scope="module")
def notebook(module_server, tmp_path_factory):
    """A notebook that was executed without a front end."""
    module_server.says(Reply(answer(SAID)))
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(cell.format(url=module_server.base_url)) for cell in CELLS
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
    NotebookClient(notebook, timeout=120).execute()
    return notebook


def test_each_question_gives_exactly_one_display(notebook):
    kinds = [[output.output_type for output in cell.outputs] for cell in notebook.cells]
    shown, result = ["display_data"], ["execute_result"]
    assert kinds == [[], shown, shown, result, result, shown * 2, result, result]


def test_what_is_stored_is_the_card_in_three_kinds_of_text(notebook):
    for number in (1, 2, 4, 5, 6):
        assert sorted(notebook.cells[number].outputs[0].data) == CARD


def test_the_stored_notebook_is_valid_and_holds_no_address_of_an_object(notebook):
    nbformat.validate(notebook)
    assert " at 0x" not in nbformat.writes(notebook)


@pytest.mark.parametrize("exporter", [HTMLExporter, MarkdownExporter])
def test_an_export_holds_the_text_and_the_thumbnail(notebook, exporter):
    exported, _ = exporter().from_notebook_node(notebook)
    assert "What is it?" in exported
    assert "<strong>cat</strong> on a sofa." in exported
    assert "data:image/jpeg;base64,/9j/" in exported
    assert 'alt="cat.jpg: A cat on a sofa."' in exported


def nbval(path):
    options = ["--nbval", "--nbval-current-env", f"--nbval-sanitize-with={SANITIZE}"]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, path.name]
    return subprocess.run(command, cwd=path.parent, capture_output=True, text=True, check=False)


def test_strict_nbval_finds_the_same_answers_again(notebook, tmp_path):
    path = tmp_path / "lesson.ipynb"
    nbformat.write(notebook, path)
    done = nbval(path)
    assert f"{len(CELLS)} passed" in done.stdout, done.stdout + done.stderr


def test_strict_nbval_notices_another_answer(notebook, module_server, tmp_path):
    path = tmp_path / "lesson.ipynb"
    nbformat.write(notebook, path)
    module_server.says(Reply(answer("A dog.")))
    assert "6 failed, 2 passed" in nbval(path).stdout
