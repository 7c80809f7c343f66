from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from PIL import Image

from vlm_notebook.errors import SourceError
from vlm_notebook.images import source
from vlm_notebook.images.source import load

SIZE = (96, 64)


def png():
    file = io.BytesIO()
    Image.new("RGB", SIZE, (200, 30, 30)).save(file, "PNG")
    return file.getvalue()


PNG = png()


class Endless(io.RawIOBase):
    def readable(self):
        return True

    def readinto(self, buffer):
        return len(buffer)


class Reader:
    """What has a `read` and nothing else."""

    def __init__(self, answer):
        self.answer = answer

    def read(self, _=-1):
        return self.answer


def test_a_stream_that_never_ends_is_refused(monkeypatch):
    monkeypatch.setattr(source, "MAX_FILE_BYTES", 1000)
    with pytest.raises(SourceError, match="over the limit"):
        load(io.BufferedReader(Endless()))


def test_an_open_device_is_not_read():
    with Path("/dev/zero").open("rb") as endless:
        with pytest.raises(SourceError, match="not a regular file"):
            load(endless)
        assert endless.tell() == 0


def test_an_open_file_over_the_limit_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(source, "MAX_FILE_BYTES", 10)
    (tmp_path / "large.png").write_bytes(PNG)
    with (tmp_path / "large.png").open("rb") as large:
        with pytest.raises(SourceError, match=r"'large\.png' has 0 MB, over the limit"):
            load(large)
        assert large.tell() == 0


def test_a_pipe_is_read_from_where_it_stands():
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as pipe:
        with os.fdopen(writing, "wb") as end:
            end.write(PNG)
        assert load(pipe).size == SIZE


def test_a_closed_stream_is_refused():
    stream = io.BytesIO(PNG)
    stream.close()
    with pytest.raises(SourceError, match="the stream cannot be read"):
        load(stream)


def test_a_reader_of_bytes_is_enough():
    assert load(Reader(PNG)).size == load(Reader(bytearray(PNG))).size == SIZE


@pytest.mark.parametrize("answer", ["text", None, 5])
def test_what_reads_no_bytes_is_refused(answer):
    with pytest.raises(SourceError, match="not bytes"):
        load(Reader(answer))


def test_released_memory_is_refused():
    view = memoryview(bytearray(PNG))
    view.release()
    with pytest.raises(SourceError, match="memoryview"):
        load(view)
