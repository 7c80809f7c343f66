import threading
import time

import pytest
from model_server import Reply, chunk, events
from playing import endless, wait_for

from vlm_notebook.widgets.grid import grid


@pytest.fixture
def ask(client):
    def ask(**options):
        return grid("What is it?", client=client, show=False, **options)

    return ask


class Gate:
    """Replies that begin at once and end when they are let; counts how many are open."""

    def __init__(self):
        self.open = self.most = 0
        self.lock = threading.Lock()
        self.let = threading.Event()

    def __call__(self, request):
        def pieces():
            with self.lock:
                self.open += 1
                self.most = max(self.most, self.open)
            yield events(chunk("Seen "), done=False)
            self.let.wait(20)
            with self.lock:
                self.open -= 1
            yield events(chunk("all."), chunk(finish="stop"))

        return Reply(pieces=pieces())


def test_all_stream_at_the_same_time(ask, server):
    gate = Gate()
    server.says(gate)
    made = ask(models=["a", "b"], repeat=3).start()
    wait_for(lambda: gate.open == 6)
    assert not made.done
    gate.let.set()
    assert {a.text for a in made.answers} == {"Seen all."}


def test_no_more_stream_at_once_than_there_are_workers(ask, server):
    gate = Gate()
    server.says(gate)
    made = ask(models=["a", "b"], repeat=3, workers=2)
    wait_for(lambda: gate.open == 2)
    gate.let.set()
    assert [a.text for a in made.answers] == ["Seen all."] * 6
    assert gate.most == 2


def test_one_cell_is_stopped_while_the_others_finish(ask, server):
    gate = Gate()
    server.says(gate)
    made = ask(models=["a", "b", "c"])
    wait_for(lambda: gate.open == 3)
    time.sleep(0.2)
    made.stop(1)
    time.sleep(0.2)
    gate.let.set()
    assert [a.finish_reason for a in made.answers] == ["stop", "cancelled", "stop"]
    assert [a.text for a in made.answers] == ["Seen all.", "Seen ", "Seen all."]
    assert "Stopped; this is what had arrived." in made.to_markdown()


def test_a_cell_that_waits_for_its_turn_can_be_stopped_too(ask, server):
    gate = Gate()
    server.says(gate)
    made = ask(models=["a", "b"], workers=1)
    wait_for(lambda: gate.open == 1)
    made.stop(1)
    gate.let.set()
    assert [a.finish_reason for a in made.answers] == ["stop", "cancelled"]
    assert len(server.requests) == 1


def test_stopping_all_keeps_what_had_arrived_and_asks_no_more(ask, server):
    server.says(endless())
    made = ask(models=["a", "b", "c"], workers=2)
    wait_for(lambda: len(server.requests) == 2)
    time.sleep(0.3)
    made.stop()
    assert [a.text for a in made.answers] == ["Half ", "Half ", ""]
    assert {a.finish_reason for a in made.answers} == {"cancelled"}
    assert len(server.requests) == 2
    made.stop()
    made.stop(0)
