"""The grid in the cells of a real kernel, live and static."""

import subprocess
import sys
import time

import nbformat
import pytest
from model_server import Reply, answer, chunk, events
from nbclient import NotebookClient
from test_static_rendering import nbval

STATIC = ["text/html", "text/markdown", "text/plain"]
WIDGET = "application/vnd.jupyter.widget-view+json"
SETUP = """
import gc, time
from vlm_notebook.widgets.grid import grid
from comm import get_comm_manager
from ipywidgets.widgets.widget import _instances
from vlm_notebook.view import remains
def left():
    names = [type(one).__name__ for one in _instances.values()]
    return sorted(name for name in names if name not in ("Remains", "_Layout"))
"""


@pytest.fixture(autouse=True)
def quick(module_server):
    module_server.says(Reply(answer("Hello **there**.")))


def slow(server, count=15, pause_s=0.1):
    pieces = [events(chunk(f"n{number} "), done=False) for number in range(count)]
    server.says(Reply(pieces=(*pieces, events(chunk(finish="stop"))), pause_s=pause_s))


def kinds(sent):
    return [m.kind for m in sent if m.kind in ("display_data", "execute_result", "error")]


def updates(sent):
    return [m.content["data"] for m in sent if m.kind == "update_display_data"]


def test_a_live_cell_returns_at_once_and_its_display_becomes_the_table(ipykernel, module_server):
    slow(module_server)
    sent = ipykernel.run("made = grid('hi', models=['a', 'b'])\nmade.done")
    assert kinds(sent) == ["display_data", "execute_result"]
    assert [m.bundle for m in sent if m.kind == "display_data"] == [[WIDGET, "text/plain"]]
    (told,) = [m.content["data"]["text/plain"] for m in sent if m.kind == "execute_result"]
    assert told == "False"
    waited = ipykernel.run("_ = made.wait()")
    (table,) = updates(waited)
    assert sorted(table) == STATIC
    assert "n14" in table["text/html"]
    assert "vlm-cells" in table["text/html"]


def test_when_it_is_over_every_comm_is_closed(ipykernel):
    before = ipykernel.value("gc.collect(); left()")
    sent = ipykernel.run("_ = grid('hi', models=['a', 'b'], repeat=2).wait(); time.sleep(0.3)")
    opened = [m.content["comm_id"] for m in sent if m.kind == "comm_open"]
    closed = [m.content["comm_id"] for m in sent if m.kind == "comm_close"]
    assert len(opened) >= 10
    assert sorted(opened) == sorted(closed)
    assert ipykernel.value("gc.collect(); left()") == before


def test_the_table_is_kept_under_the_views_name_for_pages_that_come_late(ipykernel):
    sent = ipykernel.run("made = grid('hi').wait(); time.sleep(0.3)")
    (shown,) = [m for m in sent if m.kind == "display_data"]
    name = shown.content["data"][WIDGET]["model_id"]
    kept = f"_instances[{name!r}].bundle == made._repr_mimebundle_()"
    assert ipykernel.value(kept) == "True"


@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize("end", ["grid('hi')", "made = grid('hi')\nmade", "display(grid('hi'))"])
def test_a_grid_is_not_shown_twice_in_its_cell(ipykernel, end, live):
    sent = ipykernel.run(end, live=live)
    assert kinds(sent) == ["display_data"]


@pytest.mark.parametrize("live", [True, False])
def test_an_old_grid_shows_its_table_again_in_a_later_cell(ipykernel, live):
    ipykernel.run("made = grid('hi').wait(); time.sleep(0.3)", live=live)
    for code in ("made", "made.against()"):
        sent = ipykernel.run(code, live=live)
        assert kinds(sent) == ["execute_result"]
        (bundle,) = [m.bundle for m in sent if m.kind == "execute_result"]
        assert bundle == STATIC


def test_a_grid_under_way_is_live_in_a_later_cell_too_and_both_become_the_table(
    ipykernel, module_server
):
    slow(module_server)
    first = ipykernel.run("made = grid('hi')")
    second = ipykernel.run("made")
    assert kinds(first) == kinds(second) == ["display_data"]
    assert len(updates(ipykernel.run("_ = made.wait(); time.sleep(0.3)"))) == 2


