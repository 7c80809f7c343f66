"""A planted key is searched for after every path that fails, wherever something could be kept."""

from __future__ import annotations

import base64
import copy
import io
import json
import logging
import pickle
import traceback
import warnings
from urllib.parse import quote

import pytest
from model_server import RESET, Reply, answer, chunk, events, refusal
from PIL import Image

import vlm_notebook as vlm
from vlm_notebook.chat.secret import Secret, masked
from vlm_notebook.chat.settings import Settings
from vlm_notebook.client import Client
from vlm_notebook.errors import AuthError, ConnectError, VlmError

KEY = "sk-planted+/0123456789=abcdefZQ"
BASE64 = base64.b64encode(KEY.encode()).decode().rstrip("=")[:-2]
FORMS = (KEY, BASE64, quote(KEY, safe=""), KEY[3:], KEY[:-4])
RED = Image.new("RGB", (64, 48), "red")
ECHO = f"Incorrect API key provided: {KEY}"
HALF = events(chunk("Half"), done=False)


def clean(text):
    return not any(form in text for form in FORMS)


@pytest.fixture
def client(server):
    return Client(server.base_url, KEY, model="some/model", timeout_s=2, max_retries=0)


@pytest.fixture
def logged():
    """Collect what every logger says, from DEBUG on."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root, level = logging.getLogger(), logging.getLogger().level
    names = [name for name in logging.root.manager.loggerDict if name.startswith(LOGGERS)]
    loud = [logging.getLogger(name) for name in {*names, *LOGGERS}]
    levels = [one.level for one in loud]
    root.addHandler(handler)
    for one in (root, *loud):
        one.setLevel(logging.DEBUG)
    yield stream.getvalue
    root.removeHandler(handler)
    root.setLevel(level)
    for one, before in zip(loud, levels, strict=True):
        one.setLevel(before)


LOGGERS = ("openai", "httpx2", "httpcore2", "asyncio", "vlm_notebook")


def everything(error, client):
    """What a debugger, a notebook or a report could print of a failure."""
    shown = io.StringIO()
    while error is not None:
        whole = traceback.TracebackException.from_exception(error, capture_locals=True)
        shown.writelines([*whole.format(), repr(error), str(error), repr(vars(error))])
        shown.writelines(getattr(error, "_render_traceback_", list)())
        partial = getattr(error, "answer", None)
        if partial is not None:
            shown.write(json.dumps([partial.to_dict(), partial.messages]))
            shown.write(repr(partial) + json.dumps(partial._repr_mimebundle_()))
            shown.write(repr(pickle.dumps(partial)))
        error = error.__cause__ or error.__context__
    shown.write(repr(client) + repr(getattr(client, "__dict__", None)))
    return shown.getvalue()


def own_frames_only(text):
    """Drop this file's frames, whose source and locals hold the planted key on purpose."""
    kept, ours = [], False
    for line in text.splitlines():
        if line.startswith("  File "):
            ours = __file__ in line
        if not ours:
            kept.append(line)
    return "\n".join(kept)


FAILURES = {
    "a refused key, echoed": refusal(401, ECHO),
    "forbidden, echoed": refusal(403, ECHO),
    "quota": refusal(429, ECHO),
    "payment": refusal(402, ECHO),
    "not found": refusal(404, ECHO),
    "bad request": refusal(400, ECHO),
    "server error": refusal(500, ECHO),
    "a page": Reply(f"<html>{ECHO}</html>".encode(), 200, "text/html"),
    "a refused page": Reply(f"<html>{ECHO}</html>".encode(), 502, "text/html"),
    "a redirect": Reply(status=302, headers={"location": "http://else.invalid/"}),
    "an error in the stream": Reply(events(json.dumps({"error": {"message": ECHO}}))),
    "an error in the middle": Reply(HALF + events(json.dumps({"error": {"message": ECHO}}))),
    "a broken stream": Reply(HALF),
    "a cut connection": Reply(pieces=(HALF, RESET)),
    "no JSON": Reply(events(f"{{{ECHO}")),
    "silence": Reply(pieces=(HALF,), held=True),
}


@pytest.mark.parametrize("reply", FAILURES.values(), ids=FAILURES)
def test_no_failure_of_a_server_shows_the_key(client, server, logged, capfd, reply):
    server.says(reply)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        with pytest.raises(VlmError) as caught:
            client.ask("What?", RED, show=False)
    shown = everything(caught.value, client)
    assert clean(own_frames_only(shown))
    assert logged(), "nothing was logged: the check would see nothing"
    assert clean(logged())
    assert clean("".join(capfd.readouterr()))
    assert clean(repr([str(one.message) for one in warned]))


@pytest.mark.parametrize(
    "models", [refusal(401, ECHO), Reply(b"<html>", 200, "text/html"), Reply(ECHO.encode(), 500)]
)
def test_no_failure_of_a_list_shows_the_key(client, server, logged, models):
    server.models = models
    with pytest.raises(VlmError) as caught:
        client.models()
    assert clean(own_frames_only(everything(caught.value, client)) + logged())


def test_an_unreachable_server_does_not_show_the_key(logged):
    client = Client("http://127.0.0.1:1/v1", KEY, model="m", max_retries=0)
    with pytest.raises(ConnectError) as caught:
        client.ask("What?", show=False)
    assert clean(own_frames_only(everything(caught.value, client)) + logged())


@pytest.mark.parametrize("call", [Client, vlm.connect])
@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("not an address", KEY),
        ("http://127.0.0.1:1/v1", f"{KEY} {KEY}"),
        ("http://127.0.0.1:1/v1", f"{KEY}é"),
        ("http://127.0.0.1:1/v1", KEY.encode()),
        ("http://127.0.0.1:1/v1", [KEY]),
    ],
)
def test_no_refused_setting_shows_the_key(call, url, key):
    with pytest.raises((AuthError, ConnectError)) as caught:
        call(url, key)
    assert clean(own_frames_only(everything(caught.value, None)))


def test_a_wrong_argument_does_not_show_the_key(server):
    with pytest.raises(VlmError) as caught:
        Client(server.base_url, KEY, detail="huge")
    assert clean(own_frames_only(everything(caught.value, None)))


@pytest.mark.parametrize("keep", [pickle.dumps, copy.deepcopy])
def test_nothing_that_holds_the_key_is_copied_away(client, keep):
    for holder in (client, Secret(KEY), Settings.found("http://127.0.0.1:1", KEY, None)):
        with pytest.raises(VlmError) as caught:
            keep(holder)
        assert clean(str(caught.value))


def test_the_card_that_is_saved_and_the_widget_state_do_not_hold_the_key(client, server):
    from ipywidgets import Widget

    server.says(Reply(answer("Done.")))
    board = vlm.playground(RED, client=client)
    told = client.ask("What?", RED)
    state = repr(Widget.get_manager_state())
    assert clean(state + repr(board) + json.dumps(told._repr_mimebundle_()))


def test_an_answer_that_is_kept_does_not_hold_the_key(client, server):
    told = client.ask("What?", RED, show=False)
    assert clean(repr(pickle.dumps(told)))
    assert clean(json.dumps([told.to_dict(), told.messages]))


def test_the_key_is_sent_to_the_server_and_to_it_alone(client, server):
    client.ask("What?", RED, show=False)
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"
    assert clean(json.dumps(server.requests))


def test_what_may_be_shown_is_how_it_ends(client):
    assert client.key_hint == "sk-...efZQ" == masked(KEY)
    assert Client(model="embedded").key_hint == ""
