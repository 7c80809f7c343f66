from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

import vlm_notebook as vlm
from vlm_notebook.errors import PrepareError, SourceError
from vlm_notebook.images.fit import pixels
from vlm_notebook.images.pages import pages
from vlm_notebook.images.prepare import prepare
from vlm_notebook.images.source import load

AWKWARD = Path(__file__).parent / "data" / "awkward"
SHEETS = [Image.new("RGB", (300, 200 + 10 * n), (40 * n, 0, 255 - 40 * n)) for n in range(5)]
PROBES = [
    (24, 16, 220, 30, 30),
    (72, 16, 30, 180, 60),
    (24, 48, 40, 60, 210),
    (72, 48, 235, 215, 40),
]


def saved(kind, count=5):
    file = io.BytesIO()
    SHEETS[0].save(file, kind, save_all=True, append_images=SHEETS[1:count])
    return file.getvalue()


def near(one, other, tolerance=6):
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) <= tolerance


def test_pages_is_a_public_name():
    assert vlm.pages is pages


def test_each_page_of_a_tiff_has_its_own_size_and_pixels():
    found = pages(saved("TIFF"))
    assert [page.size for page in found] == [sheet.size for sheet in SHEETS]
    for page, sheet in zip(found, SHEETS, strict=True):
        assert prepare(page).to_pil().getpixel((150, 100)) == sheet.getpixel((0, 0))
    assert [page.origin for page in found][:2] == [
        "the byte string, page 1",
        "the byte string, page 2",
    ]


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_the_frames_of_an_animation_are_pages(kind):
    file = io.BytesIO()
    same = [sheet.resize((90, 60)) for sheet in SHEETS]
    same[0].save(file, kind, save_all=True, append_images=same[1:])
    found = pages(file.getvalue())
    assert [page.frame for page in found] == [0, 1, 2, 3, 4]
    assert all(
        near(pixels(page).getpixel((9, 9)), same[page.frame].getpixel((9, 9))) for page in found
    )


def test_one_picture_is_one_page_and_the_same_source():
    source = load(SHEETS[0])
    assert pages(source) == (source,)


def test_a_cut_says_how_many_pages_there_are_in_all():
    with pytest.warns(UserWarning, match="has 5 pages: only the first 2"):
        assert len(pages(saved("TIFF"), max_pages=2)) == 2
    assert len(pages(saved("TIFF"), max_pages=5)) == 5


@pytest.mark.parametrize("max_pages", [0, -1])
def test_no_pages_cannot_be_asked_for(max_pages):
    with pytest.raises(PrepareError, match="max_pages"):
        pages(SHEETS[0], max_pages=max_pages)


def test_what_is_no_picture_has_no_pages():
    with pytest.raises(SourceError, match="text"):
        pages(b"some words")


@pytest.mark.parametrize(
    ("file", "extra", "module"),
    [("pdf_one_page.pdf", "pdf", "pypdfium2"), ("heic_ok.heic", "heic", "pillow_heif")],
)
def test_without_the_extra_one_line_says_what_to_install(file, extra, module, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, module, None)
    for use in (load, pages, prepare):
        with pytest.raises(SourceError) as caught:
            use(AWKWARD / file)
        assert f'pip install "vlm-notebook[{extra}]"' in str(caught.value)
        assert file in str(caught.value)


def test_a_pdf_is_drawn_at_150_dpi():
    data = saved("PDF")  # Pillow writes 72 pixels an inch
    found = pages(data)
    assert [page.size[0] for page in found] == [625] * 5
    for page, sheet in zip(found, SHEETS, strict=True):
        assert pixels(page).size == page.size
        assert near(pixels(page).getpixel((300, 200)), sheet.getpixel((0, 0)))
    assert prepare(found[2], detail="low").steps[0] == "page 3 of 5"
    assert load(data, frame=4).at(0) == load(data)


def test_a_page_of_a_pdf_stays_within_the_limit():
    from vlm_notebook.images import document

    box = rb"MediaBox [ 0 0 300.0 200.0 ]"
    large = saved("PDF", 1).replace(box, box.replace(b"300.0 200.0", b"9999 9999"))
    width, height = load(large).size  # over 20,000 a side at 150 dpi
    assert 0.99 * document.MAX_PAGE_PIXELS < width * height < 1.01 * document.MAX_PAGE_PIXELS


@pytest.mark.parametrize("cut", [0.2, 0.6])
def test_a_damaged_pdf_is_refused(cut):
    data = saved("PDF")
    with pytest.raises(PrepareError, match="damaged or wants a password"):
        load(data[: int(len(data) * cut)])
    with pytest.raises(PrepareError, match="no page 7: it has 5"):
        load(data, frame=7)


def test_a_heic_photograph_is_read_without_telling_pillow():
    source = load(AWKWARD / "heic_ok.heic")
    assert (source.size, source.format) == ((96, 64), "HEIF")
    seen = pixels(source)
    assert all(near(seen.getpixel((x, y)), color) for x, y, *color in PROBES)
    assert "HEIF" not in Image.OPEN
    with pytest.raises(PrepareError, match="damaged"):
        prepare((AWKWARD / "heic_ok.heic").read_bytes()[:300])