def test_a_static_cell_waits_and_shows_the_table_once(ipykernel):
    sent = ipykernel.run("made = grid('hi', models=['a', 'b'])", live=False)
    assert kinds(sent) == ["display_data"]
    assert [m.bundle for m in sent if m.kind == "display_data"] == [STATIC]
    assert [m.kind for m in sent if m.kind.startswith("comm")] == []


@pytest.mark.parametrize("live", [True, False])
def test_an_interrupt_while_waiting_keeps_what_has_arrived(ipykernel, module_server, live):
    def first_only(request):
        if request["model"] == "quick":
            return Reply(answer("All of it."))
        more = [events(chunk("."), done=False)] * 300
        return Reply(pieces=(events(chunk("Half"), done=False), *more), pause_s=0.1)

    module_server.says(first_only)
    code = "made = grid('hi', models=['quick', 'slow'])\nmade.wait()"
    asked = len(module_server.requests)
    cell = ipykernel.start(code, live=live)
    deadline = time.monotonic() + 30
    while len(module_server.requests) < asked + 2:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    time.sleep(1)
    ipykernel.interrupt()
    sent = cell.end()
    assert [m.content["ename"] for m in sent if m.kind == "error"] == ["KeyboardInterrupt"]
    if live:
        told = "[(a.text[:4], a.finish_reason) for a in made.answers]"
        assert ipykernel.value(told) == "[('All ', 'stop'), ('Half', 'interrupted')]"
    else:
        (shown,) = [m for m in sent if m.kind == "display_data"]
        assert "All of it." in shown.content["data"]["text/plain"]
        assert "Interrupted" in shown.content["data"]["text/plain"]
    assert module_server.closed_early.wait(10)


def test_stop_in_the_page_ends_that_cell_only(ipykernel, module_server):
    slow(module_server, 20)
    sent = ipykernel.run("made = grid('hi', models=['a', 'b', 'c'])")
    opened = [m.content for m in sent if m.kind == "comm_open"]
    heads = {c["comm_id"]: c["data"]["state"].get("head", "") for c in opened}
    (second,) = [name for name, head in heads.items() if ">b<" in head]
    time.sleep(0.5)
    ipykernel.say_to_widget(second, {"kind": "stop"})
    told = "[a.finish_reason for a in made.answers]"
    assert ipykernel.value(told) == "['stop', 'cancelled', 'stop']"


def test_no_picture_and_no_prompt_is_in_what_is_synced(ipykernel):
    sent = ipykernel.run("_ = grid('a secret prompt', vlm.samples.path('cat')).wait()")
    states = [m.content["data"]["state"] for m in sent if m.kind == "comm_open"]
    assert states
    assert "a secret prompt" not in str(states)
    assert "base64" not in str(states)


OPENING = """
import vlm_notebook as vlm
from vlm_notebook.widgets.grid import grid
client = vlm.connect({url!r}, "key", model="m")
"""


def test_a_notebook_that_is_run_without_a_browser_keeps_one_table_and_is_found_the_same_again(
    module_server, tmp_path
):
    setup = OPENING.format(url=module_server.base_url)
    call = (
        "made = grid('What?', vlm.samples.path('cat'), models=['a', 'b'], details=['low', 'high'])"
    )
    sources = (setup, call, "made", "made.answers[0].text", "grid('hidden', show=False)")
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    kernelspec = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=kernelspec)
    NotebookClient(notebook, timeout=120).execute()
    outputs = [[output.output_type for output in cell.outputs] for cell in notebook.cells]
    result = ["execute_result"]
    assert outputs == [[], ["display_data"], result, result, result]
    for number in (1, 2, 4):
        assert sorted(notebook.cells[number].outputs[0].data) == STATIC
    path = tmp_path / "grid.ipynb"
    nbformat.write(notebook, path)
    done = nbval(path)
    assert "5 passed" in done.stdout, done.stdout + done.stderr


SCRIPT = """
import vlm_notebook as vlm
from vlm_notebook.widgets.grid import grid
client = vlm.Client({url!r}, "key", model="m")
made = grid("What?", client=client, models=["a", "b"])
"""


def test_a_script_prints_the_table_once(module_server):
    code = [sys.executable, "-c", SCRIPT.format(url=module_server.base_url)]
    done = subprocess.run(code, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.count("Hello **there**.") == 2
    assert "=== a · low" not in done.stdout  # without pictures the level means nothing
    assert "first token" in done.stdout
    assert done.stderr == ""
