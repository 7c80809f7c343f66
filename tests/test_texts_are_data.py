"""What a person reads stands in the files of words, in both languages, and not in code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import vlm_notebook

PACKAGE = Path(vlm_notebook.__file__).parent
FRONT_END = sorted((PACKAGE / "view" / "static").glob("*.js"))
CONTROLS = sorted((PACKAGE / "widgets").glob("*.py"))

TOKEN = re.compile(
    r"""//[^\n]*|/\*[\s\S]*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`"""
)
VALUE = re.compile(r"\$?\{[^{}]*\}|\\.|<[^<>]*>")
ENGLISH = r"[A-Za-z]+(?:['’][a-z]+)?"
TWO_WORDS = re.compile(rf"(?<!\S){ENGLISH}[,;:.!?…]?\s+{ENGLISH}(?![^\s,;:.!?…])")
NAME = re.compile(r"[A-Z][a-z]+[.…!?]?")
HAN = re.compile(r"[\u4e00-\u9fff]")

ALLOWED = {
    "English": "a language is offered by its own name, whichever is spoken",
    "Enter": "a key, as browsers call it",
    "Escape": "a key, as browsers call it",
    "Files": "a kind of what is dragged, as browsers call it",
    "Playground": "a class, loaded by its name",
    "Effect": "a class that a module offers",
    "import vlm_notebook as vlm": "code that is shown to be copied",
}


def script_literals(source):
    """Return the literals of a script, without its comments."""
    tokens = (match.group() for match in TOKEN.finditer(source))
    return [token[1:-1] for token in tokens if not token.startswith("/")]


def python_literals(source):
    """Return the literals of a module, without docstrings and what errors say in English."""
    tree = ast.parse(source)
    aside = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) or (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        ):
            aside |= set(map(id, ast.walk(node)))
    literals = (n for n in ast.walk(tree) if isinstance(n, ast.Constant) and id(n) not in aside)
    return [node.value for node in literals if isinstance(node.value, str)]


def texts(literals):
    """Return those that somebody would read: a name with a capital, words, or Chinese."""
    bare = (VALUE.sub(" ", literal).strip() for literal in literals)
    return [one for one in bare if NAME.fullmatch(one) or TWO_WORDS.search(one) or HAN.search(one)]


def read(path):
    """Return what a file holds of texts."""
    source = path.read_text("utf-8")
    return texts(script_literals(source) if path.suffix == ".js" else python_literals(source))


@pytest.mark.parametrize("path", [*FRONT_END, *CONTROLS], ids=lambda path: path.name)
def test_neither_the_front_end_nor_a_control_holds_a_text(path):
    assert [text for text in read(path) if text not in ALLOWED] == []


def test_nothing_is_allowed_that_is_not_there():
    found = {text for path in (*FRONT_END, *CONTROLS) for text in read(path)}
    assert ALLOWED.keys() - found == set()


@pytest.mark.parametrize(
    "text",
    ["Stop", "Loading…", "Copy code", "it is gone; ask again", "of {count} pictures", "停止"],
)
def test_a_text_that_was_put_into_code_is_found(text):
    in_python = f"def f():\n    # no text\n    show('{text}')\n    raise E('It failed here')\n"
    assert texts(python_literals(in_python)) == [text.replace("{count}", " ")]
    for mark in "\"'`":
        in_script = f"// It is no text.\nnode('div', {{}}, {mark}{text}{mark}); /* nor this */"
        assert texts(script_literals(in_script)) == [text.replace("{count}", " ")]
