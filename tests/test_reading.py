from __future__ import annotations

import asyncio
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_server import answer, chunk, events

from vlm_notebook.chat import reading as readings
from vlm_notebook.chat.delta import Usage
from vlm_notebook.chat.reading import Reading
from vlm_notebook.chat.watch import Watch
from vlm_notebook.errors import StreamError

STOP = chunk(finish="stop")
ODD = "\ufeff\r\n: ping\r\n\r\n" + "".join(
    f"event: x\r\ndata: {data}\r\n\r\n"
    for data in (chunk("Bär\u2028"), json.dumps({"choices": [{"delta": {"content": "\ud83d"}}]}))
)
COMPLETION = {"choices": [{"message": {"content": "Größe 😀"}, "finish_reason": "stop"}]}
BODIES = {
    "events": answer("Die Größe 😀 zählt.", usage={"prompt_tokens": 1, "completion_tokens": 2}),
    "cr": answer("Die Größe 😀 zählt.").replace(b"\n", b"\r"),
    "odd": ODD.encode() + events(chunk("图"), STOP),
    "cut": events(chunk("Die 图"), chunk("x"), done=False)[:-30],
    "error": events(chunk("Die 图"), json.dumps({"error": "nein"})),
    "marked": b"\xef\xbb\xbf" + answer("Die 图"),
    "lines": "\n".join((chunk("Größe"), chunk("\u2028😀"), STOP)).encode(),
    "object": b"\xef\xbb\xbf \n" + json.dumps(COMPLETION, ensure_ascii=False, indent=1).encode(),
    "page": b"  <html>nein</html>",
    "text": "nicht möglich".encode(),
}


async def arriving(pieces):
    for piece in pieces:
        yield piece


def read(*pieces):
    """Return all that a reading makes of pieces: text, usage, completeness and error."""

    async def collect():
        made = Reading(host="h", secrets=(), watch=Watch("h", 60))
        text, usage, failed = "", None, ""
        try:
            async for batch in made.batches(arriving(pieces)):
                for delta in batch:
                    text, usage = text + delta.text, delta.usage or usage
        except StreamError as error:
            failed = str(error)
        return text, usage, made.complete, failed

    return asyncio.run(collect())


@settings(deadline=None)  # the machine may be busy
@given(st.sampled_from(sorted(BODIES)), st.lists(st.integers(0, 999), max_size=9))
def test_any_split_of_the_bytes_comes_to_the_same(name, cuts):
    body = BODIES[name]
    cuts = sorted(min(cut, len(body)) for cut in cuts)
    pieces = [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    single = [bytes([byte]) for byte in body]
    shown = read(body)
    if name == "text":  # an error quotes what had arrived
        assert read(*pieces)[:3] == read(*single)[:3] == shown[:3]
    else:
        assert read(*pieces) == read(*single) == shown


WORD = st.text() | st.sampled_from(["", "a", "\n", '"', "\\", "图", "😀", "\u2028", "\x7f"])
SAID = st.builds(
    lambda text, ascii_only, finish: json.dumps(
        {"id": "1", "choices": [{"delta": {"content": text}, "finish_reason": finish}], "x": "y"},
        ensure_ascii=ascii_only,
    ).encode("utf-8", "surrogatepass"),
    WORD | st.sampled_from(["\ud83d", "\ude00"]),
    st.booleans(),
    st.sampled_from([None, None, None, "stop"]),
)
RAW = st.binary(max_size=4).map(lambda middle: chunk("@").encode().replace(b"@", middle))
FRAME = st.sampled_from(["data: @\n\n"] * 4 + ["data:@\n\n", "data: @\r\n\r\n", "data: @\r\r"])
ODD_FRAME = st.sampled_from(["data: @ \n\n", ": x\ndata: @\n\n", "data: @\n", "\ndata: @\r\n\n"])


@settings(deadline=None)
@given(st.lists(st.tuples(SAID | RAW, FRAME | ODD_FRAME), max_size=12), st.booleans())
def test_events_that_come_together_say_what_they_say_byte_by_byte(said, usual):
    frames = ["data: @\n\n"] * len(said) if usual else [frame for _, frame in said]
    framed = zip(frames, (data for data, _ in said), strict=True)
    body = b"".join(f.encode().replace(b"@", data) for f, data in framed)
    single = [body[at : at + 1] for at in range(len(body))]
    assert read(body)[:3] == read(*single)[:3]


@settings(deadline=None)
@given(st.lists(WORD, min_size=1), st.booleans(), st.sampled_from(["\n\n", "\r\n\r\n"]))
def test_the_text_of_usual_events_is_what_was_sent(words, ascii_only, end):
    form = {"id": "1", "choices": [{"delta": {"content": "@"}, "finish_reason": None}]}
    head, tail = json.dumps(form).split('"@"')
    sent = [head + json.dumps(word, ensure_ascii=ascii_only) + tail for word in words]
    body = "".join(f"data: {data}{end}" for data in [*sent, "[DONE]"]).encode()
    assert read(body)[0] == "".join(words)


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_but_our_error(body):
    text, _, complete, failed = read(body)
    assert bool(failed) != complete
    assert text == "" or b"content" in body


@settings(deadline=None)
@given(st.data())
def test_an_answer_cut_anywhere_before_its_end_is_not_complete(data):
    body = events(chunk("Die Größe"), chunk(" zählt."), STOP)
    cut = data.draw(st.integers(0, body.index(b'"stop"')))
    text, _, complete, failed = read(body[:cut])
    assert "Die Größe zählt.".startswith(text)
    assert failed
    assert not complete


def test_the_choice_that_speaks_first_is_the_answer():
    said = [{"choices": [{"index": n, "delta": {"content": w}}]} for n, w in ((1, "a"), (0, "b"))]
    assert read(events(*map(json.dumps, said)))[0] == "a"


def test_a_last_chunk_that_repeats_the_answer_adds_nothing():
    last = {"choices": [{"message": {"content": "Hi there"}, "finish_reason": "stop"}]}
    assert read(events(chunk("Hi"), chunk(" there"), json.dumps(last)))[0] == "Hi there"


def test_text_behind_a_finish_wants_another_mark():
    body = events(chunk("Hi"), STOP, chunk(" there"), done=False)
    assert read(body)[2] is False
    assert read(body + events(STOP, done=False))[2] is True
    assert read(body + events())[0:3:2] == ("Hi there", True)


def test_usage_behind_the_finish_is_kept():
    assert read(BODIES["events"])[1] == Usage(1, 2)


@pytest.mark.parametrize("finish", ["error", "ERROR", "network_error"])
def test_a_finish_that_says_failure_completes_nothing(finish):
    assert read(events(chunk("Half"), chunk(finish=finish)))[2] is False


def test_an_event_of_more_parts_than_any_has_is_not_parsed(monkeypatch):
    monkeypatch.setattr(readings, "_SMALL", 10)
    monkeypatch.setattr(readings, "MAX_PARTS", 50)
    many = json.dumps({"choices": [], "x": [0] * 60})
    assert "no part of an answer" in read(events(many))[3]
