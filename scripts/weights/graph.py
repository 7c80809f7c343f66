"""Build an ONNX graph node by node, with weights kept in 16 bits and computed with in 32."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

if TYPE_CHECKING:
    from pathlib import Path

OPSET = 13
"""Old enough for every onnxruntime from 1.7 on; has all that the two networks need."""

LARGE = 4096
"""Arrays of more values than this are kept in 16 bits: biases are not worth the rounding."""


class Graph:
    """A growing list of nodes and constants; names of values are given out here."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}

    def add(self, operator: str, *inputs: str, name: str = "", outputs: int = 1, **kw: Any) -> str:
        """Append a node and return the name of its (first) output; others end in `:1`, `:2`..."""
        name = name or f"{operator.lower()}_{len(self.nodes)}"
        names = [name] + [f"{name}:{i}" for i in range(1, outputs)]
        self.nodes.append(helper.make_node(operator, list(inputs), names, **kw))
        return name

    def constant(self, name: str, array: np.ndarray[Any, Any]) -> str:
        """Add an array; a large one of floats is kept in 16 bits and cast back where it is used."""
        if name in self.constants:
            return name
        if array.dtype != np.float32 or array.size <= LARGE:
            self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(array), name)
            return name
        half = array.astype(np.float16)
        if not np.isfinite(half).all():
            message = f"{name} does not fit 16 bits"
            raise ValueError(message)
        self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(half), name)
        return self.add("Cast", name, name=f"{name}/32", to=TensorProto.FLOAT)

    def prune(self, outputs: list[str]) -> None:
        """Drop the nodes and constants that no output needs."""
        needed, kept = set(outputs), []
        for node in reversed(self.nodes):
            if needed & set(node.output):
                kept.append(node)
                needed |= set(node.input)
        self.nodes = kept[::-1]
        self.constants = {name: c for name, c in self.constants.items() if name in needed}

    def save(
        self, path: Path, inputs: dict[str, list[int]], outputs: dict[str, list[int]], about: str
    ) -> None:
        """Check the graph and write it to `path`; shapes are given by name."""
        self.prune(list(outputs))
        graph = helper.make_graph(
            self.nodes,
            self.name,
            [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in inputs.items()],
            [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in outputs.items()],
            list(self.constants.values()),
            doc_string=about,
        )
        opset = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(
            graph, opset_imports=opset, ir_version=8, producer_name="vlm-notebook"
        )
        checker.check_model(model, full_check=True)
        path.write_bytes(model.SerializeToString(deterministic=True))
        print(f"{path}: {path.stat().st_size:,} bytes, {len(self.nodes)} nodes")
