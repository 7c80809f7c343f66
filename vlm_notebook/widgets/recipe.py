"""A question that was asked with controls -> the cell of code that asks the same."""

from __future__ import annotations

import pprint
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from vlm_notebook.chat.settings import Settings
from vlm_notebook.errors import SourceError, VlmError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vlm_notebook.client import Client
    from vlm_notebook.images.source import ImageSource

FOLDER = "pictures"
"""Where pictures that are in no file yet are saved, below the working folder."""

_WIDTH = 88


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as the controls had it.

    Attributes:
        earlier: the question of the same conversation that it follows, or None.
    """

    prompt: str
    sources: tuple[ImageSource, ...]
    model: str
    detail: str
    earlier: Asked | None = None

    @property
    def pictures(self) -> tuple[ImageSource, ...]:
        """Every picture of the conversation so far."""
        return (*(self.earlier.pictures if self.earlier else ()), *self.sources)

    def using(self, model: str, detail: str) -> Asked:
        """Return the same question to another model, or at another level of detail."""
        return replace(self, model=model, detail=detail)


@dataclass(frozen=True, slots=True)
class Recipe:
    """Code for a cell, and the files that were written so that it runs."""

    code: str
    saved: tuple[str, ...] = ()


def recipe(asked: Asked, client: Client, *, folder: Path | None = None) -> Recipe:
    """Write the cell that asks the same; pictures that are in no file are saved in `folder`.

    A file that is there is never changed: one of the same bytes is used, beside another the new
    one gets a number. No key stands in the code: where the environment has none, "?" asks for it.

    Raises:
        SourceError: a picture cannot be saved.
    """
    places = {}
    saved = []
    chain = [*_chain(asked)]
    for source in (source for one in chain for source in one.sources):
        place, is_new = _placed(source, folder or Path(FOLDER))
        places[id(source)] = place
        saved += [place] if is_new else []
    lines = ["import vlm_notebook as vlm", "", f"client = vlm.Client({_connection(client)})"]
    for number, one in enumerate(chain):
        lines.append(_call(one, places, "answer.ask" if number else "client.ask"))
    return Recipe("\n".join([*lines, "answer", ""]), tuple(saved))


def _chain(asked: Asked) -> Iterator[Asked]:
    """Give the conversation's questions, the first one first."""
    if asked.earlier:
        yield from _chain(asked.earlier)
    yield asked


def _call(asked: Asked, places: dict[int, str], name: str) -> str:
    pictures = [_picture(source, places[id(source)]) for source in asked.sources]
    options = [f"model={asked.model!r}", f"detail={asked.detail!r}"]
    arguments = [_text(asked.prompt), *pictures, *options]
    line = f"answer = {name}({', '.join(arguments)})"
    if len(line) <= _WIDTH and "\n" not in line:
        return line
    return "\n".join([f"answer = {name}(", *(f"    {each}," for each in arguments), ")"])


def _text(prompt: str) -> str:
    """Return a literal; a long one goes over several lines, as a person would write it."""
    return pprint.pformat(prompt, width=_WIDTH - 8).replace("\n", "\n    ")


def _picture(source: ImageSource, place: str) -> str:
    frame = f"vlm.load({place!r}, frame={source.frame})" if source.frame else repr(place)
    return f"vlm.crop({frame}, {source.box})" if source.box else frame


def _connection(client: Client) -> str:
    if client.is_embedded:
        return 'model="embedded"'
    key = ', "?"' if client.key_hint and not _is_in_environment(client) else ""
    return f"{client.base_url!r}{key}, model={client.model!r}"


def _is_in_environment(client: Client) -> bool:
    try:
        found = Settings.found(client.base_url, None, None).key
    except VlmError:
        return False
    return bool(found) and repr(found) == client.key_hint


def _placed(source: ImageSource, folder: Path) -> tuple[str, bool]:
    """Return where the picture is, and whether it was written there just now."""
    if source.path and Path(source.path).expanduser().is_file():
        return source.path, False
    if source.url:
        return source.url, False
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in _names(source, folder):
            if not path.exists():
                path.write_bytes(source.data)
                return path.as_posix(), True
            if path.is_file() and path.read_bytes() == source.data:
                return path.as_posix(), False
    except OSError as error:
        raise SourceError(
            f"{source.origin!r} cannot be saved in {str(folder)!r}: {error.strerror or error}; "
            "the code needs it as a file"
        ) from error
    raise SourceError(f"{source.origin!r} cannot be saved in {str(folder)!r}: every name is taken")


def _names(source: ImageSource, folder: Path) -> Iterator[Path]:
    """Give file names that hold nothing but letters, digits, dashes and dots."""
    stem = Path(source.origin).stem
    kept = "".join(char if char.isalnum() or char in "-_" else "-" for char in stem).strip("-")
    suffix = {"JPEG": ".jpg", "TIFF": ".tif"}.get(source.format, f".{source.format.lower()}")
    for number in range(1, 1000):
        yield folder / f"{kept[:60] or 'picture'}{f'-{number}' if number > 1 else ''}{suffix}"
