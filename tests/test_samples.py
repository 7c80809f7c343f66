"""The pictures that ship with the package."""

from __future__ import annotations

import doctest
import re

import pytest
from PIL import Image, ImageChops

from vlm_notebook.errors import SourceError
from vlm_notebook.images import samples

ALL_BYTES = 1_300_000
ONE_BYTES = 250_000
SIDE_PX = 1600
NOTICE = (samples.FOLDER / "NOTICE.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", samples.names())
def test_every_sample_decodes_in_full_and_is_in_color_within_the_limits(name):
    file = samples.path(name)
    with Image.open(file, formats=["JPEG", "PNG"]) as picture:
        picture.load()
        assert picture.mode in {"RGB", "P"}
        assert 300 <= min(picture.size) <= max(picture.size) <= SIDE_PX
    assert file.stat().st_size <= ONE_BYTES


@pytest.mark.parametrize("name", samples.names())
def test_no_sample_carries_metadata(name):
    with Image.open(samples.path(name)) as picture:
        picture.load()
        assert not picture.getexif()
        assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_the_folder_holds_the_samples_and_their_notice_and_nothing_else():
    there = {file.name for file in samples.FOLDER.iterdir()}
    assert there == {samples.path(name).name for name in samples.names()} | {"NOTICE.md"}
    assert sum(file.stat().st_size for file in samples.FOLDER.iterdir()) <= ALL_BYTES


@pytest.mark.parametrize("name", samples.names())
def test_the_notice_has_a_row_for_every_sample_with_author_and_licence(name):
    (row,) = re.findall(rf"^\| `{re.escape(samples.path(name).name)}` \|.*$", NOTICE, re.MULTILINE)
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert len(cells) == 5
    assert all(cells)
    for licence in re.findall(r"CC0|CC BY 2\.0|public domain|MIT", samples.credit(name)):
        assert licence in row
    for author in re.findall(
        r"danielbuechele|vultilion|Walt|Michetti|SpaceX", samples.credit(name)
    ):
        assert author in row or "cat.jpg" in row


@pytest.mark.parametrize("name", samples.names())
def test_a_credit_is_one_line_that_names_a_licence(name):
    credit = samples.credit(name)
    assert "\n" not in credit
    assert re.search(r"CC0|CC BY 2\.0|public domain|MIT", credit)


@pytest.mark.parametrize("ask", [samples.path, samples.credit])
def test_an_unknown_name_is_refused_with_every_name_there_is(ask):
    with pytest.raises(SourceError) as refusal:
        ask("no such picture " * 30)
    assert all(name in str(refusal.value) for name in samples.names())


@pytest.mark.parametrize("name", ["../pictures/NOTICE", "NOTICE.md", "", "cat.jpg", "CAT"])
def test_only_names_open_files(name):
    with pytest.raises(SourceError, match="no sample picture"):
        samples.path(name)


def test_a_misspelt_name_is_answered_with_the_nearest():
    with pytest.raises(SourceError, match="did you mean 'screenshot'"):
        samples.path("screenshots")


def test_before_and_after_are_the_same_board_but_for_a_few_places():
    with (
        Image.open(samples.path("before")) as before,
        Image.open(samples.path("after")) as after,
    ):
        difference = ImageChops.difference(before.convert("L"), after.convert("L"))
    shares = difference.point(lambda value: 255 * (value > 40)).resize((1, 1), Image.Resampling.BOX)
    assert difference.crop((0, 0, 470, 840)).getextrema()[1] <= 40
    assert 0.02 < shares.getpixel((0, 0)) / 255 < 0.25


def test_the_examples_in_the_docstrings_are_true():
    result = doctest.testmod(samples)
    assert result.attempted >= 5
    assert result.failed == 0
