from __future__ import annotations

import shutil
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("lesson", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_lesson_runs_top_to_bottom_in_jupyterlab(notebook_page, lab, output, lesson):
    shutil.copy(lesson, lab.folder / lesson.name)
    notebook_page.open(lesson.name)
    notebook_page.run_all()
    notebook_page.save()
    cells = [cell for cell in lab.read(lesson.name).cells if cell.cell_type == "code"]
    kinds = [out.output_type for cell in cells for out in cell.outputs]
    assert "error" not in kinds
    assert "stream" not in kinds
    assert all(cell.execution_count for cell in cells)
    data = [out.data for cell in cells for out in cell.outputs]
    assert not any("application/vnd.jupyter.widget-view+json" in bundle for bundle in data)
    assert (lab.folder / lesson.name).stat().st_size < 1_000_000
    notebook_page.screenshot(output / f"{lesson.stem}.png")
