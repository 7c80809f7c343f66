"""What a kernel keeps of live views for pages that were reloaded meanwhile."""

import kernel
import pytest
from model_server import running

NAMES = "[type(w).__name__ for w in __import__('ipywidgets').widgets.widget._instances.values()]"


@pytest.fixture
def ipykernel():
    with running() as server, kernel.running() as ipykernel:
        code = "import vlm_notebook as vlm\nfrom vlm_notebook.view import remains"
        ipykernel.run(f"{code}\nclient = vlm.connect({server.base_url!r}, 'key', model='m')")
        yield ipykernel


def test_a_page_that_asks_after_the_end_finds_the_card_under_the_views_name(ipykernel):
    sent = ipykernel.run("answer = client.ask('hi')")
    (shown,) = [m for m in sent if m.kind == "display_data"]
    name = shown.content["data"]["application/vnd.jupyter.widget-view+json"]["model_id"]
    (update,) = [m for m in sent if m.kind == "update_display_data"]
    expression = f"__import__('ipywidgets').widgets.widget._instances[{name!r}].get_state()"
    kept = f"(lambda s: (s['bundle'] == answer._repr_mimebundle_(), s['name']))({expression})"
    assert ipykernel.value(kept) == f"(True, '{name}')"
    assert update.bundle == ["text/html", "text/markdown", "text/plain"]


def test_pages_that_saw_the_end_are_told_of_nothing_but_the_views_close(ipykernel):
    sent = ipykernel.run("answer = client.ask('hi')")
    opened = [m.content["comm_id"] for m in sent if m.kind == "comm_open"]
    closed = [m.content["comm_id"] for m in sent if m.kind == "comm_close"]
    assert sorted(opened) == sorted(closed)
    assert not any("bundle" in str(m.content) for m in sent if m.kind.startswith("comm_"))


def test_only_the_latest_are_kept(ipykernel):
    ipykernel.run("remains.KEPT = 2\nfor _ in range(4): client.ask('hi')")
    assert ipykernel.value(f"sorted({NAMES})") == "['Remains', 'Remains', '_Layout', '_Layout']"
