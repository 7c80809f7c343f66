import pytest

from vlm_notebook.errors import SourceError
from vlm_notebook.images.source import MAX_FILE_BYTES
from vlm_notebook.widgets import upload
from vlm_notebook.widgets.upload import MAX_PIECE_BYTES, Uploads


@pytest.fixture
def uploads():
    return Uploads()


def test_pieces_become_the_file_again(uploads):
    assert uploads.take("a", "a.png", 0, 3, b"on") is None
    assert uploads.take("b", "b.png", 0, 1, b"other") == b"other"
    assert uploads.take("a", "a.png", 1, 3, b"e ") is None
    assert uploads.take("a", "a.png", 2, 3, b"file") == b"one file"
    assert len(uploads) == 0


def test_a_piece_that_comes_twice_counts_once(uploads):
    for _ in range(2):
        assert uploads.take("a", "a.png", 0, 2, b"one ") is None
    assert uploads.take("a", "a.png", 1, 2, b"file") == b"one file"


@pytest.mark.parametrize(("number", "count"), [(2, 3), (-1, 3), (1, 4), (1, 0)])
def test_a_missing_piece_drops_the_upload_and_names_the_file(uploads, number, count):
    uploads.take("a", "a.png", 0, 3, b"one")
    with pytest.raises(SourceError, match=r"a\.png"):
        uploads.take("a", "a.png", number, count, b"two")
    assert len(uploads) == 0


def test_what_was_dropped_does_not_go_on(uploads):
    uploads.take("a", "a.png", 0, 3, b"one")
    uploads.drop("a")
    uploads.drop("never begun")
    with pytest.raises(SourceError, match="send it again"):
        uploads.take("a", "a.png", 1, 3, b"two")


def test_a_piece_over_the_limit_is_refused(uploads):
    with pytest.raises(SourceError, match="200 MB"):
        uploads.take("a", "a.png", 0, 2, bytes(MAX_PIECE_BYTES + 1))


def test_a_file_over_the_limit_is_refused(uploads, monkeypatch):
    monkeypatch.setattr(upload, "MAX_FILE_BYTES", 5)
    uploads.take("a", "a.png", 0, 3, b"123")
    with pytest.raises(SourceError, match=r"a\.png"):
        uploads.take("a", "a.png", 1, 3, b"456")


def test_all_unfinished_uploads_together_have_a_limit(uploads, monkeypatch):
    monkeypatch.setattr(upload, "MAX_WAITING_BYTES", 5)
    uploads.take("a", "a.png", 0, 2, b"123")
    with pytest.raises(SourceError, match=r"b\.png"):
        uploads.take("b", "b.png", 0, 2, b"456")
    assert uploads.take("a", "a.png", 1, 2, b"4") == b"1234"


def test_an_upload_whose_page_is_gone_is_dropped_after_a_while(uploads, monkeypatch):
    uploads.take("a", "a.png", 0, 2, b"123")
    monkeypatch.setattr(upload, "_IDLE_S", -1.0)
    assert uploads.take("b", "b.png", 0, 1, b"4") == b"4"
    assert len(uploads) == 0


def test_a_piece_is_far_below_what_a_message_may_hold():
    assert MAX_PIECE_BYTES <= 4 * 2**20
    assert MAX_FILE_BYTES == 200_000_000
