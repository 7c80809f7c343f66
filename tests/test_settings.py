from __future__ import annotations

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


def test_the_white_space_around_a_key_goes(found):
    assert found(A, " \tkey-1\r\n") == (A, "key-1", None)


@pytest.mark.parametrize("key", ["one two-hidden", "one\ntwo-hidden", "schlüssel-hidden"])
def test_a_key_that_can_be_none_is_refused_and_not_shown(found, key):
    with pytest.raises(AuthError, match="copy it again") as caught:
        found(A, key)
    assert "hidden" not in str(caught.value)


def test_the_key_is_not_in_the_repr():
    assert "hidden" not in repr(Settings(A, "hidden", None))
