"""The grid as a widget that stays, as in the playground."""

import ipywidgets
import pytest
from ipywidgets.widgets.widget import _instances
from model_server import Reply, answer, running
from playing import wait_for

import vlm_notebook as vlm
from vlm_notebook.widgets.grid import planned
from vlm_notebook.widgets.gridview import GridView


@pytest.fixture
def server():
    with running() as server:
        server.says(lambda request: Reply(answer(f"Seen by {request['model']}.")))
        yield server


@pytest.fixture
def view(server):
    client = vlm.Client(server.base_url, "key", model="m")
    view = GridView(planned("What?", client=client, models=["a", "b"]))
    yield view
    view.close()
    ipywidgets.Widget.close_all()


def test_it_shows_every_answer_growing_and_then_the_table_in_their_place(view):
    assert [live.stoppable for live in view.answers] == [True, True]
    assert "waiting" in view.answers[0].note
    assert view.bar.state()[0]["over"] is False
    view.grid.wait()
    wait_for(lambda: view.bar.is_over and not view.answers)
    state, _ = view.bar.state()
    assert view.bar.done == 2
    assert state["names"] == ["a", "b"]
    assert "<del>a</del><ins>b</ins>" in state["table"]
    assert view.children == (view.bar,)


def test_another_cell_is_compared_with_when_it_is_chosen(view):
    view.grid.wait()
    wait_for(lambda: view.bar.is_over)
    view.bar._receive(None, {"kind": "against", "number": 1}, [])
    assert "<del>b</del><ins>a</ins>" in view.bar.state()[0]["table"]
    view.bar._receive(None, {"kind": "against", "number": -1}, [])
    assert "<ins>" not in view.bar.state()[0]["table"]


def test_closing_it_leaves_nothing_behind(view):
    before = set(_instances)
    other = GridView(view.grid)
    view.grid.wait()
    wait_for(lambda: other.bar.is_over)
    other.close()
    assert set(_instances) - before == set()


def test_its_text_is_fixed(view):
    assert repr(view) == "GridView(2 cells)"
    assert repr(view.bar) == "GridBar()"
