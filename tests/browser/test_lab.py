from __future__ import annotations

import struct
import sys
from ast import literal_eval

import pytest
from playwright.sync_api import expect

DARK_BELOW = 100


WIDGET = """
import anywidget

class Echo(anywidget.AnyWidget):
    _esm = '''export default { render({ model, el }) {
        model.on("msg:custom", (content) => { el.textContent = content.text; });
        model.send("hello");
    } };'''

echo = Echo()
echo.on_msg(lambda widget, content, buffers: widget.send({"text": f"{content} yourself"}))
echo
"""


@pytest.fixture
def opened(notebook_page, lab):
    notebook_page.open(lab.add("lesson.ipynb", "x = 6\nx * 7", "print('second', x)"))
    return notebook_page


def test_a_notebook_runs_and_shows_its_outputs(opened, output):
    opened.run_all()
    assert opened.cell_output(0).all_inner_texts() == ["42"]
    assert opened.cell_output(1).inner_text().strip() == "second 6"
    assert opened.outputs().count() == 2
    picture = opened.screenshot(output / "lab.png").read_bytes()
    assert struct.unpack(">II", picture[16:24]) == (1200, 900)


def test_saved_outputs_are_there_after_a_reload_and_a_new_kernel(opened, lab):
    opened.run_all()
    opened.save()
    opened.reload()
    opened.restart_kernel()
    assert opened.cell_output(0).inner_text() == "42"
    kinds = [cell.outputs[0].output_type for cell in lab.read("lesson.ipynb").cells]
    assert kinds == ["execute_result", "stream"]


def test_a_new_kernel_knows_nothing_of_the_old_one(notebook_page, lab):
    notebook_page.open(lab.add("fresh.ipynb", "'x' in globals()", "x = 1"))
    notebook_page.run_all()
    notebook_page.restart_kernel()
    notebook_page.run_all()
    assert notebook_page.cell_output(0).inner_text() == "False"


def test_a_widget_and_its_kernel_hear_each_other(notebook_page, lab):
    notebook_page.open(lab.add("widget.ipynb", WIDGET))
    notebook_page.run_all()
    expect(notebook_page.cell_output(0)).to_contain_text("hello yourself", timeout=60_000)


def test_run_all_ends_at_an_error(notebook_page, lab):
    notebook_page.open(lab.add("error.ipynb", "1 / 0", "2"))
    notebook_page.run_all()
    assert "ZeroDivisionError" in notebook_page.cell_output(0).inner_text()
    assert notebook_page.cell_output(1).count() == 0


def test_cells_far_below_the_window_are_in_the_page(notebook_page, lab):
    notebook_page.open(lab.add("long.ipynb", *map(str, range(60))))
    notebook_page.run_all()
    assert notebook_page.outputs().count() == 60
    assert notebook_page.cell_output(59).inner_text() == "59"


def test_theme_and_width_change_what_is_seen(opened):
    opened.set_theme("dark")
    color = "getComputedStyle(document.querySelector('.jp-Notebook')).backgroundColor"
    assert int(opened.page.evaluate(color).strip("rgb()").split(",")[0]) < DARK_BELOW
    opened.set_theme("light")
    assert int(opened.page.evaluate(color).strip("rgb()").split(",")[0]) > DARK_BELOW
    opened.set_width(480)
    assert opened.page.evaluate("innerWidth") == 480


def test_the_theme_of_one_test_is_not_the_next_ones(opened):
    theme = "document.body.dataset.jpThemeName"
    opened.page.wait_for_function(f"() => {theme}")
    assert opened.page.evaluate(theme) == "JupyterLab Light"


def test_the_kernel_is_this_interpreter_without_keys_in_a_home_of_its_own(notebook_page, lab):
    source = "import os, sys; [sys.executable, os.environ['HOME'], sorted(os.environ)]"
    notebook_page.open(lab.add("environment.ipynb", source))
    notebook_page.run_all()
    notebook_page.save()
    shown = lab.read("environment.ipynb").cells[0].outputs[0].data["text/plain"]
    executable, home, names = literal_eval(shown)
    assert executable == sys.executable
    assert home == str(lab.folder.parent)
    assert not [name for name in names if "KEY" in name or "VLM" in name]


def test_lab_itself_asks_nobody_else_for_anything(opened):
    opened.run_all()
    assert opened.remote == []
    assert opened.errors == []
