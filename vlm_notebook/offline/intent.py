"""What a question asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from vlm_notebook.offline import targets
from vlm_notebook.offline.lexicon import pattern
from vlm_notebook.offline.part import asked_part
from vlm_notebook.offline.topics import ALL, UNABLE, Topic, positions

if TYPE_CHECKING:
    from vlm_notebook.offline.script import Script

Form = Literal["plain", "table", "json"]

COVERED: frozenset[Topic] = frozenset(
    {"colors", "size", "quality", "kind", "things", "sure", "breed"}
)
"""What a description says anyway."""

MOST_CHARS = 2000
"""What is asked is asked early; what follows are mostly rules for models that take rules."""

BRIEF = "brief"
"""The target of a description that is to be a sentence."""

WHOLE: frozenset[Topic] = frozenset({"greet", "thanks"})
"""What a clause says when it says nothing else."""

OF_A_PART: frozenset[Topic] = frozenset({"describe", "read", "things", "exists", "colors"})
"""What may be asked of a part of the picture."""

_YIELDS: dict[Topic, frozenset[Topic]] = {
    "describe": frozenset(ALL) - {"describe", "greet", "thanks"},
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
        {
            "kind",
            "compare",
            "place",
            "identity",
            "count",
            "exists",
            "where",
            "colors",
            "read",
            "breed",
        }
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
    """Everything a question asks, in its order, and the form and script text is wanted in.

    `guessed` when nothing in the question was understood.
    """

    wishes: tuple[Wish, ...]
    form: Form = "plain"
    script: Script | None = None
    guessed: bool = False

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
    plain = question[:MOST_CHARS].replace("\u2019", "'").lower().strip()
    plain = pattern("form", "refused").sub("", plain) or plain
    clauses = [
        clause.strip()
        for clause in pattern("form", "clause").split(plain)
        if clause and clause.strip(" ,.")
    ]
    found = [wish for clause in clauses for wish in _wishes(clause)]
    form = _form(plain)
    wishes = _weeded(found) or _default(plain, form)
    if pattern("form", "brief").search(plain):
        wishes = tuple(_shortened(wish) for wish in wishes)
    guessed = not found and wishes == (Wish("describe"),)
    return Intent(wishes, form, _script(plain, wishes), guessed)


def _script(plain: str, wishes: tuple[Wish, ...]) -> Script | None:
    if all(wish.topic != "read" for wish in wishes):
        return None
    scripts: tuple[Script, ...] = ("chinese", "english")
    return next((s for s in scripts if pattern("form", s).search(plain)), None)


def _shortened(wish: Wish) -> Wish:
    return Wish("describe", BRIEF) if wish.topic == "describe" else wish


def _form(plain: str) -> Form:
    if pattern("form", "json").search(plain):
        return "json"
    return "table" if targets.wants_table(plain) else "plain"


def _default(plain: str, form: Form) -> tuple[Wish, ...]:
    if form != "plain":
        return (Wish("read"),)
    keywords = targets.keywords(plain)
    return (Wish("find", keywords),) if keywords else (Wish("describe"),)


def _wishes(clause: str) -> list[Wish]:
    topics = positions(clause)
    part = asked_part(clause)
    if part and not topics.keys() - OF_A_PART:
        return [_in_part(part, targets.aim(clause, frozenset(topics)))]
    aimed = targets.aim(clause, frozenset(topics))
    if aimed is not None:
        topic, target = aimed
        rest = {t for t in topics if t in UNABLE} if topic != "find" else set()
        return [Wish(topic, target), *(Wish(t) for t in sorted(rest))]
    kept = [topic for topic in topics if not _YIELDS.get(topic, frozenset()) & topics.keys()]
    if pattern("form", "described").search(clause) and "compare" not in topics:
        kept = [topic for topic in topics if topic == "describe" or topic in {*UNABLE, "read"}]
    return [Wish(topic, _object(topic, clause)) for topic in sorted(kept, key=topics.__getitem__)]


def _in_part(part: str, aimed: tuple[Topic, str] | None) -> Wish:
    """Return the wish for what lies in a part, or where something is that is asked for there."""
    if aimed and aimed[0] in {"exists", "count", "where"} and not asked_part(aimed[1]):
        return Wish("where", aimed[1])
    return Wish("part", part)


def _object(topic: Topic, clause: str) -> str:
    return targets.colored(clause) if topic == "colors" else ""


def _weeded(found: list[Wish]) -> tuple[Wish, ...]:
    """Drop repetitions, pleasantries beside a question, and what a description says anyway."""
    unique = list(dict.fromkeys(found))
    if any(wish.topic not in WHOLE for wish in unique):
        unique = [wish for wish in unique if wish.topic not in WHOLE]
    if any(wish.topic == "describe" for wish in unique):
        unique = [w for w in unique if w.target or w.topic not in COVERED]
    if any(wish.topic == "compare" for wish in unique):
        unique = [w for w in unique if w.topic not in {*COVERED, "describe"}]
    return tuple(unique)
