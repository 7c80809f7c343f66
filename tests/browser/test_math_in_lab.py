"""What JupyterLab's typesetter makes of a card, and of the page around it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

CARD = r'''
from IPython.display import display
from vlm_notebook.markup.card import Card, Picture
words = "$NAME$ \\(NAME\\) \\[NAME\\]"
text = r"""So $x_{i}^{2} < \alpha$ and \(a^*b^*\):

$$
\begin{aligned}
a &= b \\[4pt]
- c &= \frac{1}{2}
\end{aligned}
$$

\[ \sum_{i=1}^{n} i \]

It costs $5 and $10, or `$c$`.

```
echo $HOME $PATH$
```

$$\rule{9999em}{9999em}$$ and $\def\frac{no}\href{http://example.org}{x}$ end.
"""
card = Card((Picture(b"", words, words),), words, text, text, (words,), (words,), words)
display({"text/html": card.html(), "text/plain": card.plain()}, raw=True)
'''
AFTER = r"""
from IPython.display import HTML
HTML(r"$\frac{1}{2}$")
"""
TALLEST = (
    "() => Math.max(...[...document.querySelectorAll('.jp-OutputArea-output *')]"
    ".map((node) => node.getBoundingClientRect().height))"
)


@pytest.fixture
def page_with_card(notebook_page, lab):
    notebook_page.open(lab.add("math.ipynb", CARD, AFTER))
    notebook_page.run_all()
    expect(notebook_page.cell(1).locator("mjx-mfrac")).to_have_count(1)
    return notebook_page


def test_only_the_formulas_of_a_card_are_typeset_and_harmful_ones_are_source(
    page_with_card, output
):
    card = page_with_card.cell(0).locator(".vlm-card")
    expect(card.locator(".vlm-math mjx-container")).to_have_count(4)
    expect(card.locator("mjx-container")).to_have_count(4)
    expect(card.locator("mjx-merror")).to_have_count(0)
    for shown in ("$5 and $10", r"\rule{9999em}{9999em}", "$HOME $PATH$", r"\def\frac{no}"):
        expect(card.locator(".vlm-answer")).to_contain_text(shown)
    for name in (".vlm-prompt", "figcaption", ".vlm-notice", ".vlm-error", ".vlm-facts"):
        expect(card.locator(name).first).to_contain_text(r"$NAME$ \(NAME\) \[NAME\]")
    assert page_with_card.page.evaluate(TALLEST) < 2_000
    page_with_card.screenshot(output / "math.png")
    page_with_card.set_width(390)
    page_with_card.screenshot(output / "math-narrow.png")
    assert page_with_card.errors == []
    assert page_with_card.remote == []


def test_formulas_survive_saving_and_a_reload(page_with_card):
    page_with_card.save()
    page_with_card.reload()
    card = page_with_card.cell(0).locator(".vlm-card")
    expect(card.locator("mjx-container")).to_have_count(4)
