"""The names of what can be recognised."""

from __future__ import annotations

import re

import pytest

from vlm_notebook.offline.vocabulary import chinese, labels

TABLES = {"imagenet": 1000, "coco": 80}
ENGLISH = re.compile(r"[A-Za-z][A-Za-z' ()-]*")
CHINESE = re.compile(r"[A-Z]{0,2}[\u3400-\u9fff]+")


@pytest.mark.parametrize("table", TABLES)
def test_there_is_a_name_in_two_languages_for_every_output(table):
    assert len(labels(table)) == TABLES[table]
    for label in labels(table):
        assert ENGLISH.fullmatch(label.name), label
        assert CHINESE.fullmatch(label.name_zh), label


@pytest.mark.parametrize("table", TABLES)
def test_a_group_is_named_in_both_languages_or_in_neither(table):
    for label in labels(table):
        assert bool(label.group) == bool(label.group_zh), label
        assert not label.group or ENGLISH.fullmatch(label.group), label
        assert not label.group_zh or CHINESE.fullmatch(label.group_zh), label


def test_one_english_name_has_one_chinese_name():
    pairs = {(label.name, label.name_zh) for label in labels("imagenet")}
    assert len(pairs) == len(dict(pairs))
    groups = {(label.group, label.group_zh) for label in labels("imagenet")}
    assert len(groups) == len(dict(groups))


def test_the_rows_of_a_table_are_numbered_in_order():
    from vlm_notebook.offline.vocabulary import FOLDER

    for table, count in TABLES.items():
        lines = (FOLDER / f"{table}.tsv").read_text(encoding="utf-8").splitlines()
        assert [line.split("\t")[0] for line in lines[1:]] == [str(i) for i in range(count)]


def test_what_backs_a_thing_stands_in_the_other_table():
    known = {name for label in labels("imagenet") for name in (label.name, label.group)}
    backers = {backer for label in labels("coco") for backer in label.backers}
    assert backers
    assert backers <= known


def test_the_118_breeds_and_two_wild_dogs_are_where_imagenet_has_them():
    dogs = [i for i, label in enumerate(labels("imagenet")) if label.group == "dog"]
    assert dogs == [*range(151, 269), 273]


@pytest.mark.parametrize("name", ["dog", "cat", "coffee", "ship or boat", "clock"])
def test_names_and_groups_translate(name):
    assert CHINESE.fullmatch(chinese(name))


def test_what_is_in_no_table_has_no_chinese():
    with pytest.raises(KeyError):
        chinese("unicorn")
