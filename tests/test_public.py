from __future__ import annotations

import ast
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

import vlm_notebook as vlm

STUB = ast.parse(Path(vlm.__file__).with_suffix(".pyi").read_text("utf-8"))
IMPORTS = {
    alias.asname: (node.module, alias.name)
    for node in STUB.body
    if isinstance(node, ast.ImportFrom)
    for alias in node.names
}


def test_the_public_names_are_those_that_type_checkers_see():
    assert set(vlm.__all__) == set(IMPORTS)
    assert len(set(vlm.__all__)) == len(vlm.__all__)


@pytest.mark.parametrize("name", vlm.__all__)
def test_every_public_name_is_what_the_stub_says(name):
    module, original = IMPORTS[name]
    __import__(module)
    found = getattr(vlm, name)
    home = sys.modules[module]
    assert found is getattr(home, original, None) or found is sys.modules[f"{module}.{original}"]


def test_dir_names_everything_public_before_it_is_loaded():
    script = (
        "import vlm_notebook as v; print(set(v.__all__) <= set(dir(v)), sorted(dir(v)) == dir(v))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout == "True True\n"


def test_a_star_import_brings_the_public_names():
    space = {}
    exec("from vlm_notebook import *", space)  # a notebook's user may
    assert set(vlm.__all__) <= set(space)


@pytest.mark.parametrize("name", ["aks", "_private", "openai"])
def test_an_unknown_name_is_an_attribute_error_that_names_it(name):
    with pytest.raises(AttributeError, match=f"module 'vlm_notebook' has no attribute '{name}'"):
        getattr(vlm, name)


def test_every_public_function_and_class_is_documented():
    assert not [name for name in vlm.__all__ if not getattr(vlm, name).__doc__]


def test_the_version_is_that_of_the_installed_package():
    assert vlm.__version__ == metadata.version("vlm-notebook")
