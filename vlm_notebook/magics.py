"""`%vlm` and `%%vlm`: asking without quotes and commas."""

from __future__ import annotations

import argparse
import shlex
from typing import TYPE_CHECKING, Any, NoReturn

from vlm_notebook import default, detail
from vlm_notebook.errors import VlmError
from vlm_notebook.markup.card import printable
from vlm_notebook.markup.defuse import code

if TYPE_CHECKING:
    from collections.abc import Callable

    from vlm_notebook.chat.answer import Answer
    from vlm_notebook.client import Client
    from vlm_notebook.models.catalog import ModelCard

_LINE_USAGE = "%vlm status | models | model NAME | detail low|high|auto|original"
_CELL_USAGE = "%%vlm IMAGE... [-m MODEL] [-d DETAIL] [-o NAME], the prompt below"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise VlmError(f"{message}; usage: {_CELL_USAGE}")


def _parser() -> _Parser:
    parser = _Parser(prog="%%vlm", add_help=False)
    parser.add_argument("images", nargs="*", metavar="IMAGE")
    parser.add_argument("-m", "--model")
    parser.add_argument("-d", "--detail", choices=detail.ALL_LEVELS)
    parser.add_argument("-o", "--output", metavar="NAME")
    return parser


def _literal(magic: Callable[..., Any]) -> Callable[..., Any]:
    """Keep IPython from putting a picture's repr in the place of its `{name}`."""
    magic.__dict__["_ipython_magic_no_var_expand"] = True
    return magic


class VlmMagic:
    """The magic of one IPython shell; it asks the default client.

    Args:
        namespace: the shell's variables, for `{name}` pictures and `-o`.
    """

    def __init__(self, namespace: dict[str, Any]) -> None:
        self._namespace = namespace

    @_literal
    def vlm(self, line: str, cell: str | None = None) -> Any:
        """Ask about pictures, or set what is asked.

        `%%vlm IMAGE... [-m MODEL] [-d DETAIL] [-o NAME]` asks with the cell's body as the prompt;
        IMAGE is a path, a URL or `{name}` for a variable, and `-o` keeps the answer in a variable.
        `%vlm status` tells who would be asked and what was spent; `%vlm models` lists the models;
        `%vlm model NAME` and `%vlm detail LEVEL` choose.
        """
        if cell is None:
            return self._line(line.split())
        return self._cell(line, cell.strip())

    def _line(self, words: list[str]) -> Any:
        client = default.default_client()
        match words:
            case [] | ["status"]:
                return client.status()
            case ["models"]:
                return ModelList(client.models())
            case ["model", name]:
                return _use_model(name)
            case ["detail", level]:
                client.detail = detail.check(level, client.model)
                return client
        raise VlmError(f"%vlm does not know {' '.join(words)!r}; usage: {_LINE_USAGE}")

    def _cell(self, line: str, prompt: str) -> Answer | None:
        if not prompt:
            raise VlmError(f"the cell holds no prompt; usage: {_CELL_USAGE}")
        arguments = _parser().parse_intermixed_args(_words(line))
        if arguments.output and not arguments.output.isidentifier():
            raise VlmError(f"{arguments.output!r} is no name for a variable; usage: {_CELL_USAGE}")
        images = [self._image(word) for word in arguments.images]
        answer = default.ask(prompt, *images, model=arguments.model, detail=arguments.detail)
        if arguments.output:
            self._namespace[arguments.output] = answer
        return answer

    def _image(self, word: str) -> Any:
        if not (word.startswith("{") and word.endswith("}")):
            return word
        name = word[1:-1].strip()
        if name not in self._namespace:
            raise VlmError(f"there is no variable {name!r} for the picture {word}: define it first")
        return self._namespace[name]


def _use_model(name: str) -> Client:
    """Ask the model of that id from now on; to and from "embedded" the endpoint changes too."""
    client = default.default_client()
    if (name == detail.EMBEDDED) == client.is_embedded:
        client.model = name
        return client
    return default.connect(model=name, detail=detail.kept(client.detail, name))


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError as error:
        raise VlmError(f"{error}; usage: {_CELL_USAGE}") from None


class ModelList(list["ModelCard"]):
    """Models, shown as a table."""

    def __repr__(self) -> str:
        return "\n".join(printable(" ".join(card.id.split())) for card in self) or "no models"

    def _repr_markdown_(self) -> str:
        rows = [
            f"| {code(card.id)} | {_SAID[card.vision]} | {card.context or ''} |" for card in self
        ]
        return "\n".join(["| model | vision | context |", "|---|---|---|", *rows])


_SAID = {True: "yes", False: "no", None: "unknown"}


def register(shell: Any) -> None:
    """Add the magics to an IPython shell."""
    shell.register_magic_function(VlmMagic(shell.user_ns).vlm, "line_cell", "vlm")
