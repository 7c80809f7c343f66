from __future__ import annotations

import re
from pathlib import Path

import pytest

from vlm_notebook.errors import VlmError
from vlm_notebook.view import wording

PARTS = sorted(path.stem for path in Path(wording.__file__).parent.glob("words/*.json"))
PLACES = re.compile(r"\{(\w+)\}")
PREFIX = re.compile(r"[`\"'](\w+_)(?=\$?\{)")  # of a key that is put together, `text_${name}`
CHINESE = re.compile(r"[\u4e00-\u9fff]")
SAME_IN_BOTH = {"language"}


@pytest.mark.parametrize("part", PARTS)
def test_both_languages_say_the_same_things_with_the_same_values(part):
    texts = wording.words(part)
    assert texts["en"].keys() == texts["zh"].keys()
    for key, text in texts["en"].items():
        assert sorted(PLACES.findall(text)) == sorted(PLACES.findall(texts["zh"][key])), key


@pytest.mark.parametrize("part", PARTS)
def test_every_text_that_asks_or_tells_something_is_written_in_both_languages(part):
    texts = wording.words(part)
    english = {key for key, text in texts["en"].items() if re.search(r"[a-z]{3} [a-z]{3}", text)}
    assert [key for key in english if not CHINESE.search(texts["zh"][key])] == []
    assert [key for key in english if CHINESE.search(texts["en"][key])] == []


@pytest.mark.parametrize("part", [part for part in PARTS if part != "control"])
def test_every_text_is_used(part):
    package = Path(wording.__file__).parents[1]
    sources = [*package.glob("view/static/*.js"), *package.rglob("*.py")]
    code = "".join(path.read_text("utf-8") for path in sources)
    own = wording.words(part)["en"].keys() - wording.words("control")["en"].keys()
    made = {prefix for prefix in PREFIX.findall(code) if prefix}
    unused = [key for key in own if f'"{key}"' not in code]
    assert [key for key in unused if not any(map(key.startswith, made))] == []


def test_a_language_that_is_not_spoken_is_refused():
    with pytest.raises(VlmError, match=r"language is 'fr': give one of en, zh"):
        wording.check("fr")
