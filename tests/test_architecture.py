from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).parents[1] / "vlm_notebook"

ORDER = (
    "errors",
    "limits",
    "detail",
    "images",
    "models",
    "markup",
    "chat",
    "offline",
    "tasks",
    "runs",
    "view",
    "connection",
    "client",
    "default",
    "widgets",
    "magics",
    "cli",
)
ROOT_USERS = {"magics", "cli"}  # what stands below every public name may use them

HOMES = {
    "PIL": {"images", "offline", "view"},
    "markdown_it": {"markup"},
    "nh3": {"markup"},
    "openai": {"chat.endpoint"},
    "onnxruntime": {"offline"},
    "faster_paddle": {"offline"},
    "rapidocr": {"offline"},
    "IPython": {"view"},
    "anywidget": {"view"},
    "matplotlib": {"view"},
    "ipywidgets": {"widgets", "view"},
}
EMPTY_NAMES = {"utils", "helpers", "common", "misc"}
MAX_MODULE_LINES = 300
MAX_FUNCTION_LINES = 60


class Import(NamedTuple):
    """A dotted name, where it is imported, and whether that runs on load or is for types."""

    name: str
    line: int
    at_top: bool
    typing: bool


def violations(package: Path) -> list[str]:
    """Return each breach of the architecture below `package` as "file:line: what"."""
    return [
        f"{path.relative_to(package)}:{found}"
        for path in sorted(package.rglob("*.py"))
        for found in _file_violations(path, package)
    ]


def _file_violations(path: Path, package: Path) -> Iterator[str]:
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    module = _module_name(path, package)
    if module and (layer := module.partition(".")[0]) not in ORDER:
        yield f"1: {layer} has no place in the order of layers"
    if EMPTY_NAMES & set(module.split(".")):
        yield "1: a module's name says what it holds"
    if (lines := source.count("\n")) > MAX_MODULE_LINES:
        yield f"1: {lines} lines, more than {MAX_MODULE_LINES}"
    yield from _long_functions(tree)
    known = {child.stem for child in package.iterdir()} - {"__init__"}
    for imported in _imports(tree, path, package):
        if complaint := _complaint(imported, module, package.name, known):
            yield f"{imported.line}: {complaint}"


