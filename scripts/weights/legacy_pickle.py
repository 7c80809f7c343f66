"""Read the tensors of a legacy PyTorch weights file without PyTorch and without running its code.

Such a file is four pickles (magic number, protocol, machine, state dict), then a pickled list of
storage keys, then each storage: an int64 count and that many little-endian values.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

MAGIC = 0x1950A86A20F9469CFC6C
TYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


class Tensor:
    """One tensor of the state dict: where in which storage its values lie (counts, not bytes)."""

    def __init__(
        self,
        storage: tuple[str, np.dtype[Any]],
        start: int,
        shape: tuple[int, ...],
        strides: tuple[int, ...],
        *_: object,
    ) -> None:
        self.key, self.dtype = storage
        self.start, self.shape, self.strides = start, shape, strides

    def values(self, storages: dict[str, np.ndarray[Any, Any]]) -> np.ndarray[Any, Any]:
        """Return a copy of the tensor's values out of its storage."""
        result = np.ndarray(
            self.shape,
            self.dtype,
            buffer=storages[self.key].data,
            offset=self.start * self.dtype.itemsize,
            strides=[stride * self.dtype.itemsize for stride in self.strides],
        )
        return result.copy(order="C")


class TensorsOnly(pickle.Unpickler):
    """An unpickler that knows dicts and tensors, and refuses every other name."""

    def find_class(self, module: str, name: str) -> Any:
        """Return what stands in for `module.name`."""
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return Tensor
        if module == "torch" and name in TYPES:
            return TYPES[name]
        message = f"{module}.{name} is no part of a weights file"
        raise pickle.UnpicklingError(message)

    def persistent_load(self, pid: Any) -> tuple[str, np.dtype[Any]]:
        """Return the key and type of the storage that a tensor refers to."""
        _, dtype, key, *_ = pid
        return key, dtype


def read(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    """Return the arrays of the weights file at `path` by name."""
    with path.open("rb") as file:
        if TensorsOnly(file).load() != MAGIC:
            message = f"{path} is no legacy PyTorch file"
            raise ValueError(message)
        for _ in ("protocol", "machine"):
            TensorsOnly(file).load()
        tensors: dict[str, Tensor] = TensorsOnly(file).load()
        keys: list[str] = TensorsOnly(file).load()
        types = {tensor.key: tensor.dtype for tensor in tensors.values()}
        storages = {key: _storage(file, types[key]) for key in keys}
    return {name: tensor.values(storages) for name, tensor in tensors.items()}


def _storage(file: BinaryIO, dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    count = int.from_bytes(file.read(8), "little")
    return np.frombuffer(file.read(count * dtype.itemsize), dtype)
