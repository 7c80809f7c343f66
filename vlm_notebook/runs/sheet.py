"""Rows -> CSV that no spreadsheet runs, and a DataFrame."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any

from vlm_notebook.errors import VlmError
from vlm_notebook.markup.card import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

_FORMULA = re.compile(r"[\s\0]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20|%]")
"""How a text begins that a spreadsheet would run (OWASP, "CSV Injection"), in full width too."""


def to_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    r"""Return rows as CSV of RFC 4180, the names first; None is empty.

    What a spreadsheet would run as a formula gets an apostrophe in front.

    >>> to_csv([{"model": "m", "text": "=1+1"}])
    "model,text\r\nm,'=1+1\r\n"
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(rows[0] if rows else ())
    writer.writerows([_harmless(value) for value in row.values()] for row in rows)
    return out.getvalue()


def _harmless(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = printable(value)
    return f"'{text}" if _FORMULA.match(text) else text


def frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return rows as a DataFrame.

    Raises:
        VlmError: pandas is not installed.
    """
    try:
        import pandas as pd
    except ImportError:
        raise VlmError("a DataFrame needs pandas: pip install pandas") from None
    return pd.DataFrame([dict(row) for row in rows])
