"""Everything that can be recognised, and what people call it."""

from __future__ import annotations

import re
from functools import cache

from vlm_notebook.offline.lexicon import table
from vlm_notebook.offline.nouns import singular
from vlm_notebook.offline.vocabulary import Label, labels


@cache
def covered(target: str) -> frozenset[str]:
    """Return the names of everything recognisable that a word in English or Chinese covers.

    >>> "golden retriever" in covered("dogs"), covered("mugs") >= {"cup"}, covered("happiness")
    (True, True, frozenset())
    """
    words = [singular(word) for word in re.findall(r"[a-z'-]+", target.lower())]
    for start in range(len(words)):
        if found := _covered_english(" ".join(words[start:])):
            return found
    chinese = "".join(re.findall(r"[\u4e00-\u9fff]+", target)).rpartition("的")[2]
    return _covered_chinese(chinese) if chinese else frozenset()


@cache
def countable() -> frozenset[str]:
    """Return the names of everything that can be located one by one."""
    return frozenset(label.name for label in labels("coco"))


def _every() -> tuple[Label, ...]:
    return labels("coco") + labels("imagenet")


def _covered_english(word: str) -> frozenset[str]:
    names = table("names")
    wanted = set(names["wider"].get(word, (names["english"].get(word, word), word)))
    found: set[str] = set()
    for label in _every():
        parts = any(label.name.endswith(f" {name}") for name in wanted)
        if parts or {label.name, label.group} & wanted:
            found |= {label.name, *({label.group} & wanted)}
    return frozenset(found)


def _covered_chinese(word: str) -> frozenset[str]:
    names = table("names")
    if word in names["wider_chinese"]:
        return _covered_english(names["wider_chinese"][word])
    wanted = {names["chinese"].get(word, word), word}
    if word[1:] and word.endswith("子"):
        wanted.add(word[:-1])
    found: set[str] = set()
    for label in _every():
        if {label.name_zh, label.group_zh} & wanted:
            found |= {label.name, *([label.group] if label.group_zh in wanted else [])}
    return frozenset(found)
