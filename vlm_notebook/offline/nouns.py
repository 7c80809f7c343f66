"""English nouns: articles, numbers, plurals and their singulars."""

from __future__ import annotations

import re

from vlm_notebook.offline.lexicon import words

IRREGULAR = {
    "person": "people", "man": "men", "woman": "women", "child": "children", "mouse": "mice",
    "sheep": "sheep", "fish": "fish", "foot": "feet", "tooth": "teeth", "goose": "geese",
    "aircraft": "aircraft", "knife": "knives", "wolf": "wolves", "leaf": "leaves", "loaf": "loaves",
    "calf": "calves",
    "scissors": "scissors", "skis": "skis", "shelf": "shelves", "cattle": "cattle",
    "deer": "deer", "broccoli": "broccoli",
}  # fmt: skip
_SINGULAR = {plural: singular for singular, plural in IRREGULAR.items()}

NUMBERS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def with_article(name: str) -> str:
    """Return a name with "a" or "an", or bare where English has none.

    >>> with_article("espresso"), with_article("bus"), with_article("skis"), with_article("food")
    ('an espresso', 'a bus', 'skis', 'food')
    """
    last = name.rpartition(" ")[2]
    if last in words("mass") or (last.endswith("s") and not re.search("(?:ss|us|is|as|os)$", last)):
        return name
    vowel = re.match(r"(?!uni|use|eu|one)[aeiou]|hour|x-", name, re.IGNORECASE)
    return f"{'an' if vowel else 'a'} {name}"


def counted(name: str, count: int) -> str:
    """Return a number of two or more with the plural.

    >>> counted("wine glass", 2), counted("person", 12)
    ('two wine glasses', '12 people')
    """
    number = NUMBERS[count - 2] if count - 2 < len(NUMBERS) else str(count)
    return f"{number} {plural(name)}"


def plural(name: str) -> str:
    """Return the plural of a name, that of its last word.

    >>> plural("mobile phone"), plural("knife"), plural("baby")
    ('mobile phones', 'knives', 'babies')
    """
    *before, last = name.split()
    return " ".join([*before, IRREGULAR.get(last) or _regular(last)])


def _regular(word: str) -> str:
    if re.search("(?:s|x|z|ch|sh)$", word):
        return f"{word}es"
    return f"{word[:-1]}ies" if re.search("[^aeiou]y$", word) else f"{word}s"


def singular(word: str) -> str:
    """Return the singular of one word in lower case; a singular is returned as it is.

    >>> singular("glasses"), singular("people"), singular("cups"), singular("bus")
    ('glass', 'person', 'cup', 'bus')
    """
    if word in _SINGULAR or word in IRREGULAR:
        return _SINGULAR.get(word, word)
    if re.search("(?:ss|x|ch|sh)es$", word) or word == "buses":
        return word[:-2]
    if word.endswith("ies") and len(word) > len("ties"):
        return f"{word[:-3]}y"
    return word[:-1] if re.search("[^su]s$", word) and len(word) > len("gas") else word
