"""Cards speak the language of their question; a grid speaks its own."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from model_server import Reply, answer, chunk, events, refusal, running
from PIL import Image
from playing import wait_for

import vlm_notebook as vlm
from vlm_notebook.chat.answer import Answer, Timing
from vlm_notebook.chat.delta import Delta, Usage
from vlm_notebook.chat.draft import Draft
from vlm_notebook.chat.message import Request, user_message
from vlm_notebook.chat.question import Question
from vlm_notebook.chat.retries import Wait
from vlm_notebook.errors import VlmError
from vlm_notebook.images.prepare import prepare
from vlm_notebook.markup import words
from vlm_notebook.view import cell
from vlm_notebook.view.live import LiveAnswer
from vlm_notebook.widgets.grid import grid, planned
from vlm_notebook.widgets.gridview import GridView

PLACES = re.compile(r"\{(\w+)\}")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
ENGLISH = re.compile(r"[A-Za-z]{2,}")
PICTURE = prepare(Image.new("RGB", (64, 48), "red"))


def asked(prompt):
    return Request("m", (user_message(prompt, [PICTURE], detail="high"),))


def answered(prompt, **values):
    draft = Draft(asked(prompt), detail="high")
    draft.add(Delta("好。", usage=Usage(1236, 95), finish="stop"))
    return replace(draft.answer(), timing=Timing(0.5, 1.25), **values)


@pytest.fixture
def client():
    def reply(request):
        return refusal(401, "no") if request["model"] == "c" else Reply(answer("So."))

    with running() as server:
        server.says(reply)
        yield vlm.Client(server.base_url, "key", model="m", max_retries=0)


def test_both_languages_say_the_same_with_the_same_values():
    texts = words.words()
    assert texts["en"].keys() == texts["zh"].keys()
    for key, text in texts["en"].items():
        assert sorted(PLACES.findall(text)) == sorted(PLACES.findall(texts["zh"][key])), key
        assert not CHINESE.search(text)
    assert [key for key in texts["en"] if not CHINESE.search(texts["zh"][key])] == ["tokens"]


def test_every_text_is_used():
    package = Path(words.__file__).parents[1]
    static = (package / "view" / "static" / f"{name}.js" for name in ("answer", "lasting"))
    sources = [*static, *package.rglob("*.py")]
    code = "".join(path.read_text("utf-8") for path in sources)
    unused = [key for key in words.words()["en"] if f'"{key}"' not in code]
    in_script = re.compile(r"\bwords\.(\w+)").findall(code)
    assert set(unused) - set(in_script) == set()


def test_a_chinese_question_has_a_chinese_card():
    said = answered("这是什么？", predicted_tokens=1222, cost=0.0021)
    assert said.card().facts == (
        "m",
        "细节级别 high",
        "1,236 + 95 token",
        "预计 1,222 token，实际计费 1,236",
        "$0.0021",
        "1.2 秒",
    )
    assert not ENGLISH.search(said.card().plain())


def test_a_question_in_any_other_language_has_an_english_card():
    for prompt in ("What is it?", "Qu'est-ce que c'est ?"):
        said = answered(prompt, predicted_tokens=1222)
        assert said.card().facts == (
            "m",
            "detail high",
            "1,236 + 95 tokens",
            "1,222 tokens predicted, 1,236 billed",
            "1.2 s",
        )


def test_what_is_estimated_is_said_to_be():
    said = answered("这是什么？", usage=Usage(5, 6, estimated=True))
    assert "约 5 + 6 token（未计图片）" in said.card().facts
    followed = replace(said, images=())  # its pictures are in the conversation
    assert "约 5 + 6 token（未计图片）" in followed.card().facts
    assert "about 5 + 6 tokens" in replace(followed, _history=()).card().facts
    said = answered("这是什么？", usage=Usage(5, 6, estimated=True), predicted_tokens=5)
    assert "约 5 + 6 token" in said.card().facts


@pytest.mark.parametrize("reason", ["length", "content_filter", "cancelled", "interrupted"])
def test_an_end_that_is_not_the_usual_one_is_told_in_chinese(reason):
    (notice,) = answered("这是什么？", finish_reason=reason).card().notices
    assert CHINESE.search(notice)
    assert not ENGLISH.search(notice)


def test_an_error_and_a_note_are_in_the_questions_language():
    error = "h refused the key (401): check VLM_API_KEY or api_key="
    note = "h takes no PNG: sent as JPEG."
    said = answered("这是什么？", error=error, notes=(note,))
    assert said.card().error == "h 拒绝了密钥（401）：请检查 VLM_API_KEY 或 api_key="
    assert said.card().notices == ("h 不接受 PNG：已改为 JPEG 发送。",)
    assert (said.error, said.notes) == (error, (note,))
    assert (said.card("en").error, said.card("en").notices) == (error, (note,))


def test_the_embedded_reader_is_called_what_it_is():
    said = answered("这是什么？", model="embedded")
    assert said.card().facts[0] == "内置阅读器（离线，不是语言模型）"


def test_a_language_that_is_asked_for_comes_before_the_questions():
    said = answered("What is it?", reasoning="Hm.")
    assert "<summary>思考过程</summary>" in said.card("zh").html()
    assert "<summary>Reasoning</summary>" in said.card().html()
    assert answered("这是什么？").card("en").facts[1] == "detail high"


@pytest.mark.parametrize("whole", [Answer("So."), Question(asked("What is it?"), "high")])
def test_a_card_in_a_language_that_is_not_spoken_is_refused(whole):
    with pytest.raises(VlmError, match=r"language is 'fr': give one of en, zh"):
        whole.card("fr")


def test_the_live_view_speaks_the_language_of_the_question_from_the_start():
    for prompt, language in (("这是什么？", "zh"), ("What is it?", "en")):
        live = LiveAnswer(Question(asked(prompt), "high").card())
        assert live.language == language
        live.close()


def test_a_wait_is_told_in_chinese():
    wait = Wait("rate limited", 12, 2, 3)
    assert wait.told("zh") == "请求过于频繁，12 秒后重试（第 2/3 次）"
    assert str(wait) == "rate limited, waiting 12 s, attempt 2 of 3"


def test_who_asks_in_chinese_waits_in_chinese():
    told = []
    with running() as server:
        server.says(refusal(429, "busy", retry_after_ms="40"), Reply(answer("好。")))
        client = vlm.Client(server.base_url, "key", model="m")
        client.start(client.question("这是什么？"), on_wait=told.append).result(10)
    assert told[0].startswith("请求过于频繁，0.")


def test_a_chinese_question_in_a_script_prints_a_chinese_notice(capsys):
    with running() as server:
        server.says(Reply(events(chunk("一只"), chunk(finish="length"))))
        vlm.Client(server.base_url, "key", model="m").ask("这是什么？")
    out = capsys.readouterr().out
    assert out == "一只\n\n回答达到模型的长度上限，内容不完整。\n"


def test_a_terminal_is_told_in_chinese_where_the_answer_stands(monkeypatch, capsys):
    monkeypatch.setattr(cell, "surface", lambda: "terminal")
    cell.point_at(answered("这是什么？"))
    assert capsys.readouterr().out == "回答见上，来自 m\n"


def test_a_grids_facts_and_notices_are_in_its_own_language(client):
    made = grid("What?", client=client, models=["a", "c"], language="zh", show=False)
    head, said, refused = made.table().rows()
    assert said[head.index("结束原因")] == "正常结束"
    assert said[head.index("总用时")].endswith(" 秒")
    assert said[head.index("输入 token")].startswith("约 ")
    assert refused[head.index("结束原因")] == "出错"
    assert [row["finish_reason"] for row in made.rows()] == ["stop", "error"]


def test_a_stopped_cell_says_so_in_the_grids_language():
    held = (events(chunk("Half "), done=False), *[b": ping\n\n"] * 300)
    with running() as server:
        server.says(Reply(pieces=held, pause_s=0.05))
        client = vlm.Client(server.base_url, "key", model="m")
        made = grid("What?", client=client, language="zh", show=False)
        made.start()
        wait_for(lambda: server.requests)
        made.stop()
        said = made.table()
    assert said.cells[0].facts[7] == "已停止"
    assert said.cells[0].card.notices == ("已停止，仅保留已收到的内容。",)


def test_a_grid_without_a_language_has_that_of_its_question(client):
    for prompt, first in (("这是什么？", "模型"), ("What?", "model")):
        made = grid(prompt, client=client, show=False)
        assert made.table().columns[0] == first


def test_a_grids_view_speaks_one_language_from_the_waiting_to_the_table(client):
    view = GridView(planned("What?", client=client), language="zh")
    assert view.answers[0].language == "zh"
    assert view.answers[0].note == "排队中"
    view.grid.wait()
    view.over(view.grid.cells)
    assert view.grid.words["language"] == "zh"
    assert "正常结束" in view.bar.state()[0]["table"]
    view.bar.language = "en"
    assert "正常结束" not in view.bar.state()[0]["table"]
    view.close()
