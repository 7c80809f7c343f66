from __future__ import annotations

import pytest

import vlm_notebook as vlm
from vlm_notebook import Client, load
from vlm_notebook.errors import SourceError
from vlm_notebook.widgets.recipe import Asked, recipe

SIGN = str(vlm.samples.path("sign"))


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def embedded():
    return Client(model="embedded")


def asked(*images, prompt="What is written here?", **options):
    how = {"model": "embedded", "detail": "high", **options}
    return Asked(prompt, tuple(map(load, images)), **how)


def test_a_picture_in_a_file_is_named_by_its_path(embedded):
    made = recipe(asked(SIGN), embedded)
    assert made.saved == ()
    assert repr(SIGN) in made.code
    assert 'vlm.Client(model="embedded")' in made.code


def test_the_code_asks_the_same(embedded, monkeypatch):
    monkeypatch.setenv("VLM_RENDER", "static")
    upload = {"name": "my sign.jpg", "content": load(SIGN).data}
    first = asked(upload, prompt="What is written here?\nBe brief: 'quoted', \"double\", 中文.")
    names: dict = {}
    made = recipe(asked(prompt="And the colours?", earlier=first), embedded)
    exec(compile(made.code, "cell", "exec"), names)
    answer = names["answer"]
    assert [message["role"] for message in answer.messages] == ["user", "assistant"] * 2
    sent = vlm.prepare(SIGN, detail="high", model="embedded")
    assert answer.history[0].images[0].sha256 == sent.sha256
    assert first.prompt in answer.history[0].prompt


def test_an_upload_is_saved_once_and_never_over_another_file(embedded, in_an_empty_folder):
    folder = in_an_empty_folder / "pictures"
    folder.mkdir()
    (folder / "my-sign.jpg").write_bytes(b"something else")
    upload = {"name": "my sign.jpg", "content": load(SIGN).data}
    made = recipe(asked(upload), embedded)
    assert made.saved == ("pictures/my-sign-2.jpg",)
    assert (folder / "my-sign.jpg").read_bytes() == b"something else"
    assert recipe(asked(upload), embedded).saved == ()


def test_a_hostile_name_stays_within_the_folder(embedded, in_an_empty_folder):
    upload = {"name": "../../etc/pass\nwd'];import os;['.jpg", "content": load(SIGN).data}
    made = recipe(asked(upload), embedded)
    assert made.saved[0].startswith("pictures/")
    assert "import os" not in made.code
    assert [*in_an_empty_folder.rglob("*.jpg")] == [in_an_empty_folder / made.saved[0]]


def test_a_key_is_asked_for_and_never_written(embedded):
    client = Client("http://127.0.0.1:9/v1", "sk-planted0123456789", model="m")
    made = recipe(asked(SIGN, model="other"), client)
    assert "vlm.Client('http://127.0.0.1:9/v1', \"?\", model='m')" in made.code
    assert "model='other'" in made.code
    assert "planted" not in made.code


def test_a_key_of_the_environment_is_left_to_it(monkeypatch):
    monkeypatch.setenv("VLM_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("VLM_API_KEY", "sk-planted0123456789")
    made = recipe(asked(SIGN), Client(model="m"))
    assert "vlm.Client('http://127.0.0.1:9/v1', model='m')" in made.code


def test_a_folder_that_cannot_be_written_is_one_line(embedded, in_an_empty_folder):
    (in_an_empty_folder / "pictures").write_text("a file")
    upload = {"name": "a.jpg", "content": load(SIGN).data}
    with pytest.raises(SourceError, match=r"'a.jpg' cannot be saved in 'pictures'"):
        recipe(asked(upload), embedded)
