"""Text -> a file of the user's, which takes another's place only if that is asked for."""

from __future__ import annotations

from errno import EISDIR
from pathlib import Path
from secrets import token_hex

from vlm_notebook.errors import VlmError


def save(text: str, path: str | Path, *, overwrite: bool = False, encoding: str = "utf-8") -> Path:
    """Write text to a file as it is, line ends included; return where.

    Args:
        text: what the file will hold.
        path: where; `~` is the home folder.
        overwrite: takes the place of a file that is there, once the new one is whole.
        encoding: such as "utf-8-sig", with the mark that spreadsheets know UTF-8 by.

    Raises:
        VlmError: there is such a file and `overwrite` is False, or it cannot be written.
    """
    data = text.encode(encoding)
    try:
        target = Path(path).expanduser()
        if target.is_dir():
            raise IsADirectoryError(EISDIR, "it is a folder")
        _replace(target.resolve(), data) if overwrite else _create(target, data)
    except FileExistsError:
        raise VlmError(f"{str(path)!r} is there already: give overwrite=True") from None
    except (OSError, ValueError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or error
        raise VlmError(f"{str(path)!r} cannot be written: {why}") from error
    return target


def _create(target: Path, data: bytes) -> None:
    with target.open("xb") as file:
        file.write(data)


def _replace(target: Path, data: bytes) -> None:
    """Write beside the file and rename: a full disk leaves the old one as it was."""
    part = target.with_name(f".{target.name}.{token_hex(4)}")
    try:
        _create(part, data)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
