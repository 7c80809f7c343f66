"""What the embedded reader cannot tell, and says so."""

from __future__ import annotations

import re
import sys

import pytest
from dialogue import ask, sample

from vlm_notebook.errors import VlmError
from vlm_notebook.offline import network, perception, reader_engines
from vlm_notebook.offline.respond import Turn, respond


@pytest.fixture
def core_alone(monkeypatch):
    for name in ("onnxruntime", "faster_paddle", "rapidocr"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(reader_engines, "_loaded", {})
    monkeypatch.setattr(perception, "_remembered", type(perception._remembered)())
    network._session.cache_clear()


@pytest.mark.parametrize(
    "question",
    [
        "Is this my cat?", "Is it a kitten?", "Is this a real cat?", "Is it an old cat?",
        "Is this Anna's cat?", "Is it a black cat?", "Is it a Siamese cat?",
        "这是我的猫吗？", "这是小猫吗？", "有黑猫吗？",
    ],
)  # fmt: skip
def test_more_than_the_kind_of_a_thing_is_never_affirmed(question):
    answer = ask(question, *sample("cat"))
    assert not answer.startswith(("Yes", "有"))
    assert "**a cat**" in answer or "**猫**" in answer
    assert re.search("cannot tell|did not recognise|无法判断", answer)


def test_the_breed_is_not_made_up():
    assert "I cannot tell the breed" in ask("What breed is it?", *sample("cat"))
    assert "分辨不出" in ask("是什么品种？", *sample("cat"))


def test_what_is_not_recognised_may_still_be_there():
    assert "That does not rule it out." in ask("Is there a dog?", *sample("cat"))
    assert "不等于图中没有" in ask("有狗吗？", *sample("cat"))
    assert ask("Is there a cat?", *sample("cat")).startswith("Yes, I recognise **a cat**")


def test_what_was_never_learned_is_not_denied():
    assert "never learned" in ask("Is there happiness?", *sample("cat"))


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Translate it", "cannot translate"),
        ("Summarise it", "cannot summarise"),
        ("Why?", "cannot say what happens"),
        ("Is she happy?", "cannot judge feelings"),
        ("Where was this taken?", "cannot tell where"),
        ("Write a poem", "cannot write"),
        ("Is it raining?", "cannot answer that"),
        ("总结一下", "我不会总结"),
    ],
)
def test_what_it_cannot_do_it_says_with_what_would(question, said):
    answer = ask(question, *sample("sign"))
    assert said in answer
    assert answer.count("vlm.connect(base_url, api_key, model=...)") == 1


def test_it_never_says_who_somebody_is():
    answer = ask("Who is this?", *sample("coffee"))
    assert answer.startswith("I do not identify people")
    assert "vlm.connect" not in answer


def test_without_a_picture_it_asks_for_one():
    assert "there is none here yet" in ask("What is this?")
    assert "还没有图片" in ask("这是什么？")


def test_with_the_core_alone_it_measures_and_names_the_extra_once(core_alone):
    answer = ask("Describe it and read it.", *sample("coffee"))
    assert "600 × 400" in answer
    assert "brown (about" in answer
    assert "no text reader is installed" in answer
    assert answer.count('pip install "vlm-notebook[offline]"') == 1


def test_with_the_core_alone_pictures_are_still_compared(core_alone):
    answer = ask("比较", *sample("before", "after"))
    assert "是同一画面" in answer
    assert answer.count('pip install "vlm-notebook[offline]"') == 1


@pytest.mark.parametrize("question", ["Is there a cat?", "有几只猫？", "Where is the cat?"])
def test_with_the_core_alone_it_does_not_deny_what_it_cannot_see(core_alone, question):
    answer = ask(question, *sample("cat"))
    assert "not installed" in answer or "没有安装" in answer
    assert "vlm-notebook[offline]" in answer


def test_a_damaged_picture_is_an_error_before_the_first_piece():
    with pytest.raises(VlmError):
        next(respond([Turn("user", "What is this?", (sample("cat")[0][:4000],))]))
