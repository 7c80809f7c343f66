"""The networks that ship with the package, run on onnxruntime."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal

from vlm_notebook.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Name = Literal["classes", "objects"]

FOLDER = Path(__file__).parent / "weights"

_loading = Lock()


def run(name: Name, pixels: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
    """Return the outputs of a network, each without its batch axis.

    Args:
        name: which network; it is loaded once, when it is first used, by whichever thread.
        pixels: (3, height, width), scaled as the network wants it.

    Raises:
        ImportError: onnxruntime is not installed or does not start.
        ModelError: the weights file is missing or damaged.
    """
    with _loading:
        session = _session(name)
    return tuple(output[0] for output in session.run(None, {"pixels": pixels[None]}))


@cache
def _session(name: Name) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # One thread gives the same sums on every machine, and leaves the others to the notebook.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # The arena would keep the memory of the largest picture for good.
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    path = FOLDER / f"{name}.onnx"
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise ModelError(
            f"the embedded model's {path.name} cannot be loaded: reinstall vlm-notebook ({error})"
        ) from error
