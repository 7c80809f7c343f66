"""What a question aims at: the thing to look for, count or point out, or words in the text."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from vlm_notebook.offline.days import named
from vlm_notebook.offline.lexicon import entries, words
from vlm_notebook.offline.search import is_about_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vlm_notebook.offline.topics import Topic


@cache
def _patterns(heading: str) -> tuple[re.Pattern[str], ...]:
    """Return the expressions under a heading, with the names of others filled in."""

    def expand(expression: str) -> str:
        return re.sub(
            r"<(a|whose|end|seen|measure|thing)>", lambda m: _either(m.group(1)), expression
        )

    return tuple(re.compile(expand(line)) for line in entries("targets")[heading])


def _either(heading: str) -> str:
    return f"(?:{'|'.join(entries('targets')[heading])})"


def _says(heading: str, clause: str) -> bool:
    return any(pattern.search(clause) for pattern in _patterns(heading))


AIMED: tuple[Topic, ...] = ("find", "count", "exists", "where")
WHOLE: frozenset[Topic] = frozenset(
    {"greet", "compare", "kind", "place", "lines", "identity", "real", "calculate"}
)
"""Topics whose clauses aim at nothing in particular."""

JUDGED: frozenset[Topic] = frozenset({"quality", "size", "opinion", "emotion", "breed"})
"""Topics that "is it a ..." is asked about as well."""

PART_OF_READING: frozenset[Topic] = frozenset({"describe", "read", "things", "explain"})
_TEXT_ZH = re.compile("^(?:文字|文本|字|文)$")


def aim(clause: str, topics: frozenset[Topic]) -> tuple[Topic, str] | None:
    """Return the topic and target of a clause that aims at something, else None.

    `topics` are those that the clause's words speak of already.

    >>> aim("where is the red cup in the picture", frozenset({"where"}))
    ('where', 'red cup')
    """
    if topics & WHOLE:
        return None
    for topic in AIMED:
        for target in _targets(topic, clause):
            if topic == "count" and named(clause):
                return ("find", keywords(clause))
            if topic != "exists" or not topics & JUDGED:
                return _aimed(topic, target)
    return _asked_of_text(clause, topics)


def _targets(topic: Topic, clause: str) -> Iterator[str]:
    for pattern in _patterns(topic):
        found = pattern.search(clause)
        if found and (target := _trimmed(found.group(1))):
            yield target


def _trimmed(target: str) -> str:
    (lead,) = _patterns("lead")
    bare = lead.sub("", target.strip(" '-")).strip()
    return "" if not bare or bare.split()[0] in words("nothing") else bare


def _aimed(topic: Topic, target: str) -> tuple[Topic, str] | None:
    if target in words("read") or _TEXT_ZH.match(target):
        return ("read", "")
    if target.rpartition(" ")[2] in words("shapes") or target in {"颜色", "像素"}:
        return None
    return ("find" if topic == "exists" and is_about_text(target) else topic, target)


def _asked_of_text(clause: str, topics: frozenset[Topic]) -> tuple[Topic, str] | None:
    """Tell a question about what stands in the text: "what is the total", "find the phone"."""
    told = keywords(clause)
    if not told or not _says("written", clause) or topics - PART_OF_READING:
        return None
    return None if _of_the_picture(told, topics) else ("find", told)


def _of_the_picture(told: str, topics: frozenset[Topic]) -> bool:
    """Whether reading or seeing says all of it: "what is the text in the picture"."""
    rest = [word for word in told.split() if word not in words("nameless")]
    return bool(topics) and (not rest or bool(topics & {"things", "explain"}))


def keywords(clause: str) -> str:
    """Return the words of a question that carry its meaning, separated by spaces.

    >>> keywords("How much is the goat cheese?"), keywords("牛奶多少钱？")
    ('goat cheese price', '牛奶 多少钱')
    """
    english = (
        word.strip(".")
        for word in re.findall(r"[^\W_\u3400-\u9fff](?:[^\W\u3400-\u9fff]|['/.-])*", clause.lower())
    )
    told = [word for word in english if word not in words("stop")]
    told += re.findall(r"[\u4e00-\u9fff]+", _without_stops(clause))
    if _says("money", clause.lower()):
        told.append("price" if clause.isascii() else "多少钱")
    return " ".join(dict.fromkeys(told))


def _without_stops(clause: str) -> str:
    longest_first = sorted(words("stop_zh"), key=lambda word: (-len(word), word))
    return re.sub("|".join(longest_first), " ", clause)


def colored(clause: str) -> str:
    """Return the thing whose colour is asked, or nothing when it is the picture's.

    >>> colored("what colour is the cup"), colored("what colours are in the picture")
    ('cup', '')
    """
    target = next(_targets("colors", clause), "")
    return "" if _says("whole", target) else target


def wants_table(clause: str) -> bool:
    """Whether a table is the form wanted, and no furniture.

    >>> wants_table("Give me the text as a table."), wants_table("How many cups are on the table?")
    (True, False)
    """
    return _says("as_table", clause)
