from __future__ import annotations

import asyncio
import json
import pickle
import signal
import subprocess
import sys
import textwrap
import threading
import time
import traceback
from dataclasses import replace

import pytest
from model_server import RESET, Reply, answer, chunk, events, refusal, running, slow
from PIL import Image

import vlm_notebook as vlm
from vlm_notebook import default
from vlm_notebook.chat.delta import Usage
from vlm_notebook.chat.engine import engine
from vlm_notebook.client import Client
from vlm_notebook.errors import (
    AuthError,
    ConnectError,
    EndpointError,
    ModelError,
    SourceError,
    StatusError,
    StreamError,
    VlmError,
)
from vlm_notebook.images import samples

KEY = "sk-planted-0123456789abcdefghij"
NAMES = ("VLM_BASE_URL", "VLM_API_KEY", "VLM_MODEL", "OPENAI_BASE_URL", "OPENAI_API_KEY")
RED = Image.new("RGB", (64, 48), "red")
BLUE = Image.new("RGB", (64, 48), "blue")
HALF = events(chunk("Half"), done=False)
USAGE = {"prompt_tokens": 90, "completion_tokens": 3, "prompt_tokens_details": {"image_tokens": 85}}


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(default, "_default", None)


@pytest.fixture
def server():
    with running() as made:
        yield made


@pytest.fixture
def client(server):
    return Client(server.base_url, KEY, model="some/model", timeout_s=10)


def ask(client, prompt="What is it?", *images, **options):
    return client.ask(prompt, *images, show=False, **options)


def said(request):
    """The parts of a request's last message: its words, and "picture" for each picture."""
    content = request["messages"][-1]["content"]
    if isinstance(content, str):
        return [content]
    return [part.get("text", "picture") for part in content]


def urls(request):
    return [
        part["image_url"]["url"]
        for message in request["messages"]
        if isinstance(message["content"], list)
        for part in message["content"]
        if part["type"] == "image_url"
    ]


# --------------------------------------------------------------------------- asking


def test_an_answer_holds_text_reasoning_usage_and_the_reason_of_its_end(client, server):
    thought = events(chunk(reasoning_content="Hm."), done=False)
    server.says(Reply(thought + answer("A red box.", usage=USAGE)))
    told = ask(client, "What is it?", RED)
    assert (told.text, told.reasoning, told.finish_reason) == ("A red box.", "Hm.", "stop")
    assert told.usage == Usage(90, 3, 85)
    assert told.images[0].size == (64, 48)
    assert client.last is told


def test_an_answer_is_printed_once_in_a_script(client, capsys):
    client.ask("Hello?")
    assert "Hello there." in capsys.readouterr().out
    client.ask("Hello?", show=False)
    assert capsys.readouterr().out == ""


def test_several_pictures_travel_numbered_and_in_order(client, server):
    ask(client, "Which?", RED, BLUE)
    parts = said(server.requests[0])
    assert parts[1::2] == ["picture", "picture"]
    assert parts[0].startswith("Picture 1 (")
    assert parts[2].startswith("Picture 2 (")
    assert parts[4] == "Which?"


def test_a_follow_up_keeps_the_conversation_and_the_pictures(client, server):
    first = ask(client, "What is it?", RED, system="Be brief.")
    second = first.ask("And now?", BLUE, show=False)
    second.ask("Sure?", show=False)
    messages = server.requests[2]["messages"]
    roles = [message["role"] for message in messages]
    assert roles == ["system", "user", "assistant", "user", "assistant", "user"]
    assert messages[0]["content"] == "Be brief."
    assert messages[2]["content"] == messages[4]["content"] == "Hello there."
    assert urls(server.requests[2]) == [*urls(server.requests[0]), second.images[0].data_url]
    assert said(server.requests[2]) == ["Sure?"]


def test_a_follow_up_asks_the_same_model_with_the_same_detail(client, server):
    first = ask(client, "What?", RED, model="other/model", detail="low")
    second = first.ask("And?", BLUE, show=False)
    assert server.requests[1]["model"] == "other/model"
    assert second.detail == "low"
    assert first.ask("And?", model="third", show=False).model == "third"


