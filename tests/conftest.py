from __future__ import annotations

import pytest
from loopback import PUBLIC, SITE, Net, Server
from model_server import ModelServer, running

SETTINGS = ("VLM_BASE_URL", "VLM_API_KEY", "VLM_MODEL", "OPENAI_BASE_URL", "OPENAI_API_KEY")


@pytest.fixture
def no_environment(monkeypatch):
    """Configure no endpoint, and forget the client of the functions."""
    from vlm_notebook import default

    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(default, "_default", None)


@pytest.fixture
def server():
    with running() as made:
        yield made


@pytest.fixture
def client(server):
    """A client that sends every request once."""
    from vlm_notebook.client import Client

    return Client(server.base_url, model="m", max_retries=0)


@pytest.fixture(scope="module")
def module_server():
    """A server for all tests of a module, as the kernel is that asks it."""
    server = ModelServer()
    yield server
    server.close()


@pytest.fixture(scope="module")
def ipykernel(request, module_server):
    """A kernel whose `client` asks `module_server`, and that has run the module's SETUP."""
    import kernel

    connect = f"client = vlm.connect({module_server.base_url!r}, 'key', model='m')\n"
    setup = getattr(request.module, "SETUP", "")
    with kernel.running() as running:
        code = f"import vlm_notebook as vlm\n{connect}{setup}"
        assert kernel.texts(running.run(code)) == ""
        yield running


@pytest.fixture
def net(monkeypatch):
    net = Net(monkeypatch)
    net.names[SITE] = [[PUBLIC]]
    return net


@pytest.fixture
def serve(net):
    """Start servers; the first one also stands for the public address."""
    servers = []

    def start(answer, **options):
        server = Server(answer if callable(answer) else lambda _path: answer, **options)
        servers.append(server)
        net.routes.setdefault(PUBLIC, server.port)
        return server

    yield start
    for server in servers:
        server.close()