def _module_name(path: Path, package: Path) -> str:
    """Return the dotted name below the package; the root is the empty string."""
    parts = path.relative_to(package).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def _long_functions(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > MAX_FUNCTION_LINES:
                yield f"{node.lineno}: {node.name} has {lines} lines, not {MAX_FUNCTION_LINES}"


def _complaint(imported: Import, module: str, root: str, known: set[str]) -> str | None:
    top, _, below = imported.name.partition(".")
    if top != root:
        return _third_party_complaint(imported, module)
    target = below.partition(".")[0]
    if not module:
        return None if imported.typing else f"the root imports {imported.name}: load it on use"
    layer = module.partition(".")[0]
    if target not in known:
        return (
            None if layer in ROOT_USERS else "the root reaches every layer: import from its module"
        )
    if not {layer, target} <= set(ORDER):
        return None  # a breach already, told of the file without a place
    down = ORDER.index(target) > ORDER.index(layer)
    return f"{layer} imports {target}, which stands below it" if down else None


def _third_party_complaint(imported: Import, module: str) -> str | None:
    library = imported.name.partition(".")[0]
    if library == "numpy" and imported.at_top:
        return "numpy is imported inside functions"
    homes = HOMES.get(library)
    if homes is None or any(module == home or module.startswith(f"{home}.") for home in homes):
        return None
    return f"{library} belongs to {', '.join(sorted(homes))}"


def _imports(tree: ast.Module, path: Path, package: Path) -> Iterator[Import]:
    for node, at_top, typing in _statements(tree, at_top=True, typing=False):
        for name in _names(node, path, package):
            yield Import(name, node.lineno, at_top, typing)


def _statements(node: ast.AST, *, at_top: bool, typing: bool) -> Iterator[tuple]:
    """Walk down to each node that may import, knowing whether it runs when the module loads."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom | ast.Call):
            yield child, at_top and not typing, typing
        guard = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
        inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield from _statements(child, at_top=at_top and not inside, typing=typing or guard)


def _names(node: ast.AST, path: Path, package: Path) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        base = _absolute(node, path, package)
        return [f"{base}.{alias.name}" for alias in node.names]
    return _named_by_string(node)


def _absolute(node: ast.ImportFrom, path: Path, package: Path) -> str:
    if not node.level:
        return node.module or ""
    parents = path.relative_to(package.parent).parent.parts
    base = parents[: len(parents) - node.level + 1]
    return ".".join([*base, *([node.module] if node.module else [])])


def _named_by_string(node: ast.AST) -> list[str]:
    """Return what `import_module("name")` or `__import__("name")` names."""
    if not isinstance(node, ast.Call) or not node.args:
        return []
    function = ast.unparse(node.func).rpartition(".")[2]
    first = node.args[0]
    named = isinstance(first, ast.Constant) and isinstance(first.value, str)
    return [first.value] if named and function in {"import_module", "__import__"} else []


def test_the_package_keeps_its_architecture():
    assert violations(PACKAGE) == []


def test_every_module_of_the_package_is_read():
    assert {"errors.py", "detail.py", "__init__.py"} <= {p.name for p in PACKAGE.rglob("*.py")}


@pytest.fixture
def check(tmp_path):
    def run(name: str, source: str) -> list[str]:
        package = tmp_path / "vlm_notebook"
        for layer in (*ORDER, name.removesuffix(".py")):
            (package / layer).parent.mkdir(parents=True, exist_ok=True)
            (package / layer).with_suffix(".py").touch()
        (package / name).write_text(source, encoding="utf-8")
        return violations(package)

    return run


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("errors.py", "from vlm_notebook.detail import Detail"),
        ("errors.py", "from vlm_notebook import detail"),
        ("errors.py", "import vlm_notebook.detail"),
        ("errors.py", "from . import detail"),
        ("images/prepare.py", "from ..chat.answer import Answer"),
        ("images/prepare.py", "def f():\n    from vlm_notebook.client import Client"),
        ("images/prepare.py", "async def f():\n    from vlm_notebook.client import Client"),
        ("images/prepare.py", "class A:\n    import vlm_notebook.cli"),
        ("images/prepare.py", "if TYPE_CHECKING:\n    from vlm_notebook.client import Client"),
        ("images/prepare.py", "try:\n    pass\nfinally:\n    import vlm_notebook.client"),
        ("images/prepare.py", "x = importlib.import_module('vlm_notebook.client')"),
        ("images/prepare.py", "from vlm_notebook import load"),
        ("images/prepare.py", "import vlm_notebook"),
        ("__init__.py", "from vlm_notebook.errors import VlmError"),
        ("__init__.py", "from .errors import VlmError"),
        ("__init__.py", "def f():\n    import vlm_notebook.errors"),
        ("chat/answer.py", "def f():\n    import openai"),
        ("chat/answer.py", "if TYPE_CHECKING:\n    from openai import AsyncOpenAI"),
        ("client.py", "import PIL.Image"),
        ("images/source.py", "from matplotlib.figure import Figure"),
        ("magics.py", "import nh3"),
        ("images/prepare.py", "import numpy as np"),
        ("images/prepare.py", "class A:\n    from numpy import array"),
        ("nowhere.py", ""),
        ("nowhere/inner.py", "from vlm_notebook.errors import VlmError"),
        ("images/utils.py", ""),
        ("images/common/pixels.py", ""),
        ("detail.py", "x = 1\n" * 301),
        ("detail.py", "def f():\n" + "    pass\n" * 60),
        ("detail.py", "class A:\n    async def f(self):\n" + "        pass\n" * 60),
    ],
)
def test_a_breach_is_found_in_its_file(check, name, source):
    found = check(name, source)
    assert len(found) == 1
    assert found[0].startswith(f"{name}:")


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("detail.py", "from vlm_notebook.errors import ModelError"),
        ("chat/engine.py", "from vlm_notebook.chat.delta import Delta"),
        ("chat/engine.py", "from .delta import Delta\nfrom ..errors import VlmError"),
        ("chat/endpoint.py", "import openai"),
        ("offline/reader.py", "import onnxruntime\nfrom PIL import Image"),
        ("view/playback.py", "import ipywidgets"),
        ("images/prepare.py", "def f():\n    import numpy as np"),
        ("images/prepare.py", "if TYPE_CHECKING:\n    import numpy as np"),
        ("cli.py", "import vlm_notebook as vlm"),
        ("__init__.py", "if TYPE_CHECKING:\n    from vlm_notebook.client import Client"),
        ("__init__.py", "from importlib import import_module"),
        ("detail.py", "x = 1\n" * 300),
        ("detail.py", "def f():\n" + "    pass\n" * 59),
    ],
)
def test_what_the_architecture_allows_passes(check, name, source):
    assert check(name, source) == []
