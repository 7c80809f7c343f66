"""Controls to ask with instead of code: the playground, the grid, and the parts of them.

    from vlm_notebook.widgets import DetailToggle, ImageTray, ModelPicker

Each part is of use alone; names are loaded on first use.
"""

from importlib import import_module as _import_module

_HOMES = {
    "Playground": "playground",
    "GridView": "gridview",
    "ImageTray": "tray",
    "ModelPicker": "picker",
    "DetailToggle": "toggle",
    "PromptBox": "prompt",
    "AnswerView": "answer",
}

__all__ = [*_HOMES]  # noqa: PLE0604 - names are strings


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(_import_module(f"{__name__}.{_HOMES[name]}"), name)
