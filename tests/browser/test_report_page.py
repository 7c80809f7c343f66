"""What a report does in a browser: nothing but show itself."""

from __future__ import annotations

import re
from dataclasses import replace

import hostile
import pytest
from model_server import ModelServer, Reply, answer, chunk, events
from playwright.sync_api import expect
from witness import harmless

import vlm_notebook as vlm
from vlm_notebook.chat.delta import Delta
from vlm_notebook.chat.draft import fold
from vlm_notebook.chat.message import Message, Request
from vlm_notebook.runs.plan import MAX_CELLS

POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
WIDE = "() => document.documentElement.scrollWidth - innerWidth"
SAID = """# A cat

| where | what |
|---|---|
| sofa | cat |

```python
print('cat')
```

$x^2$
"""


@pytest.fixture
def server():
    server = ModelServer()
    yield server
    server.close()


@pytest.fixture
def client(server):
    return vlm.Client(server.base_url, "key", model="m", max_retries=0)


@pytest.fixture
def texts(canary):
    return list(hostile.answers(canary.host).values())


def unguarded(page):
    """Leave out the policy that would hide what is wrong with the rest."""
    bare, count = POLICY.subn("", page)
    assert count == 1
    return bare


def test_the_report_of_a_long_hostile_conversation_does_no_harm(texts, witness, served):
    turns = [Message.of_text(role, text) for text in texts for role in ("user", "assistant")]
    request = Request(texts[0], tuple(turns[:-1]))
    said = fold(request, [Delta(texts[-1]), Delta(finish="stop")], detail="high")
    served(unguarded(replace(said, error=texts[0], notes=tuple(texts[:9])).to_html()))
    assert witness.look(".vlm-card") == harmless(len(texts))


def test_the_report_of_a_hostile_grid_does_no_harm(client, server, texts, witness, served):
    names = [f"{number} {text[:200]}" for number, text in enumerate(texts)]
    said = dict(zip(names, texts, strict=True))
    server.says(lambda asked: Reply(events(chunk(said[asked["model"]]), chunk(finish="stop"))))
    for start in range(0, len(names), MAX_CELLS):
        some = names[start : start + MAX_CELLS]
        made = vlm.grid(some[0], models=some, against=None, client=client, show=False)
        served(unguarded(made.to_html()))
        expect(witness.page.locator(".vlm-cell")).to_have_count(len(some))
        assert witness.look(".vlm-grid") == harmless(1)


def test_its_own_policy_forbids_what_it_would_be_made_to_ask_for(canary, witness, served):
    harm = f"<img src='http://{canary.host}/image'><script>__pwn('ran')</script>"
    served(vlm.Answer("It is red.").to_html().replace("<body>", f"<body>{harm}"))
    expect(witness.page.get_by_text("It is red.")).to_be_visible()
    witness.page.wait_for_function("() => document.images[0].complete")
    assert (canary.asked, canary.connections, witness.executed) == ([], 0, [])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390])
def test_it_reads_well_in_light_dark_and_narrow(
    client, server, page, served, output, scheme, width
):
    server.says(Reply(answer(SAID)), Reply(answer("It *sleeps*.")))
    first = client.ask("What is on the picture?", vlm.samples.path("cat"), show=False)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    served(first.ask("And what does it do?", show=False).to_html())
    expect(page.locator(".vlm-card")).to_have_count(2)
    expect(page.locator("img")).to_be_visible()
    expect(page.get_by_text("$x^2$")).to_be_visible()
    assert page.evaluate(WIDE) == 0
    page.screenshot(path=output / f"report-{scheme}-{width}.png", full_page=True)
