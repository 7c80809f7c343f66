"""The finished grid as a table that stays, in its three forms."""

import re
from pathlib import Path

import hostile
import nbformat
import pytest
from model_server import running
from test_card_weight import photo

import vlm_notebook as vlm
from vlm_notebook.markup.card import Card
from vlm_notebook.markup.table import Said, Table
from vlm_notebook.view.wording import words
from vlm_notebook.widgets.grid import grid

GOLDEN = Path(__file__).parent / "data" / "grid.golden.txt"
WORDS = words("grid")["en"]
HEAD = ("model", "detail", "no.", "tokens in", "price", "end", "total")


def said(model, text, **card):
    level = card.pop("level", "low")
    facts = (model, level, "", "1,105", card.pop("price", ""), "stop", "1.2 s")
    return Said(model, level, Card(text=text, **card), facts)


TABLE = Table(
    cells=(
        said("org/one", "A **red** cat on a sofa."),
        said("org/two", "A **grey** cat on a sofa.", notices=("Stopped; this had arrived.",)),
        said("org|three", "", error="refused: 401", level="high · 2"),
    ),
    prompt="What is it?",
    columns=HEAD,
    against=0,
    words=WORDS,
)


def bare(markup):
    """Return HTML without its style, a tag a line."""
    return re.sub(r"<style>.*?</style>", "", markup).replace("><", ">\n<")


def test_the_three_forms_are_as_they_were_looked_at():
    forms = [bare(TABLE.html()), TABLE.markdown(), TABLE.plain()]
    assert "\n\n--------\n\n".join(forms) + "\n" == GOLDEN.read_text("utf-8")


def test_the_same_values_give_the_same_table():
    assert TABLE.html() == TABLE.html()
    assert not re.search(r"\bid=|<script", TABLE.html())


def test_a_column_of_nothing_is_left_out():
    assert TABLE.rows()[0] == ("model", "detail", "tokens in", "end", "total")


def test_one_cell_alone_is_compared_with_nothing():
    alone = Table(TABLE.cells[:1], against=0, words=WORDS).html()
    assert "<ins>" not in bare(alone)
    assert "reference" not in bare(alone)


def test_lines_of_the_facts_stand_below_each_other_also_in_chinese():
    cells = (said("通义千问", "猫"), said("a", "b"))
    *_, first, second = Table(cells, columns=("模型", *HEAD[1:])).plain().splitlines()
    assert first.index("low") + 4 == second.index("low")


def test_two_photographs_of_12_megapixels_weigh_at_most_60_kb_and_the_text(tmp_path):
    photos = [photo(tmp_path / f"harbour{n}.jpg", n) for n in range(2)]
    with running() as server:
        client = vlm.Client(server.base_url, "key", model="gpt-4o")
        made = grid("And now?", *photos, client=client, details=["low", "high"], show=False)
        bundle = made._repr_mimebundle_()
    output = nbformat.v4.new_output("display_data", data=bundle)
    cells = [nbformat.v4.new_code_cell(id="a", outputs=[output])]
    weight = len(nbformat.writes(nbformat.v4.new_notebook(cells=cells)).encode())
    assert 10_000 < weight <= 60_000
    assert bundle["text/html"].count("data:image/jpeg;base64,") == 2


@pytest.mark.parametrize("form", ["html", "markdown"])
def test_a_hostile_answer_model_or_error_brings_no_markup(form):
    texts = hostile.answers(generated=False)
    for text in texts.values():
        cells = (
            Said(text, text, Card(text=text, error=text, notices=(text,)), (text,)),
            Said("m", "low", Card(text="Fine."), ("m",)),
        )
        made = Table(cells, prompt=text, columns=("model",), against=1, words=WORDS)
        shown = getattr(made, form)()
        found = set(re.findall(r"<\s*(\w+)", re.sub(r"<style>.*?</style>", "", shown)))
        assert not found & {"script", "img", "iframe", "svg", "object", "form", "style", "meta"}
        assert not re.search(r"<[^>]*\son\w+\s*=", re.sub(r'"[^"]*"', '""', shown))
