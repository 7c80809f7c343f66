"""The names of what can be recognised, in English and Chinese, and the groups they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

FOLDER = Path(__file__).parent / "labels"
NONE = "-"
"""What stands in a table's field that holds nothing."""

COLUMNS = 6


@dataclass(frozen=True, slots=True)
class Label:
    """What one output of a network means.

    Attributes:
        name: a short everyday name in English; several outputs may share one.
        name_zh: the same in Simplified Chinese.
        group: the broader everyday name ("dog" of "beagle"), or the empty string for none.
        group_zh: the same in Simplified Chinese.
        backers: names and groups of the other table whose sight makes this one likelier.
    """

    name: str
    name_zh: str
    group: str = ""
    group_zh: str = ""
    backers: tuple[str, ...] = ()


@cache
def labels(table: Literal["imagenet", "coco"]) -> tuple[Label, ...]:
    """Return the labels of a table in the order of the network's outputs: 1000 or 80.

    >>> labels("imagenet")[207].name, labels("imagenet")[207].group_zh, labels("coco")[15].name_zh
    ('golden retriever', '狗', '猫')
    """
    lines = (FOLDER / f"{table}.tsv").read_text(encoding="utf-8").splitlines()
    return tuple(_label(line) for line in lines[1:])


def _label(line: str) -> Label:
    fields = ["" if field == NONE else field for field in line.split("\t")]
    fields += [""] * (COLUMNS - len(fields))
    _, name, name_zh, group, group_zh, backers = fields
    return Label(name, name_zh, group, group_zh, tuple(filter(None, backers.split("|"))))


@cache
def chinese(name: str) -> str:
    """Return the Chinese of a name or group of the ImageNet table.

    >>> chinese("ship or boat")
    '船'
    """
    for label in labels("imagenet"):
        if name in {label.name, label.group}:
            return label.name_zh if name == label.name else label.group_zh
    raise KeyError(name)


@cache
def is_narrower(name: str, broad: str) -> bool:
    """Whether a name of the ImageNet table names something finer, or as broad in other words.

    >>> is_narrower("golden retriever", "dog"), is_narrower("ship or boat", "boat")
    (True, True)
    >>> is_narrower("cat", "cat"), is_narrower("espresso", "cup")
    (False, False)
    """
    grouped = any(label.name == name and label.group == broad for label in labels("imagenet"))
    either = name.split(" or ")
    return name != broad and (grouped or (broad in either and len(either) > 1))
