"""A server that somebody else wrote, started on loopback, and what our client makes of it."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING

import vlm_notebook as vlm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

START_S = 180.0
"""Servers that import torch take a minute to begin with on two cores."""


class Missed(Exception):  # noqa: N818 - of what was expected, not an error of the program
    """A check that did not find what it should."""


def must(holds: object, what: object) -> None:
    """Fail a check with `what` unless it holds.

    Raises:
        Missed: it does not.
    """
    if not holds:
        raise Missed(str(what))


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def running(command: list[str], *, port: int, home: Path, **env: str) -> Iterator[None]:
    """Run a server in a home of its own until it answers on `port`, and end it afterwards.

    Raises:
        RuntimeError: it ended, or did not answer in time; the end of its log is in the message.
    """
    log = home / "server.log"
    settings = {**os.environ, "HOME": str(home), "NO_PROXY": "127.0.0.1", **env}
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=home, env=settings, stdout=out, stderr=out)
    try:
        if not _answers(process, f"http://127.0.0.1:{port}/v1/models"):
            tail = log.read_text(errors="replace")[-2000:]
            raise RuntimeError(f"{command[0]} does not answer:\n{tail}")
        yield
    finally:
        process.terminate()
        process.wait(30)


def _answers(process: subprocess.Popen[bytes], url: str) -> bool:
    """Wait for any answer, a refusal included."""
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=2).close()  # noqa: S310 - our own loopback address
        except urllib.error.HTTPError:
            return True
        except OSError:
            time.sleep(0.5)
        else:
            return True
    return False


def report(client: vlm.Client, **checks: Callable[[vlm.Client], object]) -> int:
    """Run the checks that every peer goes through, and those of its own; print a table.

    Returns how many failed.
    """
    rows = [_row(name, check, client) for name, check in {**COMMON, **checks}.items()]
    width = max(len(name) for name, *_ in rows)
    for name, good, said in rows:
        print(f"{name:<{width}}  {'ok    ' if good else 'FAILED'}  {said}")
    return sum(not good for _, good, _ in rows)


def _row(
    name: str, check: Callable[[vlm.Client], object], client: vlm.Client
) -> tuple[str, bool, str]:
    try:
        said = check(client)
    except (vlm.VlmError, Missed) as error:
        return name, False, f"{type(error).__name__}: {error}"[:160]
    return name, True, " ".join(str(said).split())[:110]


def _picture() -> vlm.PreparedImage:
    import numpy as np

    return vlm.prepare(np.full((64, 96, 3), (0, 140, 0), "uint8"), detail="low")


def _models(client: vlm.Client) -> str:
    found = client.models(vision_only=False)
    must(found, "no models")
    return ", ".join(f"{card.id[-24:]} (vision {card.vision}: {card.reason})" for card in found)


def _answer(client: vlm.Client) -> str:
    answer = client.ask("What is it?", _picture(), show=False, max_tokens=16)
    must(answer.finish_reason in {"stop", "length"}, answer.finish_reason)
    return f"{answer.text!r}, {answer.usage}, notes {list(answer.notes)}"


def _stream(client: vlm.Client) -> str:
    deltas = list(client.stream("What is it?", _picture(), max_tokens=16))
    must(any(delta.finish for delta in deltas), "no end")
    return f"{len(deltas)} deltas, {sum(bool(delta.text) for delta in deltas)} with text"


def _early_end(client: vlm.Client) -> str:
    for _ in client.stream("What is it?", _picture(), max_tokens=16):
        break
    return f"left after one delta; then: {client.ask('Hello', show=False, max_tokens=4).text!r}"


def _two_pictures(client: vlm.Client) -> str:
    return repr(client.ask("Which?", _picture(), _picture(), show=False, max_tokens=16).text)


def _follow_up(client: vlm.Client) -> str:
    first = client.ask("What is it?", _picture(), show=False, max_tokens=8)
    return repr(first.ask("Sure?", show=False, max_tokens=8).text)


def _unknown_model(client: vlm.Client) -> str:
    try:
        answer = client.ask("Hello", model="no/such-model", show=False)
    except vlm.EndpointError as error:
        return f"{type(error).__name__}: {error}"
    return f"answered all the same: {answer.text!r}"


def _probe(client: vlm.Client) -> str:
    return "; ".join(repr(client.probe(show=False)).splitlines()[1:])


COMMON: dict[str, Callable[[vlm.Client], object]] = {
    "models": _models,
    "a picture": _answer,
    "its stream": _stream,
    "leaving early": _early_end,
    "two pictures": _two_pictures,
    "a follow-up": _follow_up,
    "an unknown model": _unknown_model,
    "a probe": _probe,
}
