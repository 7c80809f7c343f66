"""Put the example notebooks into a wheel, so that `vlm-notebook lab` has them without a clone."""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class NotebooksHook(BuildHookInterface):
    """An editable install finds them in the clone; a copy beside it would only go stale."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the notebooks to the files of a standard wheel."""
        if version == "standard":
            build_data["force_include"]["notebooks"] = "vlm_notebook/notebooks"
