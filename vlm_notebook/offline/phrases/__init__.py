"""Every sentence the embedded reader can say, in a file a language."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vlm_notebook.offline.language import Language

FILES: dict[Language, str] = {"en": "english.toml", "zh": "chinese.toml"}


@cache
def phrases(language: Language) -> dict[str, str]:
    """Return words and sentences by key; what stands in braces is to be filled in.

    >>> phrases("en")["color.grey"], phrases("zh")["color.grey"]
    ('grey', '灰色')
    """
    path = Path(__file__).parent / FILES[language]
    return tomllib.loads(path.read_text(encoding="utf-8"))
