"""Everything that can be recognised, and what people call it."""

from __future__ import annotations

import re
from functools import cache

from vlm_notebook.offline.lexicon import table
from vlm_notebook.offline.nouns import singular
from vlm_notebook.offline.vocabulary import Label, labels

_ADJECTIVE_ZH = re.compile("^(?:[黑白灰黄橘棕红蓝绿花小大老公母活真死]|流浪)色?")


@cache
def covered(target: str) -> frozenset[str]:
    """Return the names of everything recognisable that a word in English or Chinese covers.

    >>> "golden retriever" in covered("dogs"), covered("mugs") >= {"cup"}, covered("happiness")
    (True, True, frozenset())
    """
    return _matched(target)[0]


def says_more(target: str) -> bool:
    """Whether a word asks for more than a kind of thing: whose, which, how old or how coloured.

    >>> says_more("cats"), says_more("golden retriever"), says_more("my cat"), says_more("kitten")
    (False, False, True, True)
    """
    return bool(_matched(target)[1])


@cache
def _matched(target: str) -> tuple[frozenset[str], str]:
    """Return the names that are covered, and what the target says beyond them."""
    words = [singular(word) for word in re.findall(r"[a-z'-]+", target.lower())]
    for start in range(len(words)):
        if found := _covered_english(word := " ".join(words[start:])):
            more = [w for w in words[:start] if w not in table("names")["idle"]["words"]]
            return found, " ".join([*more, *_narrower(word)])
    chinese = "".join(re.findall(r"[\u4e00-\u9fff]+", target))
    return _matched_chinese(chinese) if chinese else (frozenset(), "")


def _matched_chinese(target: str) -> tuple[frozenset[str], str]:
    whose, _, word = target.rpartition("的")
    if found := _covered_chinese(word):
        return found, whose + "".join(_narrower(word))
    bare = _ADJECTIVE_ZH.sub("", word)
    return (_covered_chinese(bare), target) if bare else (frozenset(), "")


def _narrower(word: str) -> list[str]:
    return [word] if word in table("names")["narrower"]["words"] else []


@cache
def countable() -> frozenset[str]:
    """Return the names of everything that can be located one by one."""
    return frozenset(label.name for label in labels("coco"))


@cache
def fine() -> frozenset[str]:
    """Return the names that are finer than a broader one that is known, as breeds are."""
    groups = {label.group for label in _every()}
    return frozenset(label.name for label in labels("imagenet") if label.group) - groups


def _every() -> tuple[Label, ...]:
    return labels("coco") + labels("imagenet")


def _covered_english(word: str) -> frozenset[str]:
    names = table("names")
    wanted = set(names["wider"].get(word, (names["english"].get(word, word), word)))
    found: set[str] = set()
    for label in _every():
        name = label.name.lower()
        parts = any(name.endswith(f" {each}") for each in wanted)
        if parts or {name, label.group} & wanted:
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
