"""An answer's values -> the static card that stays in the notebook.

One set of parts makes the HTML, the Markdown and the plain text. No part of the HTML is random,
timed or numbered, so the same answer gives the same card.
"""

from __future__ import annotations

import base64
import html
import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from vlm_notebook.markup import defuse, formula, markdown
from vlm_notebook.markup.words import texts

_MAX_PLAIN_CHARS = 60
_LINE_END = re.compile(r"\r\n?|\n")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202d\u202e]")
"""Control characters but for \\t and \\n, and the two that turn whole lines around."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A thumbnail: JPEG bytes, its name and a caption such as "640x480, 82 kB"."""

    thumbnail: bytes = field(repr=False)
    name: str
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """What a card shows.

    Attributes:
        pictures: thumbnails of what was asked about.
        prompt: the question.
        text: the answer as Markdown.
        reasoning: what a reasoning model thought, folded away.
        facts: the footer's parts: model, detail, tokens, time.
        notices: sentences in their own line, such as why an answer ended early.
        error: one line that says what went wrong, or None.
        language: of the card's own texts, "en" or "zh".
    """

    pictures: tuple[Picture, ...] = ()
    prompt: str = ""
    text: str = ""
    reasoning: str = ""
    facts: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    error: str | None = None
    language: str = "en"

    def html(self) -> str:
        """Return the card as one sanitised `<div>` with its style."""
        return f"<style>{style()}</style>{self.framed()}"

    def framed(self) -> str:
        """Return the card as one sanitised `<div>` whose style stands elsewhere."""
        return frame(head_html(self), body_html(self), foot_html(self))

    def markdown(self) -> str:
        """Return the card as Markdown: the answer, then the footer in italics."""
        names = ", ".join(picture.name for picture in self.pictures)
        around = [_wrapped(self.prompt, "**"), _wrapped(names, "*"), defuse.defused(self.text)]
        notices = [_wrapped(notice, "*") for notice in self.notices]
        tail = [_wrapped(self.error or "", "**"), _wrapped(" · ".join(self.facts), "*")]
        return "\n\n".join(part for part in (*around, *notices, *tail) if part)

    def plain(self) -> str:
        """Return the answer as text that no terminal obeys, with what has to be said about it."""
        tail = [*self.notices, *([self.error] if self.error else [])]
        return printable("\n\n".join(part for part in (self.text, *tail) if part))


def frame(head: str, body: str, foot: str) -> str:
    """Return the card's frame around parts that are safe HTML already, on one line.

    nbconvert writes it into Markdown, whose readers take up Markdown again behind a line's end:
    what is shown as text here would be a picture or a link there.
    """
    return _on_one_line(
        f'<div class="vlm-card {formula.IGNORED}"><div class="vlm-pictures">{head}</div>'
        f'<div class="vlm-main"><div class="vlm-answer">{body}</div>'
        f'<div class="vlm-foot">{foot}</div></div></div>'
    )


def _on_one_line(markup: str) -> str:
    return _LINE_END.sub("&#10;", markup)


@lru_cache(maxsize=1)
def style() -> str:
    """Return the style sheet that the card and the live answer share."""
    text = (Path(__file__).parent / "card.css").read_text("utf-8")
    return " ".join(text.split())


def head_html(card: Card) -> str:
    """Return the thumbnails, each with its name, and the question under them."""
    figures = "".join(_figure(picture, card.text) for picture in card.pictures)
    prompt = f'<div class="vlm-prompt">{_escaped(card.prompt)}</div>' if card.prompt else ""
    return figures + prompt


def _figure(picture: Picture, text: str) -> str:
    source = f"data:image/jpeg;base64,{base64.b64encode(picture.thumbnail).decode('ascii')}"
    alt = _escaped(": ".join(part for part in (picture.name, _first_sentence(text)) if part))
    caption = _escaped(picture.name)
    size = f"<br><small>{_escaped(picture.caption)}</small>" if picture.caption else ""
    return (
        f'<figure><img src="{source}" alt="{alt}" width="160">'
        f"<figcaption>{caption}{size}</figcaption></figure>"
    )


def _first_sentence(text: str) -> str:
    """Return the answer's first sentence without Markdown's marks, for who cannot see."""
    lines = (line.strip(" #*-_>`|") for line in text.splitlines())
    line = next(filter(None, lines), "")
    bare = line.replace("**", "").replace("`", "")
    ends = [end for mark in (". ", "。", "! ", "? ") if (end := bare.find(mark)) > 0]
    return bare[: min(ends) + 1] if ends else bare[: 2 * _MAX_PLAIN_CHARS]


def body_html(card: Card) -> str:
    """Return the reasoning, folded away, and the answer."""
    answer = markdown.to_html(card.text) if card.text else ""
    if not card.reasoning:
        return answer
    # Nobody may ever unfold it: a typesetter would take its time all the same.
    thought = markdown.to_html(card.reasoning, typeset=False)
    head = f"<summary>{_escaped(texts(card.language)['reasoning'])}</summary>"
    return f'<details class="vlm-reasoning">{head}{thought}</details>{answer}'


def foot_html(card: Card) -> str:
    """Return the notices, the error and the line of facts."""
    notices = "".join(f'<div class="vlm-notice">{_escaped(line)}</div>' for line in card.notices)
    error = f'<div class="vlm-error">{_escaped(card.error)}</div>' if card.error else ""
    facts = " · ".join(f"<span>{_escaped(fact)}</span>" for fact in card.facts)
    return f'{notices}{error}<div class="vlm-facts">{facts}</div>'


def printable(text: str) -> str:
    r"""Leave out what a terminal would obey: it would move its cursor, or write its clipboard.

    >>> printable("a\x1b[2Jb\r\n")
    'a[2Jb\n'
    """
    return _CONTROL.sub("", markdown.writable(text))


def _escaped(text: str) -> str:
    return html.escape(markdown.writable(text))


def _wrapped(text: str, mark: str) -> str:
    return f"{mark}{_inline(text)}{mark}" if text.strip() else ""


def _inline(text: str) -> str:
    """Return text that Markdown and HTML read as it is, on one line."""
    marked = "".join(f"\\{char}" if char in "\\`*_[]" else char for char in " ".join(text.split()))
    return html.escape(markdown.writable(marked), quote=False)
