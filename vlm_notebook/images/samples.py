"""The pictures that ship with the package, so that a first question needs no file of one's own."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from vlm_notebook.errors import SourceError

FOLDER = Path(__file__).parent / "pictures"
"""Where the pictures lie, with NOTICE.md, which says of each where it comes from."""

_PAGODA = "danielbuechele (Flickr), CC BY 2.0"
_FLOWER = "vultilion (Flickr), CC BY 2.0"
_OURS = "the project, MIT"

_CREDITS = {
    "cat.jpg": "photograph: Stefan van der Walt, CC0 1.0",
    "coffee.jpg": "photograph: Rachel Michetti, courtesy of Pikolo Espresso Bar, CC0 1.0",
    "pagoda.jpg": f"photograph: {_PAGODA}",
    "flower.jpg": f"photograph: {_FLOWER}",
    "rocket.jpg": "photograph: SpaceX, public domain",
    "receipt.jpg": f"drawing: {_OURS}",
    "sign.jpg": f"drawing: {_OURS}; photograph in it: {_PAGODA}, changed",
    "page.png": f"drawing: {_OURS}",
    "page_zh.png": f"drawing: {_OURS}",
    "chart.png": f"drawing: {_OURS}; the data are invented",
    "before.jpg": f"drawing: {_OURS}; photographs in it, changed: {_PAGODA}; {_FLOWER}; "
    "Stefan van der Walt, CC0 1.0",
    "after.jpg": f"drawing: {_OURS}; photographs in it, changed: {_PAGODA}; {_FLOWER}",
    "screenshot.png": f"drawing: {_OURS}; the timetable is invented",
}
_FILES = {file.partition(".")[0]: file for file in _CREDITS}


def names() -> tuple[str, ...]:
    """Return the names of the sample pictures: photographs first, then pictures to read.

    >>> names()[:5]
    ('cat', 'coffee', 'pagoda', 'flower', 'rocket')
    >>> "receipt" in names()
    True
    """
    return tuple(_FILES)


def path(name: str) -> Path:
    """Return where the sample picture called `name` lies on disk: a JPEG or PNG file.

    Raises:
        SourceError: no sample picture has that name; the message lists those there are.

    >>> path("receipt").name
    'receipt.jpg'
    >>> path("recipt")
    Traceback (most recent call last):
    ...
    vlm_notebook.errors.SourceError: no sample picture 'recipt' (did you mean 'receipt'?); \
there are: cat, coffee, pagoda, flower, rocket, receipt, sign, page, page_zh, chart, \
before, after, screenshot
    """
    return FOLDER / _file(name)


def credit(name: str) -> str:
    """Return one line that says who made the sample picture `name`, and under which licence.

    Raises:
        SourceError: no sample picture has that name; the message lists those there are.

    >>> credit("cat")
    'photograph: Stefan van der Walt, CC0 1.0'
    """
    return _CREDITS[_file(name)]


def _file(name: str) -> str:
    if name in _FILES:
        return _FILES[name]
    close = get_close_matches(str(name), _FILES, n=1)
    hint = f" (did you mean '{close[0]}'?)" if close else ""
    shown = str(name)[:40]
    raise SourceError(f"no sample picture '{shown}'{hint}; there are: {', '.join(_FILES)}")
