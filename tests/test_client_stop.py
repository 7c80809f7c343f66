"""Answers that are stopped, streamed or asked for side by side."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest
from asking import HALF, USAGE, ask, keyed
from model_server import Reply, answer, slow

from vlm_notebook.errors import StreamError

pytestmark = pytest.mark.usefixtures("no_environment")


@pytest.fixture(scope="module", autouse=True)
def _sdk():
    """Have the SDK imported: in the first question it could outlast what these tests wait for."""
    import openai  # noqa: F401 - its import alone is wanted


@pytest.fixture
def client(server):
    return keyed(server)


def begun(client, server, **options):
    """Submit a question to a server that goes on for ever; wait until the answer has begun."""
    server.says(slow(HALF))
    arrived = threading.Event()
    question = client.question("Hello?", **options)
    submission = client.start(question, lambda _: arrived.set())
    assert arrived.wait(10)
    return submission


def test_cancel_closes_the_connection_and_keeps_what_had_arrived(client, server):
    submission = begun(client, server)
    assert submission.cancel()
    assert server.closed_early.wait(1)
    told = submission.result(5)
    assert (told.text, told.finish_reason) == ("Half", "cancelled")
    assert client.last is told


def test_submit_can_be_cancelled_at_once(client, server):
    server.says(slow(HALF))
    submission = client.submit("Hello?")
    submission.cancel()
    assert submission.result(5).finish_reason == "cancelled"


def test_submit_can_be_awaited(client, server):
    async def both():
        return await asyncio.gather(client.submit("One?"), client.submit("Two?"))

    assert [told.text for told in asyncio.run(both())] == ["Hello there."] * 2


def test_giving_up_an_await_closes_the_connection_and_keeps_the_part(client, server):
    async def give_up():
        await asyncio.wait_for(client.submit("Hello?"), 0.3)

    server.says(slow(HALF))
    with pytest.raises(TimeoutError):
        asyncio.run(give_up())
    assert server.closed_early.wait(1)
    assert (client.last.text, client.last.finish_reason) == ("Half", "cancelled")


def test_an_answer_that_has_ended_before_the_cancel_stays_whole(client):
    submission = client.submit("Hello?")
    submission.settle(10)
    assert not submission.cancel()
    assert submission.result().finish_reason == "stop"


def test_a_stream_gives_the_pieces_and_keeps_the_answer(client, server):
    server.says(Reply(answer("One two three.", usage=USAGE)))
    pieces = [delta.text for delta in client.stream("Hello?") if delta.text]
    assert pieces == ["One", " two", " three."]
    assert client.last.text == "One two three."


def test_leaving_a_stream_early_closes_the_connection(client, server):
    server.says(slow(HALF))
    for delta in client.stream("Hello?"):
        assert delta.text == "Half"
        break
    assert server.closed_early.wait(1)
    assert (client.last.text, client.last.finish_reason) == ("Half", "cancelled")


def test_a_stream_raises_the_error_behind_the_pieces(client, server):
    server.says(Reply(HALF))
    pieces = []
    with pytest.raises(StreamError):
        pieces.extend(delta.text for delta in client.stream("Hello?"))
    assert pieces == ["Half"]


def test_two_streams_do_not_mix(client, server):
    server.says(Reply(answer("a a a a")), Reply(answer("b b b b")))
    one, two = client.stream("A?"), client.stream("B?")
    texts = [[], []]
    for first, second in zip(one, two, strict=True):
        texts[0].append(first.text)
        texts[1].append(second.text)
    assert ["".join(words) for words in texts] == ["a a a a", "b b b b"]


def test_many_threads_can_ask_one_client(client, server):
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(ask(client).text)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert answers == ["Hello there."] * 12


INTERRUPTED = """
    import sys
    from vlm_notebook.client import Client

    def begun(delta):
        print("begun", flush=True)

    class Told(Client):
        def start(self, question, on_delta=lambda _: None, *told):
            return super().start(question, lambda delta: (on_delta(delta), begun(delta)), *told)

    client = Told(sys.argv[1], model="m")
    try:
        if sys.argv[2] == "stream":
            for delta in client.stream("Hello?"):
                pass
        elif sys.argv[2] == "submit":
            client.submit("Hello?").result()
        else:
            client.ask("Hello?", show=False)
    except KeyboardInterrupt:
        print(client.last.text, client.last.finish_reason, flush=True)
    print(client.ask("Hello?", show=False).text)
"""


@pytest.mark.parametrize("how", ["ask", "submit", "stream"])
def test_an_interrupt_keeps_the_part_and_the_client_works_on(server, how):
    server.says(slow(HALF), Reply(answer("Again.")))
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(INTERRUPTED), server.base_url]
    process = subprocess.Popen(
        [*command, how], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "begun\n"
    time.sleep(0.2)  # for the main thread to wait again
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    lines = [line for line in out.splitlines() if line != "begun"]
    assert lines == ["Half interrupted", "Again."]
    assert err == ""
    assert server.closed_early.is_set()


ENDING = """
    import sys
    from vlm_notebook.client import Client

    client = Client(sys.argv[1], model="m") if sys.argv[1] else Client()
    arrived = []
    submission = client.start(client.question("Hello?", pace=1), arrived.append)
    while not arrived:
        pass
"""


@pytest.mark.parametrize("embedded", [True, False])
def test_a_process_that_ends_in_the_middle_of_an_answer_ends_quietly(server, embedded):
    server.says(slow(HALF))
    url = "" if embedded else server.base_url
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(ENDING), url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
