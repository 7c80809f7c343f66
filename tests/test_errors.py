from __future__ import annotations

import base64
import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlm_notebook import errors
from vlm_notebook.errors import MAX_MESSAGE_CHARS, VlmError, one_line

TREE = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if kind.__module__ == errors.__name__
]
KEYS = [
    "sk-abcdefgh12345678",
    "sk_live_abcdefgh1234",
    "sk-proj-abc_DEF-123456789",
    "gsk_abcdefghijklmnop",
    "xai-abcdefghijklmnop",
    "hf_abcdefghijklmnopqrst",
    "AIza" + "b" * 35,
]


@given(st.text())
def test_any_text_becomes_one_printable_line(text):
    line = one_line(text)
    assert len(line) <= MAX_MESSAGE_CHARS
    assert len(line.splitlines()) <= 1
    assert line == line.strip()
    assert line.encode().decode() == line


@pytest.mark.parametrize("kind", TREE, ids=lambda kind: kind.__name__)
def test_every_error_is_one_line_and_one_of_ours(kind):
    error = kind("first\nsecond\x1b[31m\u2028third \u202e" + "long " * 200)
    assert issubclass(kind, VlmError)
    assert str(error).startswith("first second [31m third long long")
    assert len(str(error)) <= MAX_MESSAGE_CHARS
    assert str(error).endswith("…")


def test_the_drawn_tree_is_the_real_one():
    drawn = [line for line in errors.__doc__.splitlines() if "──" in line]
    names = {line.lstrip("│├└─ ").split()[0] for line in drawn} | {"VlmError"}
    assert names == {kind.__name__ for kind in TREE}
    for child, parent in [
        (errors.SourceError, errors.ImageError),
        (errors.PrepareError, errors.ImageError),
        (errors.ConnectError, errors.EndpointError),
        (errors.AuthError, errors.EndpointError),
        (errors.RateLimitError, errors.EndpointError),
        (errors.StatusError, errors.EndpointError),
        (errors.StreamError, errors.EndpointError),
        (errors.ImageError, VlmError),
        (errors.EndpointError, VlmError),
        (errors.ModelError, VlmError),
        (errors.BudgetError, VlmError),
    ]:
        assert child.__bases__ == (parent,)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("around", ["{}", "key {} refused", "Bearer {}.", "'{}'", "key={},"])
def test_what_is_shaped_like_a_key_never_stands_in_a_message(key, around):
    message = str(VlmError(around.format(key)))
    assert key not in message
    assert key[-8:] not in message
    assert "[key]" in message


@given(secret=st.text("0123456789", min_size=6), before=st.integers(0, 13_000))
def test_a_given_secret_is_gone_wherever_it_stands(secret, before):
    assert secret[:4] not in one_line(" " * before + secret, secrets=["", secret])


def test_base64_and_data_urls_are_left_out():
    payload = base64.b64encode(bytes(range(256)) * 4).decode()
    assert one_line(f"cannot read data:image/png;base64,{payload}!") == "cannot read [data]!"
    assert one_line(f"cannot read {payload}") == "cannot read [data]"


def test_a_web_page_becomes_its_text():
    page = "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head>\n<body><hr></body>"
    assert one_line(page) == "502 Bad Gateway"


def test_comparisons_are_no_tags():
    assert one_line("width < 5 and 7 > 3") == "width < 5 and 7 > 3"


def test_half_a_surrogate_pair_can_be_printed():
    assert one_line("caf\udce9 \ud83d").encode() == b"caf? ?"


def test_a_notebook_shows_the_line_and_no_traceback():
    assert errors.SourceError("no file")._render_traceback_() == ["SourceError: no file"]


def test_an_endpoint_error_carries_what_a_caller_needs():
    error = errors.StatusError("refused", status=422)
    assert (error.status, error.answer, error.retry_after_s) == (422, None, None)
    assert errors.StatusError("refused").status is None
