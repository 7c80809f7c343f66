"""What is seen while a question waits to be asked again, and that the wait can be broken off."""

from __future__ import annotations

import time

import pytest
from model_server import Reply, answer, refusal

from vlm_notebook.client import Client
from vlm_notebook.markup.card import Card
from vlm_notebook.view.cell import PrintedCell

SETUP = "c = client"
LINE = "rate limited, waiting 0.6 s, attempt 2 of 3"


@pytest.fixture
def busy(module_server):
    module_server.says(refusal(429, "slow down", retry_after="0.6"), Reply(answer("Hello there.")))


@pytest.fixture
def closed(module_server):
    module_server.requests.clear()
    module_server.says(refusal(429, "slow down", retry_after="40"))


def notes(sent):
    """The lines that a front end was told, in order."""
    states = [message.content["data"]["state"] for message in sent if message.method == "update"]
    return [state["note"] for state in states if "note" in state]


@pytest.mark.usefixtures("busy")
def test_a_live_card_says_what_is_waited_for_until_it_is_over(ipykernel):
    sent = ipykernel.run("c.ask('hi')")
    assert notes(sent) == [LINE, ""]
    cards = [message.content["data"] for message in sent if message.kind == "update_display_data"]
    assert "Hello there." in cards[-1]["text/html"]
    assert "rate limited" not in cards[-1]["text/html"]


@pytest.mark.usefixtures("closed")
def test_the_kernels_interrupt_breaks_a_wait_off(ipykernel, module_server):
    cell = ipykernel.start("c.ask('hi')")
    cell.until(lambda message: notes([message]) != [])
    began = time.monotonic()
    ipykernel.interrupt()
    sent = cell.end()
    assert time.monotonic() - began < 20  # of the 40 s that the server asks for
    assert [m.content["ename"] for m in sent if m.kind == "error"] == ["KeyboardInterrupt"]
    assert ipykernel.value("c.last.finish_reason") == "'interrupted'"
    assert len(module_server.requests) == 1


@pytest.mark.usefixtures("closed")
def test_stop_breaks_a_wait_off(ipykernel, module_server):
    setup = "p = vlm.playground(client=c); p.ask(); import time; asked = p._submission"
    ipykernel.run(setup)
    ipykernel.run(
        "while not (p.thread.children and p.thread.children[0].live.note): time.sleep(0.01)"
    )
    ipykernel.run("p.stop(); settled = asked.settle(20)")
    assert ipykernel.value("settled, c.last.finish_reason") == "(True, 'cancelled')"
    assert len(module_server.requests) == 1


@pytest.mark.usefixtures("busy")
def test_a_terminal_prints_the_line_before_the_answer(module_server, capsys):
    client = Client(module_server.base_url, model="m")
    cell = PrintedCell(Card())
    submission = client.start(client.question("hi"), cell.feed, cell.note)
    assert cell.wait(submission).text == "Hello there."
    assert capsys.readouterr().out == f"[{LINE}]\nHello there."


@pytest.mark.usefixtures("busy")
def test_a_script_says_it_on_stderr(module_server, capsys):
    Client(module_server.base_url, model="m").ask("hi")
    out, err = capsys.readouterr()
    assert "Hello there." in out
    assert LINE in err
    assert LINE not in out


@pytest.mark.usefixtures("busy")
def test_a_hidden_question_waits_in_silence(module_server, capsys):
    Client(module_server.base_url, model="m").ask("hi", show=False)
    assert capsys.readouterr() == ("", "")


@pytest.mark.usefixtures("busy")
def test_a_stream_tells_whom_it_is_given(module_server):
    told = []
    client = Client(module_server.base_url, model="m")
    text = "".join(delta.text for delta in client.stream("hi", on_wait=told.append))
    assert (text, told) == ("Hello there.", [LINE, ""])
