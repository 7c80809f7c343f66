"""What a question asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from vlm_notebook.offline import targets
from vlm_notebook.offline.topics import CHINESE, CLAUSE, ENGLISH, JSON, TABLE, UNABLE, Topic

Form = Literal["plain", "table", "json"]

COVERED: frozenset[Topic] = frozenset({"colors", "size", "quality", "kind", "things", "sure"})
"""What a description says anyway."""

WHOLE: frozenset[Topic] = frozenset({"greet", "thanks"})
"""What a clause says when it says nothing else."""

_ABOUT_THE_PICTURE = re.compile(
    r"\bdescri\w*\s+(?:\w+\s+){0,3}(?:pictures?|images?|photos?|it|this|them)\b|描述(?:一?下)?(?:这|图|照)"
)
_YIELDS: dict[Topic, frozenset[Topic]] = {
    "describe": frozenset(ENGLISH) - {"describe", "greet", "thanks"},
    "read": frozenset(
        {
            "translate",
            "summarise",
            "lines",
            "quality",
            "where",
            "compare",
            "kind",
            "size",
            "colors",
            "exists",
        }
    ),
    "things": frozenset(
        {"kind", "compare", "place", "identity", "count", "exists", "where", "colors", "read"}
    ),
    "where": frozenset({"place", "compare", "identity"}),
    "size": frozenset({"compare"}),
    "colors": frozenset({"compare"}),
    "quality": frozenset({"compare"}),
    "kind": frozenset({"real", "compare"}),
    "opinion": frozenset({"quality", "compare"}),
    "explain": frozenset({"translate", "summarise"}),
    "depth": frozenset({"size", "identity"}),
    "calculate": frozenset({"count"}),
}
"""A topic gives way to these: the more telling word in the clause counts."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing asked: its topic and, where it has one, its object in the asker's words."""

    topic: Topic
    target: str = ""


@dataclass(frozen=True, slots=True)
class Intent:
    """Everything a question asks, in its order, and the form text is wanted in."""

    wishes: tuple[Wish, ...]
    form: Form = "plain"

    @property
    def comparing(self) -> bool:
        """Whether pictures are to be held against each other."""
        return any(wish.topic == "compare" for wish in self.wishes)


def understand(question: str) -> Intent:
    """Return what is asked, in English or Chinese; a question without words asks to describe.

    >>> understand("Is there a cat, and how many cups are there?").wishes
    (Wish(topic='exists', target='cat'), Wish(topic='count', target='cups'))
    >>> understand("图里写了什么？").wishes
    (Wish(topic='read', target=''),)
    """
    plain = question.replace("\u2019", "'").lower().strip()
    clauses = [clause.strip() for clause in CLAUSE.split(plain) if clause and clause.strip(" ,.")]
    found = [wish for clause in clauses for wish in _wishes(clause)]
    form = _form(plain)
    return Intent(_weeded(found, plain) or _default(plain, form), form)


def _form(plain: str) -> Form:
    if JSON.search(plain):
        return "json"
    return "table" if TABLE.search(plain) and not targets.table_is_a_thing(plain) else "plain"


def _default(plain: str, form: Form) -> tuple[Wish, ...]:
    if form != "plain":
        return (Wish("read"),)
    keywords = targets.keywords(plain)
    return (Wish("find", keywords),) if keywords else (Wish("describe"),)


def _wishes(clause: str) -> list[Wish]:
    topics = {topic: at for topic in ENGLISH if (at := _at(topic, clause)) is not None}
    aimed = targets.aim(clause, frozenset(topics))
    if aimed is not None:
        topic, target = aimed
        rest = {t for t in topics if t in UNABLE} if topic != "find" else set()
        return [Wish(topic, target), *(Wish(t) for t in sorted(rest))]
    kept = [topic for topic in topics if not _YIELDS.get(topic, frozenset()) & topics.keys()]
    if _ABOUT_THE_PICTURE.search(clause) and "compare" not in topics:
        kept = [topic for topic in topics if topic == "describe" or topic in {*UNABLE, "read"}]
    return [Wish(topic, _object(topic, clause)) for topic in sorted(kept, key=topics.__getitem__)]


def _object(topic: Topic, clause: str) -> str:
    return targets.colored(clause) if topic == "colors" else ""


def _at(topic: Topic, clause: str) -> int | None:
    found = re.search(ENGLISH[topic], clause) or re.search(CHINESE[topic], clause)
    return found.start() if found else None


def _weeded(found: list[Wish], plain: str) -> tuple[Wish, ...]:
    """Drop repetitions, pleasantries beside a question, and what a description says anyway."""
    unique = list(dict.fromkeys(found))
    if any(wish.topic not in WHOLE for wish in unique):
        unique = [wish for wish in unique if wish.topic not in WHOLE]
    if any(wish.topic == "describe" for wish in unique):
        unique = [w for w in unique if w.target or w.topic not in COVERED]
    if any(wish.topic == "compare" for wish in unique):
        unique = [w for w in unique if w.topic not in {*COVERED, "describe"}]
    return tuple(unique)
