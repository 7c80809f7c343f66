from __future__ import annotations

import subprocess
import sys

HEAVY = {"IPython", "PIL", "anywidget", "ipywidgets", "matplotlib", "numpy", "openai"}
SCRIPT = "import sys, vlm_notebook; print(*{name.partition('.')[0] for name in sys.modules})"


def imported_with(script: str) -> set[str]:
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_importing_the_package_loads_no_heavy_library():
    loaded = imported_with(SCRIPT)
    assert "vlm_notebook" in loaded
    assert not loaded & HEAVY


def test_a_heavy_library_would_be_noticed():
    assert "numpy" in imported_with(f"import numpy; {SCRIPT}")
