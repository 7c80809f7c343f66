"""The tesseract program, for machines on which no better reader can be installed."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from vlm_notebook.offline.word import WIDE_GAP_HEIGHTS, Word, gap_heights, join

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from PIL import Image

LANGUAGES = ("eng", "chi_sim")

TIMEOUT_S = 60.0

SMALL_SIDE = 1600
"""Pictures with no longer side are doubled: tesseract wants letters 20 px high and more. On 24
rendered pictures the character error fell from 46 % to 18 %, the small print's from 88 % to 1 %."""


def finder() -> Callable[[Image.Image], list[Word]] | None:
    """Return what finds words in an RGB picture, or None where tesseract is not on the PATH."""
    program = shutil.which("tesseract")
    installed = _printed([program, "--list-langs"]).split() if program else []
    languages = [name for name in LANGUAGES if name in installed]
    if program is None or not languages:
        return None
    command = [program, "stdin", "stdout", "-l", "+".join(languages), "tsv"]
    return lambda image: _find(command, image)


def bmp(image: Image.Image) -> bytes:
    """Encode without compressing: what does not leave the machine need not be small."""
    buffer = io.BytesIO()
    image.save(buffer, "BMP")
    return buffer.getvalue()


def _find(command: list[str], image: Image.Image) -> list[Word]:
    scale = 2 if max(image.size) <= SMALL_SIDE else 1
    data = bmp(image.resize((image.width * scale, image.height * scale)))
    return list(words(_printed(command, data), scale=scale))


def _printed(command: list[str], data: bytes = b"") -> str:
    """Return what tesseract prints; nothing when it fails, for then it has read nothing."""
    try:
        done = subprocess.run(  # noqa: S603 - the program is the one on PATH, its arguments are ours
            command,
            input=data,
            capture_output=True,
            timeout=TIMEOUT_S,
            check=True,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode(errors="replace")


def words(table: str, *, scale: int = 1) -> Iterator[Word]:
    r"""Yield the phrases of tesseract's table: its words, joined up to the next wide gap.

    The columns are level (5 is a word), page, block, paragraph, line, word, left, top, width,
    height (px, divided by `scale` here), confidence in percent, text.

    >>> row = "5\t1\t1\t1\t1\t{}\t{}\t0\t20\t10\t96\t{}\n"
    >>> [word.text for word in words(row.format(1, 0, "due") + row.format(2, 24, "now"))]
    ['due now']
    """
    fields = (row.split("\t") for row in table.splitlines())
    found = (row for row in fields if len(row) > 11 and row[0] == "5" and row[11].strip())  # noqa: PLR2004 - the columns above
    for _, line in groupby(found, key=lambda row: row[1:5]):
        yield from _phrases([_word(row, scale) for row in line])


def _word(row: list[str], scale: int) -> Word:
    left, top, width, height = (int(field) // scale for field in row[6:10])
    return Word((left, top, left + width, top + height), row[11], float(row[10]) / 100)


def _phrases(line: Iterable[Word]) -> Iterator[Word]:
    ordered = sorted(line)
    phrase = ordered[:1]
    for one, other in pairwise(ordered):
        if gap_heights(one, other) > WIDE_GAP_HEIGHTS:
            yield join(phrase)
            phrase = []
        phrase.append(other)
    yield join(phrase)
