"""What stands in for a live view that is over, for pages that were reloaded while it was live.

JupyterLab loses whatever a cell displays after its page was reloaded, so also the card that takes
the live view's place. When the kernel is free again, such a page asks it for the state of every
widget: here it finds one under the live view's name, which puts the card into the page's document.
Pages that saw the answer to its end never hear of it.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import anywidget
import comm
import ipywidgets
import traitlets

from vlm_notebook.view.live import script

if TYPE_CHECKING:
    from collections.abc import Mapping

KEPT = 16
"""So many answers are kept for pages that come late: some 50 kB each, mostly the thumbnail."""


class _Quiet:
    """A widget that no page is told of until it asks for every widget's state."""

    def open(self) -> None:
        """Take a name, and say nothing."""
        name = getattr(self, "_model_id", None)
        self.comm = comm.create_comm(comm_id=name, target_name="jupyter.widget", primary=False)
        comm.get_comm_manager().register_comm(self.comm)


class _Layout(_Quiet, ipywidgets.Layout):
    """The layout that every widget has to have."""


class Remains(_Quiet, anywidget.AnyWidget):
    """A card under the name of a widget that is closed."""

    _esm = script("company", "document", "remains")
    name = traitlets.Unicode().tag(sync=True)
    bundle = traitlets.Dict().tag(sync=True)


_left: deque[Remains] = deque()


def leave(live: ipywidgets.Widget, bundle: Mapping[str, Any]) -> None:
    """Close a live view and leave its card under its name."""
    name = live.model_id
    live.close()
    remains = Remains(model_id=name, name=name, bundle=dict(bundle), layout=_Layout())
    _left.append(remains)
    if len(_left) > KEPT:
        old = _left.popleft()
        old.close()
        old.layout.close()
