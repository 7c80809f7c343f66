"""The words people ask with: lists in text files, each under its heading."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "asked"


@cache
def entries(file: str) -> dict[str, tuple[str, ...]]:
    r"""Return the indented lines of a file by the heading they stand under.

    >>> entries("english")["summarise"][0]
    '\\bsumm?ar'
    """
    found: dict[str, list[str]] = {}
    heading = ""
    for line in (FOLDER / f"{file}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith(" "):
            found[heading].append(line.strip())
        elif line and not line.startswith("#"):
            heading = line
            found[heading] = []
    return {name: tuple(lines) for name, lines in found.items()}


@cache
def words(heading: str) -> frozenset[str]:
    """Return the words under a heading of the list of words.

    >>> "the" in words("stop")
    True
    """
    return frozenset(word for line in entries("words")[heading] for word in line.split())


@cache
def pattern(file: str, heading: str) -> re.Pattern[str]:
    """Return one pattern that any of the expressions under a heading matches."""
    return re.compile("|".join(entries(file)[heading]))


@cache
def table(file: str) -> dict[str, Any]:
    """Return what a TOML file holds.

    >>> table("names")["english"]["kitten"]
    'cat'
    """
    return tomllib.loads((FOLDER / f"{file}.toml").read_text(encoding="utf-8"))
