"""A planted key is searched for in what is saved: notebooks that ran, pickles, logs, objects."""

from __future__ import annotations

import gc
import io
import logging
import pickle
from contextlib import nullcontext

import nbformat
import pytest
from model_server import Reply, answer, chunk, events, refusal, running
from nbclient import NotebookClient
from PIL import Image
from test_key_leaks import ECHO, KEY, clean

import vlm_notebook as vlm
from vlm_notebook.errors import EndpointError, VlmError

RED = Image.new("RGB", (64, 48), "red")
SETTINGS = ("VLM_BASE_URL", "VLM_API_KEY", "VLM_MODEL", "VLM_RENDER")
LOUD = """import logging, sys
logging.basicConfig(level=logging.DEBUG, stream=sys.stdout, force=True)
for name in list(logging.root.manager.loggerDict):
    logging.getLogger(name).setLevel(logging.DEBUG)
"""
CAUGHT = """try:
    vlm.ask("What?")
except Exception as error:
    kept = error
repr(vars(kept))
"""
PLAYED = """import time
before, until = client.last, time.monotonic() + 20
board.ask()
while client.last is before and time.monotonic() < until:
    time.sleep(0.02)
client.last is before
"""
CELLS = (
    "import vlm_notebook as vlm\n%load_ext vlm_notebook",
    "client, photo = vlm.default_client(), vlm.samples.path('cat')",
    "vlm.ask('What?', photo)",
    "%%vlm {photo}\nWhat?",
    "client.models()",
    "client.probe()",
    "list(client.stream('What?', photo))",
    "await client.submit('What?', photo)",
    "%xmode Verbose\nvlm.ask('What?', photo)",
    "%xmode Context\n%vlm status",
    "client",
    "client.last",
    "vars(client), vars(client._endpoint)",
    CAUGHT,
    "kept.answer.to_dict(), kept.answer.messages",
    "board = vlm.playground(photo, client=client)\nboard",
    PLAYED,
    LOUD + "vlm.ask('What?')",
    "import pickle\npickle.dumps(client)",
    "pickle.dumps(kept.answer)",
    "raise RuntimeError('the cell is a wrong one') from kept",
    "%tb",
)


@pytest.fixture
def server(monkeypatch):
    with running() as made:
        given = (made.base_url, KEY, "some/model", "live")
        for name, value in zip(SETTINGS, given, strict=True):
            monkeypatch.setenv(name, value)
        yield made


def executed(tmp_path):
    """Run the cells in a kernel whose environment has the key; return what would be saved."""
    new = nbformat.v4.new_code_cell
    notebook = nbformat.v4.new_notebook(cells=[new(cell) for cell in CELLS])
    kept = {"allow_errors": True, "store_widget_state": True, "timeout": 60}
    NotebookClient(notebook, resources={"metadata": {"path": str(tmp_path)}}, **kept).execute()
    path = tmp_path / "done.ipynb"
    nbformat.write(notebook, path)
    return notebook, path.read_text("utf-8")


@pytest.mark.parametrize(
    "reply",
    [
        refusal(401, ECHO),
        Reply(events(chunk("Half"), f'{{"error": {{"message": "{ECHO}"}}}}', done=False)),
    ],
    ids=["a refused key, echoed", "an error in the middle, echoed"],
)
def test_a_notebook_whose_cells_fail_is_saved_without_the_key(server, tmp_path, reply):
    server.says(reply)
    server.models = refusal(401, ECHO)
    notebook, saved = executed(tmp_path)
    assert clean(saved)
    failed = [out for cell in notebook.cells for out in cell.outputs if out.output_type == "error"]
    assert len(failed) >= 8, "few cells failed: the check would see nothing"
    assert "[key]" in saved, "nothing was echoed: the check would see nothing"
    assert "DEBUG" in saved, "nothing was logged: the check would see nothing"
    assert "sk-...efZQ" in saved
    played = notebook.cells[CELLS.index(PLAYED)].outputs
    assert played[-1].data["text/plain"] == "False", "the playground asked nothing"
    assert "widgets" in notebook.metadata, "no widget was saved: the check would see nothing"
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"


@pytest.fixture
def everything_logged():
    """Collect what every logger there is says, from DEBUG on."""
    stream = io.StringIO()
    handler, root = logging.StreamHandler(stream), logging.getLogger()
    named = [logging.getLogger(name) for name in list(logging.root.manager.loggerDict)]
    before = [(one, one.level, one.disabled) for one in (root, *named)]
    root.addHandler(handler)
    for one, _, _ in before:
        one.setLevel(logging.DEBUG)
        one.disabled = False
    yield stream.getvalue
    root.removeHandler(handler)
    for one, level, disabled in before:
        one.setLevel(level)
        one.disabled = disabled


def test_no_logger_says_the_key_whatever_fails(server, everything_logged):
    client = vlm.Client(max_retries=0)
    for reply in (refusal(401, ECHO), refusal(500, ECHO), Reply(answer("Red."))):
        server.says(reply)
        server.models = reply
        for call in (client.ask, client.submit):
            with pytest.raises(EndpointError) if reply.status != 200 else nullcontext():
                result = call("What?", RED)
                getattr(result, "result", lambda: None)()
    assert "POST" in everything_logged()
    assert clean(everything_logged())


def ours(root):
    """Every object of this package that can be reached from one, by any attribute."""
    seen, pending = {}, [root]
    while pending:
        one = pending.pop()
        if id(one) in seen or isinstance(one, type):
            continue
        seen[id(one)] = one
        kept = gc.get_referents(one)
        pending += [k for k in kept if type(k).__module__.startswith("vlm_notebook")]
        boxes = [k for k in kept if isinstance(k, dict | list | tuple | set)]
        pending += [v for box in boxes for v in gc.get_referents(box) if _is_ours(v)]
    return [one for one in seen.values() if _is_ours(one)]


def _is_ours(one):
    return type(one).__module__.startswith("vlm_notebook")


def test_no_object_of_ours_shows_the_key_in_its_repr_or_its_attributes(server):
    client = vlm.Client(max_retries=0)
    server.says(refusal(401, ECHO))
    with pytest.raises(VlmError) as caught:
        client.ask("What?", RED, show=False)
    found = [*ours(client), *ours(caught.value), *ours(caught.value.answer)]
    assert {"Client", "Endpoint", "Secret", "Account", "Answer"} <= {
        type(o).__name__ for o in found
    }
    for one in found:
        assert clean(repr(one))
        if hasattr(one, "__dict__"):
            assert clean(repr(vars(one)))


def test_a_pickle_of_an_error_or_of_its_answer_does_not_hold_the_key(server):
    client = vlm.Client(max_retries=0)
    server.says(refusal(401, ECHO))
    with pytest.raises(VlmError) as caught:
        client.ask("What?", RED, show=False)
    assert clean(repr(pickle.dumps(caught.value.answer)))
    assert clean(repr(pickle.dumps(caught.value)))
