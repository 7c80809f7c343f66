"""Make objects.onnx: NanoDet-g 416 from its TensorFlow.js graph model, weights in 16 bits.

Usage: python make_objects.py nanodet.json objects.onnx      (nanodet.bin beside nanodet.json)

The graph model came from ONNX by way of TensorFlow, so that every convolution stands between two
transposes; those cancel here. The three outputs of a kind (strides 8, 16, 32) are joined into one.
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from graph import Graph

Arrays = dict[str, np.ndarray[Any, Any]]

NCHW_TO_NHWC, NHWC_TO_NCHW = [0, 2, 3, 1], [0, 3, 1, 2]
SCORES = ["Identity", "Identity_1", "Identity_2"]
SIDES = ["Identity_3", "Identity_4", "Identity_5"]
POINTS, CLASSES, BINS = 52 * 52 + 26 * 26 + 13 * 13, 80, 44


def read_weights(path: Path, manifest: list[dict[str, Any]]) -> Arrays:
    """Return the arrays of a TensorFlow.js weights manifest by name (floats lie there as float16).

    Raises:
        ValueError: the files hold more or less than the manifest says.
    """
    arrays = {}
    for group in manifest:
        data, at = b"".join((path / file).read_bytes() for file in group["paths"]), 0
        for entry in group["weights"]:
            stored = np.dtype(entry.get("quantization", entry)["dtype"])
            count = int(np.prod(entry["shape"]))
            values = np.frombuffer(data, stored, count, at).reshape(entry["shape"])
            arrays[entry["name"]] = values.astype(entry["dtype"])
            at += count * stored.itemsize
        if at != len(data):
            message = f"{group['paths']} hold {len(data)} bytes, the manifest describes {at}"
            raise ValueError(message)
    return arrays


class Converter:
    """Turns TensorFlow.js nodes into ONNX nodes, one method an operator.

    Attributes:
        arrays: values known now (weights and what is computed from them), by name.
        names: the ONNX name of each TensorFlow value.
        turned: for a transposed value, what it was before and the order of its axes.
    """

    def __init__(self, nodes: list[dict[str, Any]], arrays: Arrays) -> None:
        self.nodes = {node["name"]: node for node in nodes}
        self.arrays, self.names = arrays, {}
        self.turned: dict[str, tuple[str, list[int]]] = {}
        self.graph = Graph("nanodet-g-416")

    def value(self, name: str) -> str:
        """Return the ONNX name of the TensorFlow value `name`, converting what it hangs on."""
        if name not in self.names:
            node = self.nodes[name.partition(":")[0]]
            inputs = node.get("input", [])
            self.names[node["name"]] = getattr(self, f"do_{node['op'].lower()}")(node, inputs)
        return self.names[name]

    def array(self, name: str) -> np.ndarray[Any, Any]:
        """Return a value that does not depend on the picture."""
        if name not in self.arrays:
            node = self.nodes[name]
            first, second, *more = (self.array(each) for each in node["input"])
            if node["op"] == "SparseToDense":
                self.arrays[name] = np.full(second, more[1])
            elif node["op"] == "AddV2":
                self.arrays[name] = first + second
            else:
                raise NotImplementedError(node["op"])
        return self.arrays[name]

    def transpose(self, value: str, order: list[int]) -> str:
        """Transpose, or undo the transpose that made `value`."""
        source, before = self.turned.get(value, (value, [0, 1, 2, 3][: len(order)]))
        after = [before[axis] for axis in order]
        if after == sorted(after):
            return source
        result = self.graph.add("Transpose", source, perm=after)
        self.turned[result] = source, after
        return result

    def do_placeholder(self, node: dict[str, Any], _: list[str]) -> str:
        """The picture."""
        del node
        return "pixels"

    def do_identity(self, _: dict[str, Any], inputs: list[str]) -> str:
        """The same under another name."""
        return self.value(inputs[0])

    def do_transpose(self, _: dict[str, Any], inputs: list[str]) -> str:
        """Axes in another order."""
        return self.transpose(self.value(inputs[0]), self.array(inputs[1]).tolist())

    def do_conv2d(self, node: dict[str, Any], inputs: list[str]) -> str:
        """A convolution, in TensorFlow with the channels last, here with the channels first."""
        strides, layout, padding = self.window(node)
        if (layout, padding) != ("NHWC", "VALID"):
            raise NotImplementedError(layout, padding)
        kernel = self.graph.constant(inputs[1], self.array(inputs[1]).transpose(3, 2, 0, 1))
        source = self.transpose(self.value(inputs[0]), NHWC_TO_NCHW)
        return self.transpose(self.graph.add("Conv", source, kernel, strides=strides), NCHW_TO_NHWC)

    def do_maxpool(self, node: dict[str, Any], inputs: list[str]) -> str:
        """A maximum over windows."""
        strides, layout, padding = self.window(node)
        if (layout, padding) != ("NHWC", "VALID"):
            raise NotImplementedError(layout, padding)
        size = [int(i) for i in node["attr"]["ksize"]["list"]["i"]][1:3]
        source = self.transpose(self.value(inputs[0]), NHWC_TO_NCHW)
        result = self.graph.add("MaxPool", source, kernel_shape=size, strides=strides)
        return self.transpose(result, NCHW_TO_NHWC)

    def window(self, node: dict[str, Any]) -> tuple[list[int], str, str]:
        """Return the strides, the layout and the padding of a convolution or a pooling."""
        attributes = node["attr"]
        strides = [int(i) for i in attributes["strides"]["list"]["i"]][1:3]
        texts = (base64.b64decode(attributes[key]["s"]) for key in ("data_format", "padding"))
        layout, padding = (text.decode() for text in texts)
        return strides, layout, padding

    def do_resizebilinear(self, node: dict[str, Any], inputs: list[str]) -> str:
        """A resize, with the centres of pixels at halves."""
        if not node["attr"]["half_pixel_centers"]["b"]:
            raise NotImplementedError(node)
        source = self.transpose(self.value(inputs[0]), NHWC_TO_NCHW)
        shape = np.concatenate([[1, self.channels], self.array(inputs[1])]).astype(np.int64)
        size = self.graph.constant(f"{node['name']}/size", shape)
        resized = self.graph.add("Resize", source, "", "", size, mode="linear")
        return self.transpose(resized, NCHW_TO_NHWC)

    channels = 128
    """What the feature pyramid carries at every size, the only place with resizes."""

    def do_pad(self, node: dict[str, Any], inputs: list[str]) -> str:
        """Padding, as ONNX wants it: all that stands before, then all that stands after."""
        pads = self.array(inputs[1]).astype(np.int64).T.reshape(-1)
        constants = [self.graph.constant(f"{node['name']}/pads", pads)]
        if len(inputs) > 2:  # noqa: PLR2004 - the third input is what to pad with
            constants.append(self.graph.constant(inputs[2], self.array(inputs[2])))
        return self.graph.add("Pad", self.value(inputs[0]), *constants)

    do_padv2 = do_pad

    def do_leakyrelu(self, node: dict[str, Any], inputs: list[str]) -> str:
        """A leaky ReLU."""
        alpha = node["attr"]["alpha"]["f"]
        return self.graph.add("LeakyRelu", self.value(inputs[0]), alpha=alpha)

    def do_sigmoid(self, _: dict[str, Any], inputs: list[str]) -> str:
        """A sigmoid."""
        return self.graph.add("Sigmoid", self.value(inputs[0]))

    def do_add(self, _: dict[str, Any], inputs: list[str]) -> str:
        """A sum; with a bias (always along the last axis here) the channels come first."""
        value = self.value(inputs[0])
        if inputs[1] not in self.arrays:
            return self.graph.add("Add", value, self.value(inputs[1]))
        bias = self.array(inputs[1])
        constant = self.graph.constant(inputs[1], bias.reshape(-1, 1, 1))
        source = self.transpose(value, NHWC_TO_NCHW)
        return self.transpose(self.graph.add("Add", source, constant), NCHW_TO_NHWC)

    do_addv2 = do_add

    def do_concatv2(self, _: dict[str, Any], inputs: list[str]) -> str:
        """Several one after another."""
        axis = int(self.array(inputs[-1]))
        return self.graph.add("Concat", *map(self.value, inputs[:-1]), axis=axis)

    def do_reshape(self, node: dict[str, Any], inputs: list[str]) -> str:
        """Another shape."""
        shape = self.array(inputs[1]).astype(np.int64)
        constant = self.graph.constant(f"{node['name']}/shape", shape)
        return self.graph.add("Reshape", self.value(inputs[0]), constant)

    def do_splitv(self, node: dict[str, Any], inputs: list[str]) -> str:
        """Parts of given sizes; all parts get their names here."""
        sizes = self.array(inputs[1]).astype(np.int64)
        constant = self.graph.constant(f"{node['name']}/sizes", sizes)
        axis = int(self.array(inputs[2]))
        source = self.value(inputs[0])
        first = self.graph.add("Split", source, constant, outputs=len(sizes), axis=axis)
        for part in range(1, len(sizes)):
            self.names[f"{node['name']}:{part}"] = f"{first}:{part}"
        return first


def main(arguments: list[str]) -> None:
    """Convert the model given first into the file given second."""
    source, target = map(Path, arguments)
    model = json.loads(source.read_text())
    arrays = read_weights(source.parent, model["weightsManifest"])
    converter = Converter(model["modelTopology"]["node"], arrays)
    for name, parts in (("scores", SCORES), ("sides", SIDES)):
        converter.graph.add("Concat", *map(converter.value, parts), name=name, axis=1)
    shapes = {"scores": [1, POINTS, CLASSES], "sides": [1, POINTS, BINS]}
    about = "NanoDet-g 416, COCO; points row by row at strides 8, 16, 32"
    converter.graph.save(target, {"pixels": [1, 3, 416, 416]}, shapes, about)


if __name__ == "__main__":
    main(sys.argv[1:])
