from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from vlm_notebook.offline import quotation


@given(st.text(min_size=1, max_size=60))
def test_a_span_shows_the_text_and_nothing_else(text):
    (paragraph,) = [
        t for t in MarkdownIt("commonmark").parse(f"x {quotation.span(text)} y") if t.children
    ]
    before, code, after = paragraph.children
    assert (before.content, code.type, after.content) == ("x ", "code_inline", " y")


@given(st.lists(st.text(max_size=40), min_size=1, max_size=5))
def test_a_block_holds_its_lines_and_ends_with_them(lines):
    tokens = MarkdownIt("commonmark").parse(f"{quotation.block(lines)}\n\nafter")
    assert [token.type for token in tokens][:2] == ["fence", "paragraph_open"]
    assert tokens[0].content == "".join(f"{quotation.clean(line)}\n" for line in lines)


@given(st.lists(st.lists(st.text(max_size=20), min_size=1, max_size=3), min_size=1, max_size=4))
def test_a_table_keeps_its_rows_and_columns(rows):
    head = ["line", "a", "b", "c"]
    html = MarkdownIt("commonmark").enable("table").render(quotation.table(rows, head))
    assert html.count("<tr>") == len(rows) + 1
    assert html.count("<td>") == 4 * len(rows)


@given(st.text(max_size=80))
def test_the_askers_words_stand_in_a_sentence_as_words(text):
    said = quotation.word(text)
    assert all(sign.isalnum() or sign in " '-" for sign in said)
