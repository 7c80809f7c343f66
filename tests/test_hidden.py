from __future__ import annotations

import base64
import random
import string
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlm_notebook.chat.hidden import RUN, scrub

KEY = "planted-Kq7/Zx93+Wm5vTj2LdR8"
ALPHABET = string.ascii_letters + string.digits + "+/=_-.~"
FORMS = {
    "whole": KEY,
    "upper": KEY.upper(),
    "backwards": KEY[::-1],
    "beginning": KEY[:12],
    "end": KEY[-12:],
    "percent": quote(KEY, safe=""),
    "percent in small letters": quote(KEY, safe="").lower(),
    "hexadecimal": KEY.encode().hex(),
    "invisible": "\u200b".join(KEY),
    "colored": f"{KEY[:9]}\x1b[1m{KEY[9:]}",
    **{f"base64 behind {n}": base64.b64encode(b"x" * n + KEY.encode()).decode() for n in range(4)},
    "base64 for addresses": base64.urlsafe_b64encode(b"u:" + KEY.encode()).decode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_key_is_not_shown_in_any_form(form):
    shown = scrub(f"bad key {FORMS[form]} sent", (KEY,), 200)
    lowered = FORMS[form].lower().replace("\u200b", "")
    assert not [at for at in range(len(lowered) - RUN + 1) if lowered[at : at + RUN] in shown]
    assert shown.startswith("bad key")
    assert shown.endswith("sent")


@given(st.text(ALPHABET, min_size=RUN, max_size=80), st.text(max_size=30), st.text(max_size=30))
def test_no_piece_of_any_key_is_shown(key, before, behind):
    shown = scrub(f"{before} {key} {behind}", (key,), 300)
    assert key not in shown.replace("[key]", "").replace("[data]", "")


@given(st.text(max_size=400), st.integers(20, 300))
def test_any_words_become_one_clean_line(text, most):
    shown = scrub(text, (KEY,), most)
    assert len(shown) <= most
    assert "\n" not in shown
    assert "\x1b" not in shown
    assert scrub(shown, (KEY,), most) == shown


@pytest.mark.parametrize("size", [40, 60, 100, 5000])
def test_base64_is_not_shown(size):
    coded = base64.b64encode(random.Random(size).randbytes(size)).decode()
    assert scrub(f"bad {coded} end", (), 200) == "bad [data] end"
    assert "base64" not in scrub(f"bad data:image/png;base64,{coded[:30]} end", (), 200)


@pytest.mark.parametrize(
    "name",
    [
        "accounts/fireworks/models/llama4-maverick-instruct-basic",
        "meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8",
        "req_011CSHoEeqs5C35K2UUqR7Fy",
        "550e8400-e29b-41d4-a716-446655440000",
        "max_tokens < 8192 and > 5",
    ],
)
def test_names_and_numbers_stay_readable(name):
    assert scrub(f"no {name} here", (KEY,), 200) == f"no {name} here"


def test_pages_and_tags_go():
    assert scrub("bad <b>thing</b> <img src=x onerror='a", (), 99) == "bad thing"
    assert scrub("bad <html><style>p {}</style>", (), 99) == "bad a web page"


def test_a_stand_in_for_a_key_hides_nothing():
    assert scrub("xylophone no", ("x", "no"), 99) == "xylophone no"
