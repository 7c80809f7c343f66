from __future__ import annotations

import importlib
import sys
from getpass import GetPassWarning

import pytest

from vlm_notebook.chat.settings import OPENAI_URL, Settings
from vlm_notebook.errors import AuthError, ConnectError

NAMES = ("VLM_BASE_URL", "VLM_API_KEY", "VLM_MODEL", "OPENAI_BASE_URL", "OPENAI_API_KEY")
A, B, C = "https://a.example.org/v1", "https://b.example.org/v1", "https://c.example.org/v1"


@pytest.fixture
def found(monkeypatch):
    """Return what is found with these arguments and this environment alone."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)

    def find(base_url=None, api_key=None, model=None, **env):
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        settings = Settings.found(base_url, api_key, model)
        return settings.base_url, settings.api_key, settings.model

    return find


def test_with_nothing_said_the_embedded_model_answers(found):
    assert found() == (None, None, "embedded")


def test_empty_variables_say_nothing(found):
    assert found(**dict.fromkeys(NAMES, "")) == (None, None, "embedded")


def test_arguments_come_before_the_environment(found):
    env = {"VLM_BASE_URL": B, "VLM_API_KEY": "kb", "VLM_MODEL": "mb", "OPENAI_API_KEY": "ko"}
    assert found(A, "ka", "ma", **env) == (A, "ka", "ma")


def test_our_variables_come_before_those_of_openai(found):
    env = {"VLM_BASE_URL": B, "VLM_API_KEY": "kb", "OPENAI_BASE_URL": C, "OPENAI_API_KEY": "kc"}
    assert found(**env) == (B, "kb", None)


def test_the_variables_of_openai_count(found):
    assert found(OPENAI_BASE_URL=C, OPENAI_API_KEY="kc", VLM_MODEL="m") == (C, "kc", "m")


def test_a_key_alone_is_for_openai(found):
    assert found(OPENAI_API_KEY="ko") == (OPENAI_URL, "ko", None)


def test_a_key_as_argument_goes_to_the_address_of_the_environment(found):
    assert found(None, "ka", VLM_BASE_URL=B, VLM_API_KEY="kb") == (B, "ka", None)


def test_an_address_as_argument_takes_the_key_that_was_set_for_it(found):
    assert found(A, VLM_BASE_URL=f"{A}/", VLM_API_KEY="ka") == (A, "ka", None)
    assert found(OPENAI_URL, OPENAI_API_KEY="ko") == (OPENAI_URL, "ko", None)


def test_a_key_set_without_an_address_goes_where_one_asks(found):
    assert found(A, VLM_API_KEY="ka") == (A, "ka", None)


def test_a_key_of_the_environment_goes_to_no_other_address(found):
    assert found(A, VLM_BASE_URL=B, VLM_API_KEY="kb", OPENAI_API_KEY="ko") == (A, None, None)
    assert found(VLM_BASE_URL=B, VLM_API_KEY="", OPENAI_API_KEY="ko") == (B, None, None)


def test_the_embedded_model_is_asked_for_by_name(found):
    assert found(model="embedded", VLM_BASE_URL=B, VLM_API_KEY="kb") == (None, None, "embedded")
    assert found(VLM_MODEL="embedded", OPENAI_API_KEY="ko") == (None, None, "embedded")


def test_an_address_as_argument_wins_over_the_embedded_models_name(found):
    assert found("http://127.0.0.1:8000/v1", model="embedded")[0] == "http://127.0.0.1:8000/v1"


@pytest.mark.parametrize("tail", ["/", "//", " \n", "/chat/completions", "/chat/completions/"])
def test_an_address_is_cleaned(found, tail):
    assert found(A + tail)[0] == A


@pytest.mark.parametrize(
    "url",
    ["localhost:8000/v1", "ftp://a.example.org", "https://", "http://[bad", "http://h:x", "x"],
)
def test_what_is_no_address_is_refused_in_one_line(found, url):
    with pytest.raises(ConnectError, match="such as https://") as caught:
        found(url)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "pasted", [" \tkey-1\r\n", "\ufeffkey-1", "'key-1'", '"key-1"\n', "“key-1”", "key-1\u200b"]
)
def test_what_was_pasted_around_a_key_goes(found, pasted):
    assert found(A, pasted) == (A, "key-1", None)


@pytest.mark.parametrize("key", [b"key-hidden", 5, ["key-hidden"]])
def test_a_key_that_is_no_text_is_refused(found, key):
    with pytest.raises(AuthError, match="no text") as caught:
        found(A, key)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("key", ["one two-hidden", "one\ntwo-hidden", "schlüssel-hidden"])
def test_a_key_that_can_be_none_is_refused_and_not_shown(found, key):
    with pytest.raises(AuthError, match="copy it again") as caught:
        found(A, key)
    assert "hidden" not in str(caught.value)


def test_the_key_is_not_in_the_repr():
    settings = Settings.found(A, "key-0123456789-hidden-9999", None)
    assert repr(settings) == f"Settings(base_url={A!r}, key=key-...9999, model=None)"


# --------------------------------------------------------------------------- .env


@pytest.fixture
def written(found, tmp_path, monkeypatch):
    """Return what is found in a folder with this `.env`."""
    monkeypatch.chdir(tmp_path)

    def write(text, *arguments, **env):
        (tmp_path / ".env").write_text(text, encoding="utf-8")
        return found(*arguments, **env)

    return write


def test_a_file_says_where_to_ask(written):
    text = f"VLM_BASE_URL={B}\nVLM_API_KEY=kb\nVLM_MODEL=mb\n"
    assert written(text) == (B, "kb", "mb")


def test_a_file_never_overrides_the_environment(written):
    text = f"VLM_BASE_URL={B}\nVLM_API_KEY=kb\nVLM_MODEL=mb\n"
    env = {"VLM_BASE_URL": A, "VLM_API_KEY": "ka", "VLM_MODEL": "ma"}
    assert written(text, **env) == (A, "ka", "ma")


def test_an_empty_variable_switches_the_files_off(written):
    assert written("VLM_MODEL=mb\nVLM_API_KEY=kb", VLM_MODEL="", VLM_API_KEY="")[1] is None


def test_our_variables_in_a_file_come_before_those_of_openai_in_the_environment(written):
    text = f"VLM_BASE_URL={B}\nVLM_API_KEY=kb\n"
    assert written(text, OPENAI_API_KEY="ko") == (B, "kb", None)


@pytest.mark.parametrize("name", ["VLM_BASE_URL", "OPENAI_BASE_URL"])
@pytest.mark.parametrize("key", ["VLM_API_KEY", "OPENAI_API_KEY"])
def test_a_files_address_is_sent_no_key_of_the_environment(written, name, key):
    assert written(f"{name}={C}", **{key: "hidden"}) == (C, None, None)


def test_a_files_address_is_sent_a_key_given_as_argument(written):
    assert written(f"VLM_BASE_URL={C}", None, "ka") == (C, "ka", None)


def test_a_files_key_goes_to_the_address_of_the_environment(written):
    assert written("VLM_API_KEY=kb", VLM_BASE_URL=A) == (A, "kb", None)


def test_a_files_key_for_openai_goes_to_openai_alone(written):
    assert written("OPENAI_API_KEY=ko", VLM_BASE_URL=A) == (A, None, None)


# --------------------------------------------------------------------------- asking, keyring


def test_a_key_is_typed_in_when_a_question_mark_is_given(found, monkeypatch):
    monkeypatch.setattr("getpass.getpass", lambda _: " typed-key\n")
    assert found(A, "?") == (A, "typed-key", None)


@pytest.mark.parametrize("typed", ["", "  ", "?", EOFError(), GetPassWarning("echo")])
def test_where_nobody_types_a_key_the_remedy_is_said(found, monkeypatch, typed):
    def ask(_):
        if isinstance(typed, Exception):
            raise typed
        return typed

    monkeypatch.setattr("getpass.getpass", ask)
    with pytest.raises(AuthError, match="set VLM_API_KEY"):
        found(A, "?")


@pytest.fixture
def keyring(tmp_path, monkeypatch):
    """Install a keyring that holds these keys; return what it was asked for."""
    source = (
        "asked = []\n"
        "def get_password(service, user):\n"
        "    asked.append((service, user))\n"
        "    if user == 'locked.example.org':\n"
        "        raise RuntimeError('locked')\n"
        "    return {'a.example.org': 'kept-key'}.get(user)\n"
    )
    (tmp_path / "keyring.py").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "keyring", raising=False)
    yield importlib.import_module("keyring").asked
    sys.modules.pop("keyring", None)


def test_a_keyring_gives_the_key_of_a_host(found, keyring):
    assert found(A) == (A, "kept-key", None)
    assert keyring == [("vlm_notebook", "a.example.org")]


@pytest.mark.parametrize("url", [B, "https://locked.example.org/v1"])
def test_a_keyring_without_the_key_or_locked_gives_none(found, keyring, url):
    assert found(url) == (url, None, None)


def test_a_keyring_is_not_opened_where_there_is_a_key_or_none_is_wanted(found, keyring):
    found(A, "ka")
    found("http://127.0.0.1:8000/v1")
    found()
    assert keyring == []