def test_the_clients_system_message_opens_every_conversation(server):
    asked = Client(server.base_url, model="m", system="Be kind.")
    ask(asked)
    ask(asked, system="Be brief.")
    openings = [request["messages"][0]["content"] for request in server.requests]
    assert openings == ["Be kind.", "Be brief."]


def test_options_pass_through(client, server):
    ask(client, temperature=0, max_tokens=5, extra={"a": [1]})
    body = server.requests[0]
    assert (body["temperature"], body["max_tokens"], body["extra"]) == (0, 5, {"a": [1]})


@pytest.mark.parametrize("level", ["low", "high", "auto"])
def test_the_detail_travels_with_each_picture(client, server, level):
    ask(client, "What?", RED, detail=level)
    part = server.requests[0]["messages"][0]["content"][0]
    assert part["image_url"]["detail"] == level


def test_pictures_travel_inline_unless_a_url_is_to_pass_through(client, server):
    remote = replace(vlm.prepare(RED), url="https://pictures.example.org/red.png")
    ask(client, "What?", remote)
    ask(client, "What?", remote, inline=False)
    assert urls(server.requests[0]) == [remote.data_url]
    assert urls(server.requests[1]) == ["https://pictures.example.org/red.png"]


def test_a_picture_that_cannot_be_used_is_told_before_anything_is_sent(client, server):
    with pytest.raises(SourceError):
        ask(client, "What?", "no-such-file.png")
    assert server.requests == []


def test_a_missing_model_is_told_before_anything_is_sent(server):
    with pytest.raises(ModelError, match=r"model=.*VLM_MODEL.*client\.models\(\)"):
        ask(Client(server.base_url))
    assert server.requests == []


def test_an_unknown_detail_is_refused(client):
    with pytest.raises(ModelError, match="low, high, auto"):
        ask(client, detail="medium")
    with pytest.raises(ModelError, match="low, high, auto"):
        Client(detail="medium")


def test_comparing_takes_two_pictures(client):
    with pytest.raises(VlmError, match="two or more"):
        client.compare(RED)


def test_the_ready_tasks_ask_in_the_language_wanted(client, server):
    client.describe(RED, language="zh", show=False)
    client.compare(RED, BLUE, show=False)
    assert "描述" in said(server.requests[0])[-1]
    assert "Compare" in said(server.requests[1])[-1]


# --------------------------------------------------------------------------- trouble


def test_a_partial_answer_is_on_the_error_and_in_last(client, server):
    server.says(Reply(pieces=(HALF, RESET), pause_s=0.05, chunked=True))
    with pytest.raises(StreamError) as caught:
        ask(client)
    assert caught.value.answer.text == "Half"
    assert client.last is caught.value.answer
    assert client.last.finish_reason == "error"


def test_after_an_error_the_client_works(client, server):
    server.says(Reply(HALF), Reply(answer("Again.")))
    with pytest.raises(StreamError):
        ask(client)
    assert ask(client).text == "Again."


def test_a_partial_answer_is_printed_before_the_error(client, server, capsys):
    server.says(Reply(HALF))
    with pytest.raises(StreamError):
        client.ask("Hello?")
    assert "Half" in capsys.readouterr().out


def test_a_refused_port_is_a_connect_error():
    with running() as gone:
        url = gone.base_url
    with pytest.raises(ConnectError, match="check the base URL"):
        ask(Client(url, model="m", max_retries=0))


def test_silence_is_given_up_after_the_timeout(server):
    server.says(Reply(pieces=(HALF,), held=True))
    with pytest.raises(StreamError, match="timeout_s") as caught:
        ask(Client(server.base_url, model="m", timeout_s=0.2))
    assert caught.value.answer.text == "Half"


def test_a_redirect_takes_neither_key_nor_picture_elsewhere(client, server):
    with running() as elsewhere:
        location = f"{elsewhere.base_url}/chat/completions"
        server.says(Reply(b"", 307, headers={"location": location}))
        with pytest.raises(StatusError, match="base_url"):
            ask(client, "What?", RED)
        assert elsewhere.requests == []


def test_max_retries_is_what_the_client_was_given(server):
    server.says(refusal(503, "busy", retry_after="0"))
    with pytest.raises(StatusError):
        ask(Client(server.base_url, model="m", max_retries=1))
    assert len(server.requests) == 2


