"""The `vlm-notebook` command."""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sys
import tempfile
from importlib.util import find_spec
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vlm_notebook import __version__, detail
from vlm_notebook.errors import VlmError
from vlm_notebook.markup.card import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vlm_notebook.client import Client

OK, FAILED, WRONG_USAGE = 0, 1, 2
INTERRUPTED = 130

APP = "playground.ipynb"
FIRST = "01_description.ipynb"
FOLDER = "vlm-notebook-examples"
"""Where an installed package copies them to: a name that no folder of the user's own has."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code: 0 fine, 1 a failure in one line, 2 wrong usage."""
    arguments, rest = _parser().parse_known_args(argv)
    if arguments.run is _ask and not any(word.startswith("-") for word in rest):
        arguments.images += rest  # argparse leaves over what stands behind an option
    elif rest and arguments.run not in {_lab, _app}:
        _parser().error(f"unrecognized arguments: {' '.join(rest)}")
    arguments.rest = rest
    _make_printable()
    try:
        code = int(arguments.run(arguments))
        sys.stdout.flush()
    except VlmError as error:
        print(f"vlm-notebook: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("\nvlm-notebook: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read has enough; what is still buffered must not fail at exit again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    return code


def _make_printable() -> None:
    """Print what a terminal's encoding has not as escapes, instead of failing over it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="vlm-notebook", description="Ask vision-language models about pictures."
    )
    parser.add_argument("--version", action="version", version=f"vlm-notebook {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    lab = commands.add_parser(
        "lab",
        help="open JupyterLab on the example notebooks; further arguments go to Jupyter",
        allow_abbrev=False,  # --no-browser is Jupyter's, not short for anything here
    )
    lab.add_argument("--folder", type=Path, help="copy the notebooks there and open that")
    lab.set_defaults(run=_lab)
    app = commands.add_parser(
        "app",
        help="serve the playground alone, for a class; further arguments go to Voila",
        allow_abbrev=False,
    )
    app.set_defaults(run=_app)
    _add_ask(commands.add_parser("ask", help="ask about pictures; the answer streams to stdout"))
    models = commands.add_parser("models", help="list the endpoint's models")
    models.add_argument("--all", action="store_true", help="those without vision as well")
    models.add_argument("--json", action="store_true", help="one JSON object a line")
    models.set_defaults(run=_models)
    for command in (*commands.choices.values(),):
        _add_connection(command)
    return parser


def _add_ask(command: argparse.ArgumentParser) -> None:
    command.add_argument("prompt", metavar="PROMPT")
    command.add_argument("images", nargs="*", metavar="IMAGE", help="a file or a URL")
    command.add_argument("-d", "--detail", choices=detail.ALL_LEVELS, default="auto")
    command.add_argument("--json", action="store_true", help="one JSON object at the end")
    command.set_defaults(run=_ask)


def _add_connection(command: argparse.ArgumentParser) -> None:
    command.add_argument("-m", "--model", help="the model's id; default: VLM_MODEL or embedded")
    command.add_argument("--base-url", help="the endpoint; default: VLM_BASE_URL or offline")


def _client(arguments: argparse.Namespace) -> Client:
    from vlm_notebook.client import Client

    return Client(arguments.base_url, model=arguments.model)


def _ask(arguments: argparse.Namespace) -> int:
    client = _client(arguments)
    if arguments.json:
        answer = client.ask(
            arguments.prompt, *arguments.images, detail=arguments.detail, show=False
        )
        print(_json(answer.to_dict(), indent=2))
        return OK
    begun = False
    try:
        asked = {"detail": arguments.detail, "on_wait": _warn}
        for delta in client.stream(arguments.prompt, *arguments.images, **asked):
            begun = begun or bool(delta.text)
            print(printable(delta.text), end="", flush=True)
    finally:
        print(end="\n" if begun else "")
    for notice in client.last.card().notices if client.last else ():
        _warn(notice)
    return OK


def _warn(line: str) -> None:
    if line:
        print(f"vlm-notebook: {printable(line)}", file=sys.stderr)


def _json(values: dict[str, Any], indent: int | None = None) -> str:
    """Return JSON in which nothing is left that a terminal obeys; it reads back the same."""
    written = json.dumps(values, ensure_ascii=False, indent=indent)
    return _LEFT_BY_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", written)


_LEFT_BY_JSON = re.compile("[\x7f-\x9f\u202d\u202e]")


def _models(arguments: argparse.Namespace) -> int:
    for card in _client(arguments).models(vision_only=not arguments.all):
        if arguments.json:
            values = {"id": card.id, "vision": card.vision, "context": card.context}
            print(_json(values))
        else:
            print(printable(" ".join(card.id.split())))
    return OK


def _lab(arguments: argparse.Namespace) -> int:
    """Open the example notebooks."""
    _check_installed("jupyterlab", "JupyterLab", "lab")
    return _become("jupyterlab", _first_notebook(arguments.folder), arguments)


def _app(arguments: argparse.Namespace) -> int:
    """Serve a notebook that holds the playground; each visitor gets a kernel of their own.

    The kernels run in the notebook's folder: one of its own, for the files that visitors make.
    """
    _check_installed("voila", "Voila", "app")
    folder = Path(tempfile.mkdtemp(prefix="vlm-notebook-app-"))
    notebook = shutil.copy(Path(__file__).parent / "widgets" / APP, folder)
    return _become("voila", Path(notebook), arguments)


def _check_installed(module: str, name: str, extra: str) -> None:
    if find_spec(module) is None:
        raise VlmError(f'{name} is not installed: pip install "vlm-notebook[{extra}]"')


def _become(module: str, notebook: Path, arguments: argparse.Namespace) -> int:
    """Become a server, so that signals and the exit code are its own."""
    if arguments.model:
        os.environ["VLM_MODEL"] = arguments.model
    if arguments.base_url:
        os.environ["VLM_BASE_URL"] = arguments.base_url
    command = [sys.executable, "-m", module, str(notebook), *arguments.rest]
    sys.stdout.flush()
    os.execv(sys.executable, command)  # noqa: S606 - our own interpreter, no shell
    return OK


def _first_notebook(folder: Path | None) -> Path:
    """Return the example to begin with: a clone's own, or its copy in `folder`."""
    package = Path(__file__).parent
    clone = package.parent
    if folder is None and (clone / "pyproject.toml").exists():
        return clone / "notebooks" / FIRST
    for examples in (clone / "notebooks", package / "notebooks"):
        if (examples / FIRST).exists():
            return _copied(examples, folder or Path(FOLDER)) / FIRST
    raise VlmError(f"the example notebooks are missing beside {package}: install the package again")


def _copied(examples: Path, folder: Path) -> Path:
    """Copy the notebooks that `folder` has not yet: what the user wrote there stays."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for notebook in sorted(examples.glob("*.ipynb")):
            if not (folder / notebook.name).exists():
                shutil.copy(notebook, folder)
    except OSError as error:
        raise VlmError(
            f"the notebooks cannot be copied to {folder} ({error.strerror}): give --folder"
        ) from None
    return folder


if __name__ == "__main__":
    sys.exit(main())
