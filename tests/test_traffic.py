"""What an answer costs on the wire from the kernel to the browser."""

import kernel
import pytest
from model_server import Reply, chunk, events

WORDS = ("light", "shadow", "the", "stone", "tower", "with", "a", "green", "window", "and")
SETUP = "import openai, anywidget, vlm_notebook.view.live"


def tokens(count):
    """A text in paragraphs of sixty words, which come one by one, about five bytes each."""
    return [
        WORDS[i * i % 97 % len(WORDS)] + (".\n\n" if i % 60 == 59 else " ") for i in range(count)
    ]


def stream(count, pause_s):
    pieces = [events(chunk(word), done=False) for word in tokens(count)]
    end = events(chunk(finish="stop"))
    if pause_s:
        return Reply(pieces=(*pieces, end), pause_s=pause_s)
    return Reply(b"".join([*pieces, end]))


def asked(ipykernel, server, reply):
    """Return the bytes of all but the final card, and those of the growth alone."""
    server.says(reply)
    sent = ipykernel.run("answer = client.ask('hi')")
    assert kernel.texts(sent) == ""
    growth = sum(message.size for message in sent if message.method == "custom")
    beyond = sum(message.size for message in sent if message.kind != "update_display_data")
    return beyond, growth


def test_an_answer_at_100_tokens_a_second_costs_at_most_100_bytes_a_token(ipykernel, module_server):
    short, _ = asked(ipykernel, module_server, stream(250, 0.01))
    long, growth = asked(ipykernel, module_server, stream(1_000, 0.01))
    assert long / 1_000 <= 100
    assert long <= 4 * short
    assert growth > sum(map(len, tokens(1_000)))


@pytest.mark.parametrize("text", ["prose", "code"])
def test_an_answer_that_comes_at_once_costs_a_small_multiple_of_its_text(
    ipykernel, module_server, text
):
    body = "".join(tokens(8_000)) if text == "prose" else "```\n" + "x = 1\n" * 6_000 + "```\n"
    pieces = [events(chunk(body[i : i + 4]), done=False) for i in range(0, len(body), 4)]
    reply = Reply(b"".join([*pieces, events(chunk(finish="stop"))]))
    _, growth = asked(ipykernel, module_server, reply)
    assert growth <= 3 * len(body)


def test_without_a_front_end_nothing_is_sent_but_the_card(ipykernel, module_server):
    module_server.says(stream(500, 0))
    sent = ipykernel.run("answer = client.ask('hi')", live=False)
    assert [m.kind for m in sent] == ["status", "execute_input", "display_data", "status"]


def test_the_picture_is_not_sent_again_while_the_answer_grows(ipykernel, module_server):
    module_server.says(stream(300, 0.01))
    sent = ipykernel.run("answer = client.ask('hi', vlm.samples.path('cat'))")
    with_picture = [m.kind for m in sent if "base64" in str(m.content)]
    assert with_picture == ["comm_open", "update_display_data"]
