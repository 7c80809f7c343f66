"""Every shape of request that a client makes: each has the client ask a server on loopback."""

from __future__ import annotations

from dataclasses import replace

from model_server import Reply, answer, refusal
from PIL import Image

from vlm_notebook.chat.quirks import LADDER, TEXT_FIRST
from vlm_notebook.errors import VlmError
from vlm_notebook.images.prepare import prepare

RED, GREEN, BLUE = (Image.new("RGB", (64, 48), colour) for colour in ("red", "green", "blue"))
MODEL = "some/model-vl"
EVERY_OPTION = {
    "temperature": 0,
    "top_p": 0.5,
    "presence_penalty": 0,
    "frequency_penalty": 0,
    "seed": 1,
    "max_tokens": 9,
}


def asking(*images, **options):
    def ask(client, _):
        client.ask("What is it?", *images, show=False, **options)

    return ask


def follow_up(client, _):
    first = client.ask("What?", RED, show=False, system="Be brief.")
    first.ask("还有呢?", GREEN, show=False).ask("Sure?", show=False)


def forgetful(client, _):
    first = client.ask("What?", RED, GREEN, show=False, keep_images=1)
    first.ask("And this?", BLUE, show=False)


def linked(client, _):
    remote = replace(prepare(RED), url="https://pictures.example.org/red%20one.png")
    other = replace(prepare(GREEN), url="https://pictures.example.org/green.png")
    client.ask("What?", remote, other, inline=False, show=False)


def probe(client, server):
    server.says(refusal(422, "detail is not permitted"), Reply(answer("Four, green.")))
    client.probe(show=False)


def blind(client, server):
    server.says(refusal(400, "no pictures"), refusal(400, "no pictures"), Reply(answer("Green.")))
    client.probe(show=False)


def with_quirk(quirk):
    def ask(client, _):
        client._habits.learn(client.model, (quirk,))
        options = dict(EVERY_OPTION)
        if quirk.name == "max_completion_tokens":
            options["max_completion_tokens"] = options.pop("max_tokens")
        picture = replace(prepare(RED), url="https://pictures.example.org/red.png")
        client.ask("Which?", RED, picture, inline=False, system="Be brief.", show=False, **options)

    return ask


def whole_ladder(client, server):
    """One thing after another is refused, until a request remains that nothing can be said of."""
    words = [*("stream_options", "detail must be low or high", "detail", "png")]
    server.says(*(refusal(400, f"{word}: not supported") for word in words), Reply(answer("Red.")))
    try:
        client.ask("What is it?", RED, system="Be brief.", show=False)
    except VlmError as error:  # the requests are what counts, but a failed one would stop early
        raise AssertionError("the last step was refused") from error


SHAPES = {
    "words alone": asking(),
    "one picture": asking(RED),
    "three pictures": asking(RED, GREEN, BLUE),
    "the same picture twice": asking(RED, RED),
    "a system message": asking(RED, system="Be brief."),
    "a system message, words alone": asking(system="Be brief."),
    **{f"detail {level}": asking(RED, detail=level) for level in ("low", "high", "auto")},
    **{f"words, detail {level}": asking(detail=level) for level in ("low", "high", "auto")},
    "a montage": asking(RED, GREEN, montage=True),
    "a montage in Chinese": lambda client, _: client.ask(
        "这是什么?", RED, GREEN, montage=True, show=False
    ),
    "a description": lambda client, _: client.describe(RED, show=False),
    "a comparison": lambda client, _: client.compare(RED, BLUE, language="zh", show=False),
    "URLs": linked,
    "a conversation": follow_up,
    "a conversation that keeps one picture": forgetful,
    "options": asking(RED, **EVERY_OPTION, stop=["x"]),
    "JSON asked for": asking(RED, response_format={"type": "json_object"}),
    "an effort": asking(RED, reasoning_effort="low"),
    "stream options of one's own": asking(RED, stream_options={"include_usage": False}),
    "a probe": probe,
    "a probe of a blind model": blind,
    "the whole ladder": whole_ladder,
    **{f"without {quirk.name}": with_quirk(quirk) for quirk in (*LADDER, TEXT_FIRST)},
}

WRONG = {
    "a picture that is a string": {
        "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": "x"}]}]
    },
    "a picture without a URL": {
        "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]
    },
    "a level that is none": {
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "image_url", "image_url": {"url": "data:,x", "detail": "huge"}}
                ],
            }
        ]
    },
    "a part of no kind": {"messages": [{"role": "user", "content": [{"type": "picture"}]}]},
    "a role that is none": {"messages": [{"role": "nobody", "content": "x"}]},
    "a message without a role": {"messages": [{"content": "x"}]},
    "no list of messages": {"messages": "x"},
    "stream as a word": {"stream": "yes"},
    "a hot temperature": {"temperature": "hot"},
    "tokens as a word": {"max_tokens": "many"},
    "a field of nobody's": {"pace": 5},
}
"""What in the place of a good request's fields must be refused, or the check checks nothing."""