# --------------------------------------------------------------------------- stop


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


# --------------------------------------------------------------------------- configuration


def test_without_configuration_the_embedded_model_is_asked():
    client = Client()
    assert client.is_embedded
    assert client.model == "embedded"
    assert repr(client) == "Client(model='embedded', offline)"


def test_the_environment_configures(server, monkeypatch):
    monkeypatch.setenv("VLM_BASE_URL", server.base_url)
    monkeypatch.setenv("VLM_API_KEY", KEY)
    monkeypatch.setenv("VLM_MODEL", "from/environment")
    assert vlm.ask("Hello?", show=False).model == "from/environment"
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"
    assert server.requests[0]["model"] == "from/environment"


def test_arguments_come_before_the_environment(server, monkeypatch):
    monkeypatch.setenv("VLM_BASE_URL", "http://127.0.0.1:1/v1")
    monkeypatch.setenv("VLM_MODEL", "from/environment")
    assert ask(Client(server.base_url, KEY, model="argument")).model == "argument"


def test_a_server_without_a_key_gets_none_of_anybody(server, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    ask(Client(server.base_url, model="m"))
    assert KEY not in json.dumps(server.headers)


def test_connect_replaces_the_client_of_the_functions(server):
    connected = vlm.connect(server.base_url, model="m")
    assert vlm.default_client() is connected
    assert vlm.ask("Hello?", show=False).text == "Hello there."
    assert connected.last.text == "Hello there."


def test_a_client_of_ones_own_for_proxies_is_used(server):
    import httpx2

    seen = []

    async def note(request):
        seen.append(str(request.url))

    own = httpx2.AsyncClient(event_hooks={"request": [note]})
    asked = Client(server.base_url, model="m", http_client=own)
    assert ask(asked).text == "Hello there."
    assert seen == [f"{server.base_url}/chat/completions"]
    engine().submit(own.aclose()).result(5)


# --------------------------------------------------------------------------- models


MIXED = [
    {"id": "a/yes", "features": ["vision"]},
    {"id": "b/no-vl", "features": ["chat"]},
    {"id": "c/guess-vl"},
    {"id": "d/unknown"},
]


@pytest.mark.parametrize("payload", [{"data": MIXED}, {"models": MIXED}, MIXED])
def test_models_with_vision_are_listed_and_the_rest_on_request(client, server, payload):
    server.models = payload
    assert [card.id for card in client.models()] == ["a/yes", "c/guess-vl"]
    listed = client.models(vision_only=False)
    assert [card.vision for card in listed] == [True, False, None, None]


def test_where_nothing_is_known_the_unknown_are_listed(client, server):
    server.models = {"data": [{"id": "my-model"}, {"id": "plain", "features": []}]}
    assert [card.id for card in client.models()] == ["my-model"]


def test_the_list_of_models_is_kept_until_it_is_to_be_read_again(client, server):
    assert [card.id for card in client.models()] == ["some/model-vl"]
    server.models = {"data": []}
    assert [card.id for card in client.models()] == ["some/model-vl"]
    assert client.models(refresh=True) == []


def test_a_model_that_is_not_listed_answers_all_the_same(client, server):
    assert "not/listed" not in {card.id for card in client.models(vision_only=False)}
    assert ask(client, model="not/listed").text == "Hello there."
    assert server.requests[0]["model"] == "not/listed"


def test_four_hundred_models_are_listed(client, server):
    entries = [{"id": f"maker/model-{at}", "features": ["vision"] * (at % 2)} for at in range(400)]
    server.models = {"data": entries}
    assert len(client.models()) == 200
    assert len(client.models(vision_only=False)) == 400


# --------------------------------------------------------------------------- secrets


def chain(error):
    """An error and all that hangs on it."""
    seen, stack = {}, [error]
    while stack:
        one = stack.pop()
        if one is not None and id(one) not in seen:
            seen[id(one)] = one
            stack += [one.__cause__, one.__context__]
    return seen.values()


TROUBLE = {
    "echo": refusal(401, f"Incorrect API key provided: {KEY}"),
    "echo in a stream": Reply(events(chunk("Half"), json.dumps({"error": f"key {KEY}"}))),
    "echoed request": refusal(400, "see data:image/png;base64," + "QUJD" * 200),
    "reset": Reply(pieces=(HALF, RESET), pause_s=0.05, chunked=True),
}


@pytest.mark.parametrize("name", TROUBLE)
def test_neither_key_nor_picture_is_shown_when_it_fails(client, server, name):
    server.says(TROUBLE[name])
    with pytest.raises(EndpointError) as caught:
        ask(client, "What?", RED)
    data = server.requests[0]["messages"][0]["content"][0]["image_url"]["url"].partition(",")[2]
    partial = caught.value.answer
    shown = [
        *(str(one) for one in chain(caught.value)),
        *(repr(one) for one in chain(caught.value)),
        *traceback.format_exception(caught.value),
        repr(partial),
        json.dumps(partial.messages),
        json.dumps(partial.to_dict()),
        partial.card().plain(),
        partial.card().markdown(),
    ]
    for secret in (KEY, data[:50], "QUJDQUJDQUJD"):
        assert not [text for text in shown if secret in text]
    assert KEY.encode() not in pickle.dumps(caught.value)
    assert KEY.encode() not in pickle.dumps(partial)
    assert KEY not in partial.card().html()


def test_a_client_shows_no_key_and_is_not_pickled(server):
    secret = Client(server.base_url.replace("http://", "http://me:hidden-word@"), KEY, model="m")
    ask(secret)
    assert KEY not in repr(secret)
    assert "hidden-word" not in repr(secret)
    assert repr(secret) == f"Client(model='m', '{server.base_url}')"
    with pytest.raises(VlmError, match="not pickled"):
        pickle.dumps(secret)


def test_a_key_with_its_newline_is_cleaned_and_an_odd_one_refused(server):
    ask(Client(server.base_url, f"{KEY}\n", model="m"))
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"
    with pytest.raises(AuthError) as caught:
        Client(server.base_url, f"{KEY}\nsecond line", model="m")
    assert KEY not in "".join(traceback.format_exception(caught.value))


# --------------------------------------------------------------------------- the embedded model


def test_the_embedded_model_measures_and_counts_its_words(embedded):
    told = ask(embedded, "What size is it?", RED)
    assert "64" in told.text
    assert told.finish_reason == "stop"
    assert not told.usage.estimated
    assert told.usage.completion_tokens > 0
    assert told.usage.image_tokens == 0


@pytest.fixture(scope="module")
def embedded():
    return Client(model="embedded")


def test_the_embedded_model_describes_a_sample(embedded):
    told = embedded.describe(samples.path("cat"), show=False)
    assert "cat" in told.text.lower()
    assert told.finish_reason == "stop"


def test_the_embedded_model_says_the_same_each_time(embedded):
    first, second = (ask(embedded, "Which colours?", RED) for _ in range(2))
    assert first == second
    assert "red" in first.text.lower()


def test_the_embedded_model_follows_up(embedded):
    first = ask(embedded, "What size is it?", RED)
    assert "red" in first.ask("Which colours?", show=False).text.lower()


def test_another_model_without_an_endpoint_is_refused_with_the_remedy(embedded):
    with pytest.raises(StatusError, match=r"vlm\.connect\(base_url, api_key\)") as caught:
        ask(embedded, model="gpt-4o")
    assert caught.value.status == 404
    assert "the embedded model" in str(caught.value)


def test_the_embedded_model_is_in_its_own_list(embedded):
    assert [(card.id, card.vision) for card in embedded.models()] == [("embedded", True)]


def test_the_embedded_model_can_be_stopped(embedded):
    arrived = threading.Event()
    question = embedded.question("What size is it?", RED, pace=1)
    submission = embedded.start(question, lambda _: arrived.set())
    assert arrived.wait(10)
    submission.cancel()
    assert submission.result(5).finish_reason == "cancelled"


def test_only_the_embedded_model_is_sent_a_pace(server):
    client = Client(server.base_url, "k", model="m")
    assert client.question("Hi", pace=20).request.options == ()
    assert Client(model="embedded").question("Hi", pace=20).request.options == (("pace", 20),)
