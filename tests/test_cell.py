import time
from ast import literal_eval

import pytest
from model_server import Reply, answer, chunk, events

STATIC = ["text/html", "text/markdown", "text/plain"]
WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(autouse=True)
def quick(module_server):
    module_server.says(Reply(answer("Hello **there**.")))


def shown(sent):
    """Return what stands in the cell at its end: one bundle for each display, in order."""
    outputs = {}
    for number, message in enumerate(sent):
        if message.kind in ("display_data", "update_display_data", "execute_result"):
            key = message.content.get("transient", {}).get("display_id", number)
            outputs[key] = message.content["data"]
    return list(outputs.values())


def kinds(sent):
    skipped = {"status", "execute_input", "comm_msg"}
    return [message.kind for message in sent if message.kind not in skipped]


def slow(server, *texts, pause_s=0.3):
    """Let the server say some text, and then go on with dots for a while."""
    pieces = [events(chunk(text), done=False) for text in texts]
    more = [events(chunk("."), done=False)] * 60
    server.says(Reply(pieces=(*pieces, *more), pause_s=pause_s))


def test_a_live_cell_shows_one_widget_that_becomes_the_card(ipykernel):
    sent = ipykernel.run("a = vlm.ask('hi')")
    opened = ["comm_open", "comm_open", "display_data"]
    assert kinds(sent) == [*opened, "update_display_data", "comm_close", "comm_close"]
    displayed = next(message for message in sent if message.kind == "display_data")
    assert displayed.bundle == [WIDGET, "text/plain"]
    (card,) = shown(sent)
    assert sorted(card) == STATIC
    assert "<strong>there</strong>" in card["text/html"]


def test_a_static_cell_shows_the_card_once(ipykernel):
    sent = ipykernel.run("vlm.ask('hi')", live=False)
    assert kinds(sent) == ["display_data"]
    assert sorted(shown(sent)[0]) == STATIC


@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize("end", ["vlm.ask('hi')", "a = vlm.ask('hi')\na", "display(vlm.ask('hi'))"])
def test_an_answer_is_not_shown_twice_in_its_cell(ipykernel, end, live):
    assert len(shown(ipykernel.run(end, live=live))) == 1


@pytest.mark.parametrize("live", [True, False])
def test_two_questions_in_a_cell_give_two_cards(ipykernel, live):
    cards = shown(ipykernel.run("a = vlm.ask('one')\na.ask('two')", live=live))
    assert ["one" in cards[0]["text/html"], "two" in cards[1]["text/html"]] == [True, True]
    assert len(cards) == 2


@pytest.mark.parametrize("live", [True, False])
def test_an_old_answer_shows_its_card_again_in_a_later_cell(ipykernel, live):
    ipykernel.run("old = vlm.ask('hi')", live=live)
    for _ in range(2):
        sent = ipykernel.run("old", live=live)
        assert kinds(sent) == ["execute_result"]
        assert sorted(shown(sent)[0]) == STATIC


@pytest.mark.parametrize("live", [True, False])
def test_a_hidden_answer_shows_only_where_the_cell_ends_with_it(ipykernel, live):
    assert kinds(ipykernel.run("a = vlm.ask('hi', show=False)", live=live)) == []
    assert kinds(ipykernel.run("vlm.ask('hi', show=False)", live=live)) == ["execute_result"]


@pytest.mark.parametrize("live", [True, False])
def test_a_broken_stream_leaves_the_partial_card_with_a_red_line_and_raises(
    ipykernel, module_server, live
):
    module_server.says(Reply(events(chunk("Half a sen"), done=False)))
    sent = ipykernel.run("vlm.ask('hi')", live=live)
    (card,) = shown(sent)
    html = card["text/html"]
    assert 0 < html.index("Half a sen") < html.index('class="vlm-error"')
    assert WIDGET not in card
    errors = [message.content for message in sent if message.kind == "error"]
    assert [error["ename"] for error in errors] == ["StreamError"]
    assert (
        ipykernel.value("client.last.text, client.last.finish_reason") == "('Half a sen', 'error')"
    )


