"""Errors and notes in the reader's language: looked up in a catalogue by the English line.

A template's `{name}` stands for any text; a `{remedy}` is looked up in its turn.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path

_HOLE = re.compile(r"\\\{(\w+)\\\}")


def translated(message: str, language: str) -> str:
    """Return an error or a note in a language; what the catalogue does not hold stays English.

    >>> translated("note.txt is text, not a picture: use JPEG or PNG", "zh")
    'note.txt 是文本，不是图片：请用 JPEG 或 PNG'
    >>> translated("note.txt is text, not a picture: use JPEG or PNG", "en")
    'note.txt is text, not a picture: use JPEG or PNG'
    """
    for template, text in _catalogue().get(language, ()):
        if found := template.fullmatch(message):
            said = found.groupdict()
            if "remedy" in said:
                said["remedy"] = translated(said["remedy"], language)
            return text.format_map(said)
    return message


@lru_cache(maxsize=1)
def _catalogue() -> dict[str, list[tuple[re.Pattern[str], str]]]:
    texts = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
    return {
        language: [(_template(message), text) for message, text in messages.items()]
        for language, messages in texts.items()
    }


def _template(message: str) -> re.Pattern[str]:
    return re.compile(_HOLE.sub(r"(?P<\1>.+?)", re.escape(message)))
