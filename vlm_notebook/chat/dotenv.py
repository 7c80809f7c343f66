"""`.env`: the variables of this package that a project's file sets."""

from __future__ import annotations

import re
from pathlib import Path

NAMES = ("VLM_BASE_URL", "VLM_API_KEY", "VLM_MODEL", "OPENAI_BASE_URL", "OPENAI_API_KEY")
"""Nothing else is taken from the file, and nothing is put into the environment."""

MAX_BYTES = 100_000

_ROOTS = (".git", "pyproject.toml", ".hg", "setup.py", "package.json")
_LINE = re.compile(r"^[ \t]*(?:export[ \t]+)?(\w+)[ \t]*=([^\n]*)", re.ASCII | re.MULTILINE)
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_COMMENT = re.compile(r"(?<=[ \t])#")


def found(start: Path | None = None) -> dict[str, str]:
    """Return what the nearest `.env` sets of `NAMES`; keys are to be wrapped before they travel.

    It is looked for in `start` (the working directory) and in its parents up to the project's
    root, the first that holds a `.git` or a `pyproject.toml`; without a root, in `start` alone.
    """
    for folder in _folders(start or Path.cwd()):
        if (text := _text(folder / ".env")) is not None:
            return parse(text)
    return {}


def parse(text: str) -> dict[str, str]:
    r"""Read lines such as `VLM_MODEL = "a/b"  # comment`; a later one wins.

    >>> parse("export VLM_MODEL='a/b' # mine\nPATH=/nowhere")
    {'VLM_MODEL': 'a/b'}
    """
    values = {name: _value(rest) for name, rest in _LINE.findall(text.replace("\r\n", "\n"))}
    return {name: value for name, value in values.items() if name in NAMES and value}


def _value(rest: str) -> str:
    """Return what stands behind a "=": what is in quotes, or all up to a comment."""
    if quoted := _QUOTED.match(rest.strip()):
        return quoted[1] or quoted[2] or ""
    return _COMMENT.split(rest, maxsplit=1)[0].strip()


def _folders(start: Path) -> list[Path]:
    chain = [start, *start.parents]
    roots = [
        at for at, folder in enumerate(chain) if any((folder / one).exists() for one in _ROOTS)
    ]
    return chain[: roots[0] + 1] if roots else chain[:1]


def _text(path: Path) -> str | None:
    """Read a regular file of reasonable size; whatever else stands there is passed over."""
    try:
        if not path.is_file() or path.stat().st_size > MAX_BYTES:
            return None
        return path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return None
