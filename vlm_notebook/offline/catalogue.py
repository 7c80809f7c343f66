"""Everything that can be recognised, and what people call it."""

from __future__ import annotations

import re
from functools import cache

from vlm_notebook.offline.nouns import singular
from vlm_notebook.offline.vocabulary import Label, labels

SYNONYMS = {
    "man": "person", "woman": "person", "child": "person", "boy": "person", "girl": "person",
    "human": "person", "somebody": "person", "someone": "person", "anyone": "person",
    "anybody": "person", "face": "person", "kid": "person", "baby": "person", "lady": "person",
    "kitten": "cat", "kitty": "cat", "puppy": "dog", "mug": "cup", "bike": "bicycle", "auto": "car",
    "automobile": "car", "vehicle": "vehicle", "airplane": "plane", "aeroplane": "plane",
    "couch": "sofa", "tv": "television", "phone": "mobile phone", "cellphone": "mobile phone",
    "cell phone": "mobile phone", "smartphone": "mobile phone", "lorry": "truck", "ship": "ship or boat",
    "hound": "dog", "donut": "doughnut", "motorbike": "motorcycle", "glass": "wine glass",
    "table": "dining table", "plant": "potted plant", "refrigerator": "fridge", "notebook": "laptop",
}  # fmt: skip
"""Everyday English for names of the tables."""

SYNONYMS_ZH = {
    "人物": "人", "人们": "人", "男人": "人", "女人": "人", "孩子": "人", "小孩": "人", "脸": "人", "人脸": "人",
    "小猫": "猫", "猫咪": "猫", "小狗": "狗", "狗狗": "狗", "汽车": "汽车", "车子": "汽车", "咖啡杯": "杯子",
    "茶杯": "杯子", "单车": "自行车", "电视": "电视机", "电话": "手机", "电脑": "笔记本电脑", "桌子": "餐桌",
    "植物": "盆栽", "花朵": "花", "鸟儿": "鸟", "楼": "建筑", "建筑物": "建筑", "轮船": "船", "小船": "船",
}  # fmt: skip

WIDER: dict[str, tuple[str, ...]] = {
    "animal": (
        "dog", "cat", "bird", "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe", "insect",
        "snake", "fish", "monkey", "lizard", "big cat", "spider", "butterfly", "turtle", "salamander",
        "crab", "ape", "wolf", "weasel", "small rodent", "fox", "sheep or goat", "rabbit", "pig", "lobster",
        "frog", "cattle", "underwater animal",
    ),
    "pet": ("dog", "cat", "rabbit", "small rodent", "goldfish"),
    "vehicle": (
        "vehicle", "car", "truck", "bus", "train", "motorcycle", "bicycle", "plane", "boat", "ship or boat",
        "aircraft",
    ),
    "fruit": ("fruit", "banana", "apple", "orange"),
    "food": (
        "food", "fruit", "vegetable", "banana", "apple", "sandwich", "orange", "broccoli", "carrot",
        "hot dog", "pizza", "doughnut", "cake",
    ),
    "drink": ("drink", "espresso"),
}  # fmt: skip
WIDER_ZH = {
    "动物": "animal",
    "宠物": "pet",
    "车": "vehicle",
    "车辆": "vehicle",
    "交通工具": "vehicle",
}
WIDER_ZH |= {"水果": "fruit", "食物": "food", "吃的": "food", "饮料": "drink", "喝的": "drink"}


@cache
def covered(target: str) -> frozenset[str]:
    """Return the names of everything recognisable that a word in English or Chinese covers.

    >>> "tabby cat" in covered("cats"), covered("mugs") >= {"cup"}, covered("happiness")
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
    wanted = set(WIDER.get(word, (SYNONYMS.get(word, word), word)))
    found: set[str] = set()
    for label in _every():
        if {label.name, label.group} & wanted or any(label.name.endswith(f" {w}") for w in wanted):
            found |= {label.name, *({label.group} & wanted)}
    return frozenset(found)


def _covered_chinese(word: str) -> frozenset[str]:
    if word in WIDER_ZH:
        return _covered_english(WIDER_ZH[word])
    wanted = {
        SYNONYMS_ZH.get(word, word),
        word,
        *([word[:-1]] if len(word) > 1 and word[-1] == "子" else []),
    }
    found: set[str] = set()
    for label in _every():
        if {label.name_zh, label.group_zh} & wanted:
            found |= {label.name, *([label.group] if label.group_zh in wanted else [])}
    return frozenset(found)
