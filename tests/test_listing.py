from __future__ import annotations

import json
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from vlm_notebook.chat import listing
from vlm_notebook.chat.endpoint import Endpoint
from vlm_notebook.chat.engine import engine
from vlm_notebook.chat.listing import Listing
from vlm_notebook.errors import EndpointError

KEY = "sk-planted-0123456789abcdefghij"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self._answer(None)

    def do_POST(self):
        self._answer(json.loads(self.rfile.read(int(self.headers["content-length"]))))

    def _answer(self, sent):
        self.server.asked.append((self.path, sent, self.headers.get("authorization")))
        routes = self.server.routes
        reply = routes.get(self.path, routes.get(self.path.partition("?")[0]))
        reply = reply(sent) if callable(reply) else reply
        data = reply if isinstance(reply, bytes) else json.dumps(reply).encode()
        self.send_response(404 if reply is None else 200)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


class QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """Pass over a client that has gone."""


@contextmanager
def serving(routes):
    server = QuietServer(("127.0.0.1", 0), Handler)
    server.routes, server.asked = routes, []
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def listed(server, prefix="/v1", **options):
    endpoint = Endpoint(f"http://127.0.0.1:{server.server_port}{prefix}", KEY, **options)
    made = Listing(endpoint)
    return made, engine().submit(made.cards()).result(20)


def again(made, **options):
    return engine().submit(made.cards(**options)).result(20)


def paths(server):
    return [path for path, *_ in server.asked]


def test_ollama_is_asked_about_each_model():
    seeing = {"llava": ["completion", "vision"], "qwen3": ["completion", "tools"]}
    entries = [{"id": name, "owned_by": "library"} for name in seeing]
    show = {"/api/show": lambda sent: {"capabilities": seeing[sent["model"]]}}
    with serving({"/v1/models": {"data": entries}, **show}) as server:
        _, found = listed(server)
    assert {card.id: card.vision for card in found} == {"llava": True, "qwen3": False}
    assert paths(server) == ["/v1/models", "/api/show", "/api/show"]
    assert {key for *_, key in server.asked} == {f"Bearer {KEY}"}


def test_lm_studio_is_asked_for_its_own_list():
    entry = {"id": "vl", "owned_by": "organization_owner"}
    own = {"data": [{"id": "vl", "type": "vlm", "max_context_length": 4096}]}
    with serving({"/v1/models": {"data": [entry]}, "/api/v0/models": own}) as server:
        _, found = listed(server)
    assert [(card.vision, card.context) for card in found] == [(True, 4096)]


def test_llama_cpp_is_asked_at_its_root_though_the_base_url_has_no_version():
    models = {"data": [{"id": "m", "owned_by": "llamacpp", "meta": {"n_vocab": 5}}]}
    with serving({"/models": models, "/props": {"modalities": {"vision": False}}}) as server:
        _, found = listed(server, prefix="")
    assert [(card.vision, card.reason) for card in found] == [(False, "/props: modalities.vision")]


def test_a_server_behind_a_path_is_asked_behind_it():
    models = {"data": [{"id": "m", "owned_by": "library"}]}
    show = {"capabilities": ["vision"]}
    with serving({"/box/v1/models": models, "/box/api/show": show}) as server:
        _, found = listed(server, prefix="/box/v1")
    assert found[0].vision is True


@pytest.mark.parametrize("reply", [None, b"<html>", b"", b'{"capabilities": ', {"error": "no"}, []])
def test_a_server_that_does_not_answer_leaves_vision_unknown_and_says_so(reply):
    models = {"data": [{"id": "m", "owned_by": "organization_owner"}]}
    with serving({"/v1/models": models, "/api/v0/models": reply}) as server:
        _, found = listed(server)
    assert [(card.vision, card.reason) for card in found] == [(None, "/api/v0/models does not say")]


def test_a_silent_server_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(listing, "DEADLINE_S", 0.2)
    models = {"data": [{"id": "m", "owned_by": "library"}]}
    with serving({"/v1/models": models, "/api/show": lambda _: time.sleep(1)}) as server:
        _, found = listed(server)
    assert [(card.vision, card.reason) for card in found] == [(None, "/api/show does not say")]


def test_a_list_that_tells_enough_is_asked_for_nothing_more():
    with serving({"/v1/models": {"data": [{"id": "m", "features": ["vision"]}]}}) as server:
        listed(server)
    assert paths(server) == ["/v1/models"]


def test_a_list_is_kept_and_read_again_when_asked(monkeypatch):
    with serving({"/v1/models": {"data": [{"id": "old"}]}}) as server:
        made, _ = listed(server)
        server.routes["/v1/models"] = {"data": [{"id": "new"}]}
        assert [card.id for card in again(made)] == ["old"]
        assert [card.id for card in again(made, refresh=True)] == ["new"]
        assert made.card("new").id == "new"
        assert made.card("old") is None
        monkeypatch.setattr(listing, "KEPT_S", -1.0)
        again(made)
    assert len(server.asked) == 3


def test_changing_what_was_returned_changes_nothing_kept():
    with serving({"/v1/models": {"data": [{"id": "m"}]}}) as server:
        made, found = listed(server)
        found.clear()
        assert [card.id for card in again(made)] == ["m"]


def test_a_failed_list_is_not_kept():
    with serving({}) as server:
        with pytest.raises(EndpointError):
            listed(server)
        server.routes["/v1/models"] = {"data": [{"id": "m"}]}
        assert len(listed(server)[1]) == 1


def test_pages_are_read_to_the_end():
    def page(start, *, more):
        entries = [{"id": f"m{number}"} for number in range(start, start + 2)]
        return {"data": entries, "has_more": more, "last_id": entries[-1]["id"]}

    routes = {
        "/v1/models": page(0, more=True),
        "/v1/models?after_id=m1&after=m1": page(2, more=True),
        "/v1/models?after_id=m3&after=m3": page(4, more=False),
    }
    with serving(routes) as server:
        _, found = listed(server)
    assert [card.id for card in found] == ["m0", "m1", "m2", "m3", "m4", "m5"]


def test_a_server_that_gives_the_same_page_for_ever_is_left():
    page = {"data": [{"id": "m"}], "has_more": True, "last_id": "m"}
    with serving({"/v1/models": page}) as server:
        _, found = listed(server)
    assert [card.id for card in found] == ["m"]
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("following", "count"), [("/v1/more", 2), ("http://127.0.0.1:1/v1/more", 1), ("//else/x", 1)]
)
def test_the_next_page_is_read_from_the_same_server_only(following, count):
    routes = {
        "/v1/models": {"data": [{"id": "a"}], "next": following},
        "/v1/more": {"data": [{"id": "b"}], "next": None},
    }
    with serving(routes) as server:
        _, found = listed(server)
    assert len(found) == count


def test_the_users_own_http_client_is_used_for_all():
    import httpx2

    seen = []

    async def note(request):
        seen.append(request.url.path)

    models = {"data": [{"id": "m", "owned_by": "library"}]}
    own = httpx2.AsyncClient(event_hooks={"request": [note]})
    with serving({"/v1/models": models, "/api/show": {"capabilities": []}}) as server:
        listed(server, http_client=own)
    engine().submit(own.aclose()).result(5)
    assert seen == ["/v1/models", "/api/show"]


def test_its_repr_counts():
    assert repr(Listing(Endpoint("http://127.0.0.1:1/v1", KEY))) == "Listing(0 models)"
