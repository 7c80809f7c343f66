"""Statuses other than 200: each has its error and remedy."""

from __future__ import annotations

import pytest
from collecting import ask, fails
from model_server import Reply, refusal, running

from vlm_notebook.errors import AuthError, RateLimitError, StatusError

STATUSES = [
    (401, AuthError, None, "VLM_API_KEY"),
    (403, AuthError, None, "VLM_API_KEY"),
    (402, RateLimitError, None, "quota is used up"),
    (429, RateLimitError, 0.0, "wait a moment"),
    (400, StatusError, None, "change what it names"),
    (404, StatusError, None, "client.models()"),
    (413, StatusError, None, "detail='low'"),
    (500, StatusError, 0.0, "later"),
    (503, StatusError, 0.0, "later"),
]


@pytest.mark.parametrize(("status", "kind", "retry_after_s", "remedy"), STATUSES)
def test_each_refusal_has_its_error_and_remedy(server, status, kind, retry_after_s, remedy):
    with pytest.raises(kind) as caught:
        ask(server, refusal(status, "because of this"))
    assert caught.value.retry_after_s == retry_after_s
    assert remedy in str(caught.value)
    assert f"({status}: because of this)" in str(caught.value)


def test_a_refusal_that_is_a_web_page_is_not_quoted(server):
    page = Reply(b"<html><body>502 Bad Gateway nginx</body></html>", 502, "text/html")
    message = fails(server, StatusError, page)
    assert "web page" in message
    assert "nginx" not in message


def test_a_redirect_is_not_followed_and_says_where_it_leads(server):
    with running() as elsewhere:
        location = f"{elsewhere.base_url}/chat/completions?token=secret"
        for status in (301, 302, 307, 308):
            moved = Reply(b"", status, headers={"location": location})
            message = fails(server, StatusError, moved)
            assert elsewhere.base_url in message
            assert "secret" not in message
        assert elsewhere.requests == elsewhere.headers == []
