"""Cards -> a page of their own, to send, print or put on a web server."""

from __future__ import annotations

import html
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from vlm_notebook.markup import markdown

if TYPE_CHECKING:
    from collections.abc import Iterable

_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'"
)
"""The page's own pictures and style and nothing else, should what is on it ever ask for more."""

_MAX_TITLE_CHARS = 80


def page(title: str, cards: Iterable[str], *, style: str, language: str) -> str:
    """Return a whole HTML document that holds no script and asks for nothing over the network.

    Args:
        title: of the browser's tab; shortened.
        cards: safe HTML, one below the other.
        style: the style sheet of the cards.
        language: "en" or "zh".
    """
    spoken = {"zh": "zh-CN"}.get(language, language)
    body = "\n".join(cards)
    return (
        f'<!DOCTYPE html>\n<html lang="{spoken}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_title(title)}</title>\n<style>{style} {_style()}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def _title(text: str) -> str:
    line = " ".join(markdown.writable(text).split())
    short = line if len(line) <= _MAX_TITLE_CHARS else f"{line[: _MAX_TITLE_CHARS - 1]}…"
    return html.escape(short or "vlm_notebook")


@lru_cache(maxsize=1)
def _style() -> str:
    return " ".join(Path(__file__).with_suffix(".css").read_text("utf-8").split())