def test_a_refusal_leaves_a_card_that_says_so_and_raises(ipykernel, module_server):
    module_server.says(Reply(b'{"error": {"message": "no"}}', 401, "application/json"))
    sent = ipykernel.run("vlm.ask('hi')")
    (card,) = shown(sent)
    assert 'class="vlm-error"' in card["text/html"]
    assert [m.content["ename"] for m in sent if m.kind == "error"] == ["AuthError"]


def test_the_interrupt_keeps_what_had_arrived_and_stops_the_cells_that_wait(
    ipykernel, module_server
):
    slow(module_server, "Half ", "a sen")
    cell = ipykernel.start("vlm.ask('hi')")
    cell.until(lambda message: message.method == "custom")
    waiting = ipykernel.start("went_on = True")
    ipykernel.interrupt()
    sent = cell.end()
    (card,) = shown(sent)
    assert "Half" in card["text/html"]
    assert "Interrupted" in card["text/plain"]
    assert [m.content["ename"] for m in sent if m.kind == "error"] == ["KeyboardInterrupt"]
    assert "execute_input" not in [message.kind for message in waiting.end()]
    assert ipykernel.value("'went_on' in globals()") == "False"
    assert ipykernel.value("client.last.finish_reason") == "'interrupted'"
    assert module_server.closed_early.wait(10)


def test_an_interrupt_before_the_first_token_leaves_the_questions_card_not_an_older_answer(
    ipykernel, module_server
):
    ipykernel.run("vlm.ask('before')")
    module_server.says(Reply(pieces=(b": ping\n\n",) * 40, pause_s=0.2))
    asked = len(module_server.requests)
    cell = ipykernel.start("vlm.ask('silence')")
    cell.until(lambda message: message.kind == "display_data")
    while len(module_server.requests) == asked:
        time.sleep(0.01)
    ipykernel.interrupt()
    (card,) = shown(cell.end())
    assert "silence" in card["text/html"]
    assert "there" not in card["text/html"]
    assert "Interrupted" in card["text/plain"]


def test_a_failure_that_nobody_foresaw_leaves_no_card_waiting(ipykernel):
    ipykernel.run("from vlm_notebook.view.live import LiveAnswer\nfeed = LiveAnswer.feed")
    sent = ipykernel.run("LiveAnswer.feed = lambda *_: 1 / 0\nvlm.ask('hi')")
    ipykernel.run("LiveAnswer.feed = feed")
    (card,) = shown(sent)
    assert "division by zero" in card["text/plain"]
    assert kinds(sent)[-3:] == ["comm_close", "comm_close", "error"]


def test_a_callback_between_cells_does_not_hide_its_answer_from_the_next_cell(ipykernel):
    ipykernel.run("button = __import__('ipywidgets').Button()")
    comm_id = ipykernel.value("button.model_id").strip("'")
    ipykernel.run("button.on_click(lambda _: globals().update(asked=client.ask('hi')))")
    ipykernel.say_to_widget(comm_id, {"event": "click"})
    assert kinds(ipykernel.run("asked"))[-1] == "execute_result"


def settled(ipykernel, count):
    """Count when the last messages' timers hold no more widgets than the kernel's last display."""
    deadline = time.monotonic() + 20
    while (found := literal_eval(ipykernel.value(count)))[-1] > 1 and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def test_nothing_stays_behind_after_many_questions(ipykernel):
    ipykernel.run("import gc\nfrom comm import get_comm_manager")
    ipykernel.run("from ipywidgets.widgets.widget import _instances")
    ipykernel.run("from vlm_notebook.view import remains")
    left = "sum(type(o).__name__ == 'LiveAnswer' for o in gc.get_objects())"
    count = f"gc.collect(); (len(get_comm_manager().comms), len(_instances), {left})"
    ipykernel.run("for _ in range(remains.KEPT): vlm.ask('hi')")  # kept for pages that come late
    before = settled(ipykernel, count)
    ipykernel.run("for _ in range(20): vlm.ask('hi')")
    after = settled(ipykernel, count)
    assert after == before
