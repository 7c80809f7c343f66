from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vlm_notebook
from vlm_notebook import VlmError, load
from vlm_notebook.chat import breakage, refusal
from vlm_notebook.markup import catalogue
from vlm_notebook.markup.catalogue import translated

PACKAGE = Path(vlm_notebook.__file__).parent
CHINESE = json.loads(Path(catalogue.__file__).with_suffix(".json").read_text("utf-8"))["zh"]
HOLE = re.compile(r"\{\w+\}")
SEAM = re.compile(r"\{\w+\}|: |, so |, or |, and |; | \(|\)| (?=later)")
"""Where the source may put a message together."""


def said_in(node):
    """Return a string of the source, its parts that are computed left out."""
    if isinstance(node, ast.JoinedStr):
        return "{}".join(part.value for part in node.values if isinstance(part, ast.Constant))
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


@pytest.fixture(scope="module")
def spoken():
    """Every text of the package's source, in one."""
    trees = [ast.parse(path.read_text("utf-8")) for path in PACKAGE.rglob("*.py")]
    return "\n".join(said_in(node) for tree in trees for node in ast.walk(tree))


@pytest.mark.parametrize("template", CHINESE)
def test_a_message_of_the_catalogue_is_one_that_the_package_raises(template, spoken):
    for piece in SEAM.split(template):
        assert piece.strip(" ,.") in spoken


@pytest.mark.parametrize("template", CHINESE)
def test_a_translation_tells_what_the_message_tells(template):
    assert sorted(HOLE.findall(CHINESE[template])) == sorted(HOLE.findall(template))


@pytest.mark.parametrize("template", CHINESE)
def test_each_message_is_found(template):
    said = HOLE.sub("7", template)
    assert translated(said, "zh") == HOLE.sub("7", CHINESE[template])
    assert translated(said, "en") == said


def test_a_file_that_is_no_picture_is_refused_in_chinese(tmp_path):
    note = tmp_path / "note.txt"
    note.write_text("Milk, bread.")
    with pytest.raises(VlmError) as caught:
        load(note)
    assert translated(str(caught.value), "zh").endswith(
        "note.txt 是文本，不是图片：请用 JPEG 或 PNG"
    )


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, "h 拒绝了密钥（401: no）：请检查 VLM_API_KEY 或 api_key="),
        (403, "h 拒绝了密钥（403: no）：请检查 VLM_API_KEY 或 api_key=，以及它能否使用该模型"),
        (402, "h 不再接受请求（402: no）：额度已用完，请检查账户"),
        (404, "h 拒绝了请求（404: no）：请检查 base_url 和模型名（client.models() 会列出）"),
        (429, "h 暂不接受请求（429: no）：请稍等再问"),
        (500, "h 拒绝了请求（500: no）：服务器出了问题，请稍后再问"),
    ],
)
def test_a_refusal_is_told_in_chinese_with_the_servers_own_words(status, expected):
    error = refusal.of_status(status, {"message": "no"}, {}, host="h", secrets=())
    assert translated(str(error), "zh") == expected


def test_a_connection_that_fails_is_told_in_chinese():
    error = OSError("refused")
    failed = breakage.of_exception(error, host="h", secrets=(), started=False)
    assert translated(str(failed), "zh") == "连不上 h（refused）：请检查 base_url 和网络"


def test_what_a_server_says_is_never_taken_for_a_remedy():
    said = "h refused the key (401: ask again): check VLM_API_KEY or api_key="
    assert "401: ask again" in translated(said, "zh")


@given(st.text(max_size=300))
def test_what_is_not_in_the_catalogue_stays_as_it_is(text):
    assert translated(text, "en") == text
    assert translated(f"{text}!", "zh") == f"{text}!"
