from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlm_notebook.errors import SourceError
from vlm_notebook.images.dataurl import MAX_BYTES, parse
from vlm_notebook.images.sniff import sniff

ROWS = json.loads((Path(__file__).parent / "data" / "data_urls.json").read_text("utf-8"))
PNG_START = b"\x89PNG\r\n\x1a\n"
OVERSIZED = "data:image/png;base64," + "A" * 40_000_000
REASONS = {
    "bad alphabet": "bad base64",
    "cut base64": "bad base64",
    "junk in the middle": "bad base64",
    "empty": "no data",
    "bare": "no data",
    "comma missing": "malformed",
    "SVG": "SVG",
    "SVG percent-encoded": "SVG",
    "HTML percent-encoded": "web page",
    "base64 twice": "base64 text",
    "PDF": "PDF",
    "40 MB data URL": "over the byte limit",
    "bare base64 without data:": "put 'data:image/png;base64,' before it",
    "zero-width space inside": "bad base64",
}


def of(expect):
    rows = [row for row in ROWS if row["expect"] == expect]
    return pytest.mark.parametrize("row", rows, ids=[row["kind"] for row in rows])


@of("accept")
def test_a_good_data_url_gives_the_bytes_of_the_same_picture(row):
    data = parse(row["url"])[1]
    assert sniff(data) == ("JPEG" if "JPEG" in row["kind"] else "PNG")
    assert len(data) == (768 if "JPEG" in row["kind"] else 238)


@of("reject")
def test_a_bad_data_url_is_refused_with_its_reason_in_one_line_without_its_data(row):
    with pytest.raises(SourceError, match=REASONS[row["kind"]]) as refused:
        parse(row.get("url", OVERSIZED))
    assert "\n" not in str(refused.value)
    assert "AAAGAAAABA" not in str(refused.value)


def test_the_type_is_given_as_written_in_lower_case_and_empty_when_it_is_missing():
    coded = base64.b64encode(PNG_START).decode()
    assert parse(f"DATA:IMAGE/PNG;BASE64,{coded}")[0] == "image/png"
    assert parse(f"data:image/jpeg;name=a.png;base64,{coded}")[0] == "image/jpeg"
    assert parse(f"data:;base64,{coded}")[0] == ""


def test_the_limit_counts_decoded_bytes():
    url = "data:image/png;base64," + base64.b64encode(PNG_START + bytes(92)).decode()
    assert len(parse(url, max_bytes=100)[1]) == 100
    with pytest.raises(SourceError, match="over the byte limit"):
        parse(url, max_bytes=99)
    assert MAX_BYTES < 40_000_000


@given(st.binary(max_size=400), st.booleans(), st.booleans(), st.integers(1, 80))
def test_whatever_was_encoded_comes_back(tail, urlsafe, padded, width):
    data = PNG_START + tail
    text = (base64.urlsafe_b64encode if urlsafe else base64.b64encode)(data).decode()
    text = text if padded else text.rstrip("=")
    lines = "\r\n".join(text[at : at + width] for at in range(0, len(text), width))
    assert parse(f"data:image/png;base64,{lines}", max_bytes=10_000) == ("image/png", data)


@given(st.binary(max_size=400))
def test_bytes_written_in_percent_come_back(tail):
    data = PNG_START + tail
    assert parse("data:image/png," + quote_from_bytes(data)) == ("image/png", data)


@given(st.text(max_size=60))
def test_any_other_text_is_refused_by_our_own_error(text):
    with pytest.raises(SourceError):
        parse(text)
    with pytest.raises(SourceError):
        parse("data:" + text)


@pytest.mark.parametrize(
    "url", ["data:image/png,\ud800", "data:image/png;base64,iVBOR\ud800w0KGgo"]
)
def test_half_a_character_is_no_data(url):
    with pytest.raises(SourceError):
        parse(url)
