from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, features

from vlm_notebook.images.sniff import PICTURES, refusal, sniff


def encoded(name, **options):
    file = io.BytesIO()
    Image.new("RGB", (24, 16), (200, 40, 40)).save(file, format=name, **options)
    return file.getvalue()


@pytest.mark.parametrize("name", sorted(PICTURES))
def test_what_pillow_writes_is_known_by_its_first_bytes(name):
    if name == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow was built without AVIF")
    assert sniff(encoded(name)) == name


@pytest.mark.parametrize("name", sorted(PICTURES))
def test_every_allowed_kind_carries_the_name_pillow_opens_it_by(name):
    Image.init()
    assert name in Image.OPEN


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\x00\x00\x00\x20ftypavif\x00\x00\x00\x00avifmif1miafMA1B", "AVIF"),
        (b"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1avifmiaf", "AVIF"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "HEIF"),
        (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00isommp42", "VIDEO"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01", "VIDEO"),
        (b"RIFF\x24\x00\x00\x00AVI LIST", "VIDEO"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", None),
        (b"\xff\x0a\xfa\x7f", "JXL"),
        (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "JXL"),
        (b"\xff\x4f\xff\x51\x00\x2f", "JPEG2000"),
        (b"MM\x00+\x00\x08\x00\x00", "TIFF"),
        (b"P6 2 2 255 ", "PPM"),
        (b"P3\n# made by hand\n1 1 255 0 0 0", "PPM"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "PDF"),
        (b"\x00\x01junk\x00%PDF-1.4", "PDF"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "EPS"),
        (b"\xc5\xd0\xd3\xc6\x1e\x00\x00\x00", "EPS"),
        (b"PK\x03\x04\x14\x00", "ZIP"),
        (b"Rar!\x1a\x07\x01\x00", "ZIP"),
        (b"\x1f\x8b\x08\x00", "GZIP"),
        (b"8BPS\x00\x01", "PSD"),
        (b"\x93NUMPY\x01\x00", "NUMPY"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "LFS"),
        (b"iVBORw0KGgoAAAANSUhEUgAA", "BASE64"),
        (b"data:image/png;base64,iVBORw0KGgo", "BASE64"),
    ],
)
def test_a_signature_is_known(data, kind):
    assert sniff(data) == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("<!DOCTYPE html><html><body>Sign in", "HTML"),
        ("\ufeff \r\n<!-- cached --><HTML lang=en>", "HTML"),
        ("<?xml version='1.0'?><!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0//EN'>", "HTML"),
        ("<script>location='/login'</script>", "HTML"),
        ("<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        ("<?xml version='1.0'?>\n<!-- drawn by hand -->\n<!DOCTYPE svg><svg/>", "SVG"),
        ("<svg:svg xmlns:svg='http://www.w3.org/2000/svg'/>", "SVG"),
        ("<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "XML"),
        ('{"error": "not found"}', "JSON"),
        ('[{"id": 1}]', "JSON"),
        ("[draft] minutes of the meeting", "TEXT"),
        ("BMW and MMS are no pictures", "TEXT"),
        ("数据不是图片", "TEXT"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_text_is_told_by_how_it_begins_in_utf_8_and_in_utf_16(text, kind, encoding):
    assert sniff(text.encode(encoding)) == kind


def test_a_page_in_another_encoding_is_still_a_page():
    assert sniff("<html><title>Zugang für Gäste</title>".encode("latin-1")) == "HTML"


def test_a_long_text_cut_inside_a_character_is_text():
    assert sniff("".join(["a", "é" * 4000]).encode()) == "TEXT"


def test_nothing_and_noise_are_of_no_kind():
    assert sniff(b"") is None
    assert sniff(b"\x7fELF\x00\x01\x02") is None
    assert sniff(b"\x80\x04\x95\x1d\x00\x00\x00") is None


def test_a_picture_with_a_page_or_an_archive_inside_stays_a_picture():
    jpeg = encoded("JPEG", comment=b"<html><script>alert(1)</script>")
    assert sniff(jpeg + b"PK\x03\x04") == "JPEG"


@given(st.binary(max_size=200))
def test_any_bytes_give_a_kind_or_none_and_a_wording(data):
    assert "picture" in refusal(None)
    assert refusal(sniff(data))


@given(st.sampled_from(sorted(PICTURES)), st.binary(max_size=50))
def test_what_follows_the_first_bytes_does_not_matter(name, tail):
    data = encoded(name) if name != "AVIF" else b"\x00\x00\x00\x14ftypavif\x00\x00\x00\x00avif"
    assert sniff(data + tail) == sniff(data)


@pytest.mark.parametrize("kind", ["HTML", "PDF", "SVG", "HEIF", "ZIP", "BASE64", None])
def test_a_refusal_says_what_it_is_and_what_to_do(kind):
    assert refusal(kind).startswith("is ")
    assert ": " in refusal(kind)
