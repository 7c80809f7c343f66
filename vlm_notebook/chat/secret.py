"""A key that shows itself to nobody: not in a repr, a log, a pickle or a traceback with locals."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any, NoReturn

from vlm_notebook.errors import AuthError, VlmError

PROMPT = "?"
"""Given as `api_key`, it has the key typed in, unseen."""

_SHOWN_CHARS = 4
_LEAST_CHARS = 16
"""Of a shorter key, four characters would be too much to show."""

_PREFIX = re.compile(r"[A-Za-z]{1,4}[-_]")
_AROUND = " \t\r\n\f\v\"'`\ufeff\u200b\u200c\u200d\u2060\u00a0\u201c\u201d\u2018\u2019"
"""What is copied along with a key: white space, quotes and marks that nobody sees."""


class Secret:
    """A key as somebody gave it; `reveal()` gives it, everything else only how it ends.

    Functions that take a key wrap it in their first line: from then on no frame of theirs, which
    a traceback may print with its locals, holds the text.

    >>> Secret("sk-0123456789abcdef")
    sk-...cdef
    """

    __slots__ = ("_given",)

    def __init__(self, given: Any) -> None:
        self._given = given.reveal() if isinstance(given, Secret) else given

    def __repr__(self) -> str:
        return masked(self._given) if isinstance(self._given, str) else "..."

    def __reduce__(self) -> NoReturn:
        raise VlmError("a key is not pickled: give it where it is needed")

    def __bool__(self) -> bool:
        return bool(self._given)

    def reveal(self) -> Any:
        """Return what was given, for a header and nothing else."""
        return self._given

    def checked(self) -> Secret:
        """Return the key without what was pasted along with it; "?" asks for it.

        Raises:
            AuthError: it is no text, holds what cannot stand in a header, or cannot be asked for.
        """
        if self._given is None:
            return Secret("")
        if not isinstance(self._given, str):
            kind = type(self._given).__name__
            raise AuthError(f"the key is a {kind} and no text: give it as text, or '?' to be asked")
        if self._given.strip() == PROMPT:
            return asked().checked()
        key = Secret(self._given.strip(_AROUND))
        if not all("!" <= char <= "~" for char in key.reveal()):
            raise AuthError("the key holds a space or a character that no key has: copy it again")
        return key


def masked(key: str) -> str:
    """Return what may be shown of a key.

    >>> masked("sk-0123456789abcdef"), masked("0123456789abcdef"), masked("short")
    ('sk-...cdef', '...cdef', '...')
    """
    if len(key) < _LEAST_CHARS:
        return "..." if key else ""
    prefix = _PREFIX.match(key)
    return f"{prefix.group() if prefix else ''}...{key[-_SHOWN_CHARS:]}"


def asked() -> Secret:
    """Have a key typed in, unseen, in a notebook or a terminal.

    Raises:
        AuthError: nobody is there to type, or nothing was typed.
    """
    import getpass
    import warnings

    typed = Secret("")
    with warnings.catch_warnings():
        warnings.simplefilter("error", getpass.GetPassWarning)  # it would show what is typed
        try:
            typed = Secret(getpass.getpass("API key: "))
        except Exception:  # noqa: BLE001 - each front end has an error of its own for "nobody here"
            typed = Secret("")
    if str(typed.reveal()).strip(f"{_AROUND}{PROMPT}"):
        return typed
    raise AuthError("no key was typed: run this where one can be, or set VLM_API_KEY")


def from_keyring(host: str) -> Secret:
    """Return the key that the system's keyring keeps for a host, if there is a keyring and a key.

    It is kept there by `keyring set vlm_notebook HOST`, and goes to that host alone.
    """
    try:
        return Secret(import_module("keyring").get_password(SERVICE, host))
    except Exception:  # noqa: BLE001 - not installed, locked, or none on this machine: no key
        return Secret(None)


SERVICE = "vlm_notebook"
"""The name under which keyrings keep our keys; the user's name there is the endpoint's host."""
