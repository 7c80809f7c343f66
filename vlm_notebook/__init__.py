"""Ask vision-language models about pictures in a notebook.

    import vlm_notebook as vlm

    vlm.ask("What is written on the sign?", "street.jpg")

Names are loaded on first use (PEP 562), so that importing the package costs next to nothing;
`__init__.pyi` tells editors and type checkers what they are.
"""

from importlib import import_module as _import_module

__version__ = "0.1.0"

_HOMES = {
    "ask": "default",
    "describe": "default",
    "compare": "default",
    "playground": "widgets.playground",
    "grid": "widgets.grid",
    "load": "images.source",
    "prepare": "images.prepare",
    "preview": "view.preview",
    "estimate": "models.estimate",
    "tokens": "models.tokens",
    "pages": "images.pages",
    "montage": "images.montage",
    "crop": "images.region",
    "samples": "images.samples",
    "Client": "client",
    "connect": "default",
    "default_client": "default",
    "Answer": "chat.answer",
    "Delta": "chat.delta",
    "Usage": "chat.delta",
    "Timing": "chat.answer",
    "Submission": "chat.engine",
    "Grid": "runs.grid",
    "ImageSource": "images.source",
    "PreparedImage": "images.prepare",
    "ModelCard": "models.catalog",
    "Probe": "chat.probe",
    "VlmError": "errors",
    "ImageError": "errors",
    "SourceError": "errors",
    "PrepareError": "errors",
    "EndpointError": "errors",
    "ConnectError": "errors",
    "AuthError": "errors",
    "RateLimitError": "errors",
    "StatusError": "errors",
    "StreamError": "errors",
    "ModelError": "errors",
    "BudgetError": "errors",
}

__all__ = [*_HOMES]  # noqa: PLE0604 - names are strings


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = _import_module(f"{__name__}.{_HOMES[name]}")
    value = getattr(module, name, module)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def load_ipython_extension(shell: object) -> None:
    """Add `%vlm` and `%%vlm`; called by `%load_ext vlm_notebook`."""
    _import_module(f"{__name__}.magics").register(shell)
