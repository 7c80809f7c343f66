from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import httpx2
import pytest

from vlm_notebook.chat.opening import Opening, Refused, watched


class SlowUpload(httpx2.AsyncBaseTransport):
    """Takes the request slowly, then answers after a silence, as the traced events tell."""

    def __init__(self, upload_s, silence_s, status=200):
        self.upload_s, self.silence_s, self.status = upload_s, silence_s, status

    async def handle_async_request(self, request):
        await asyncio.sleep(self.upload_s)
        await request.extensions["trace"]("http11.receive_response_headers.started", {})
        await asyncio.sleep(self.silence_s)
        return httpx2.Response(self.status, text="words")


def opened(transport, *, silence_s=0.2, whole_s=5.0):
    async def run():
        async with watched(httpx2.AsyncClient(transport=transport)) as http:

            @asynccontextmanager
            async def manager():
                yield await http.get("http://h.invalid/")

            return (await Opening(silence_s, whole_s).response(manager())).status_code

    return asyncio.run(run())


def test_an_upload_may_take_longer_than_a_silence():
    assert opened(SlowUpload(0.4, 0)) == 200


def test_a_silence_behind_the_upload_is_not_waited_out():
    with pytest.raises(TimeoutError):
        opened(SlowUpload(0, 30))


def test_an_upload_is_not_waited_for_beyond_the_whole_time():
    with pytest.raises(TimeoutError):
        opened(SlowUpload(30, 0), whole_s=0.2)


@pytest.mark.parametrize("status", [302, 404, 503])
def test_a_refusal_comes_with_its_words(status):
    with pytest.raises(Refused) as caught:
        opened(SlowUpload(0, 0, status))
    assert (caught.value.status, caught.value.content) == (status, b"words")


def test_hooks_are_hung_once():
    http = watched(watched(httpx2.AsyncClient()))
    assert [len(hooks) for hooks in http.event_hooks.values()] == [1, 1]
    asyncio.run(http.aclose())
