"""What stands in for a live view that is over, for pages that were reloaded while it was live.

JupyterLab loses whatever a cell displays after its page was reloaded, so also the card that takes
the live view's place. When the kernel is free again, such a page asks it for the state of every
widget: here it finds one under the live view's name, which puts the card into the page's document.
Pages that saw the answer to its end never hear of it.
"""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import comm
import traitlets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vlm_notebook.view.live import LiveAnswer

KEPT = 16
"""So many answers are kept for pages that come late: some 50 kB each, mostly the thumbnail."""


class Remains(anywidget.AnyWidget):
    """A card under the name of a widget that is closed; no page is told that it exists."""

    _esm = (Path(__file__).parent / "static" / "remains.js").read_text("utf-8")
    name = traitlets.Unicode().tag(sync=True)
    bundle = traitlets.Dict().tag(sync=True)

    def open(self) -> None:
        """Take the name, and say nothing."""
        self.comm = comm.create_comm(
            comm_id=self.name, target_name="jupyter.widget", primary=False
        )
        comm.get_comm_manager().register_comm(self.comm)


_left: deque[Remains] = deque()


def leave(live: LiveAnswer, bundle: Mapping[str, Any]) -> None:
    """Close a live view and leave its card under its name."""
    name = live.model_id
    live.close()
    remains = Remains(name=name, bundle=dict(bundle))
    _hush(remains.layout)
    _left.append(remains)
    if len(_left) > KEPT:
        old = _left.popleft()
        old.close()
        old.layout.close()


def _hush(widget: Any) -> None:
    """Have the pages that are open forget a widget which stays for those that come."""
    widget.comm.publish_msg("comm_close")
