"""What is written in a picture, told as it was read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vlm_notebook.offline import search
from vlm_notebook.offline.columns import values
from vlm_notebook.offline.days import named
from vlm_notebook.offline.quotation import as_json, block, clean, span, table, word
from vlm_notebook.offline.script import only
from vlm_notebook.offline.word import WIDE_GAP

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vlm_notebook.offline.intent import Form
    from vlm_notebook.offline.perception import Perception
    from vlm_notebook.offline.reader import Line
    from vlm_notebook.offline.script import Script
    from vlm_notebook.offline.voice import Voice

DOUBTFUL = 0.9
"""Lines read with less confidence are named; right lines rarely score lower."""

MOST_DOUBTS = 5
FIRST = 3
"""Lines quoted in a description."""

MAX_COLUMNS = 8

_WORD = re.compile(r"[^\W\u3400-\u9fff_]+(?:['\u2019.,:-][^\W\u3400-\u9fff_]+)*")
_HAN = re.compile(r"[\u3400-\u9fff]")


def say_text(
    voice: Voice, seen: Perception, form: Form, script: Script | None = None
) -> Iterator[str]:
    """Say all the text, in reading order, or only what is written in one script."""
    reading = seen.reading
    lines = only(reading.lines, script) if script else reading.lines
    if reading.engine is None:
        yield voice.say("read.noreader")
    elif form == "json":
        yield as_json([_record(line, seen.scale) for line in lines])
    elif not lines:
        yield voice.say(f"read.none.{script}" if script and reading.lines else "read.none")
    else:
        yield voice.count(f"read.{script}" if script else "read", len(lines))
        yield from _columns(voice, lines) if form == "table" else quoted(lines)
        yield from _doubts(voice, lines)


def quoted(lines: Sequence[Line]) -> Iterator[str]:
    """Yield the lines as a fenced block, line by line."""
    yield from block([line.text for line in lines]).splitlines(keepends=True)


def say_gist(voice: Voice, seen: Perception) -> Iterator[str]:
    """Say how much text there is and how it begins."""
    reading = seen.reading
    if reading.engine is None:
        yield voice.say("text.noreader")
    elif not reading.lines:
        yield voice.say("text.none")
    else:
        count = len(reading.lines)
        lines = voice.join(span(line.text) for line in reading.lines[:FIRST])
        if count <= FIRST:
            yield voice.count("text.all", count, lines=lines)
        else:
            yield voice.say("text.some", count=count, lines=lines)


def say_counts(voice: Voice, seen: Perception, _: str) -> Iterator[str]:
    """Say how many lines, words and Chinese characters there are."""
    reading = seen.reading
    if not reading.lines:
        yield voice.say("read.none" if reading.engine else "read.noreader")
        return
    signs = len(_HAN.findall(reading.text))
    yield voice.say(
        "lines.chinese" if signs else "lines",
        lines=voice.count("lines", len(reading.lines)),
        words=len(_WORD.findall(reading.text)),
        signs=signs,
    )


def say_found(voice: Voice, seen: Perception, keywords: str) -> Iterator[str]:
    """Quote the lines that match, when there are any."""
    lines = search.find(seen.reading.lines, keywords)
    if lines and search.TITLE.search(keywords):
        yield voice.say("find.title")
    elif lines:
        yield voice.count("find", len(lines))
    yield from quoted(lines) if lines else ()
    if lines and seen.kind == "chart" and (names := named(keywords)):
        pairs = values(seen.reading.lines, names)
        for pair in pairs:
            labels = {"label": span(pair.label), "value": span(pair.value)}
            yield "\n\n" + voice.say("find.column", **labels)
        yield ("" if pairs else "\n\n") + voice.say("find.chart")


def say_not_found(voice: Voice, seen: Perception, keywords: str) -> Iterator[str]:
    """Say that no line matches."""
    reading = seen.reading
    if reading.engine is None:
        yield voice.say("read.noreader")
    elif reading.lines:
        yield voice.count("find.nothing", len(reading.lines), target=word(keywords))


def _columns(voice: Voice, lines: Sequence[Line]) -> Iterator[str]:
    rows = [line.text.split(WIDE_GAP, MAX_COLUMNS - 1) for line in lines]
    width = max(len(row) for row in rows)
    head = [voice.say("table.line"), voice.say("table.text"), *[" "] * (width - 1)]
    yield from table(rows, head).splitlines(keepends=True)


def _record(line: Line, scale: float) -> dict[str, object]:
    return {
        "text": clean(line.text),
        "box": [round(edge * scale) for edge in line.box],
        "confidence": round(line.confidence, 2),
    }


def _doubts(voice: Voice, lines: Sequence[Line]) -> Iterator[str]:
    doubtful = [(n, line) for n, line in enumerate(lines, 1) if line.confidence < DOUBTFUL]
    if doubtful:
        told = [
            voice.say("read.unsure.line", number=number, text=span(line.text))
            for number, line in doubtful[:MOST_DOUBTS]
        ]
        if more := [number for number, _ in doubtful[MOST_DOUBTS:]]:
            numbers = voice.ranges(more)
            told.append(voice.count("read.unsure.more", len(more), numbers=numbers))
        yield "\n\n" + voice.say("read.unsure", lines=voice.join(told))
