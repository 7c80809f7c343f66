"""The models used lately at each endpoint, for as long as the kernel runs."""

from __future__ import annotations

from threading import Lock

KEPT = 5

_used: dict[str, tuple[str, ...]] = {}
_used_lock = Lock()


def use(base_url: str, model: str) -> None:
    """Note that a model is used at an endpoint; an empty name is none.

    >>> use("http://localhost:8000/v1", "a"), use("http://localhost:8000/v1", "b")
    (None, None)
    >>> models("http://localhost:8000/v1")
    ['b', 'a']
    """
    with _used_lock:
        others = (other for other in _used.get(base_url, ()) if other != model)
        if model:
            _used[base_url] = (model, *others)[:KEPT]


def models(base_url: str) -> list[str]:
    """Return the models used at an endpoint, the latest first."""
    return list(_used.get(base_url, ()))
