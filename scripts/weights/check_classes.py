"""Compare classes.onnx with the same network computed by PyTorch from the original weights.

Usage: python check_classes.py efficientnet-lite0-57934424.pth classes.onnx      (needs torch)

Here the batch norms are not folded, nothing is rounded to 16 bits, and the padding is computed
anew, so that a mistake in the conversion cannot hide.
"""

from __future__ import annotations

import sys

import numpy as np
import onnxruntime
import torch
from make_classes import BLOCKS, EPSILON, HALVING
from torch.nn import functional

Weights = dict[str, torch.Tensor]


def convolve(weights: Weights, x: torch.Tensor, name: str, norm: str, stride: int) -> torch.Tensor:
    """Pad as TensorFlow does, convolve and normalise."""
    kernel = weights[f"{name}.weight"]
    size, side = kernel.shape[-1], x.shape[-1]
    missing = max((-(-side // stride) - 1) * stride + size - side, 0)
    before, after = missing // 2, missing - missing // 2
    x = functional.pad(x, (before, after, before, after))
    groups = len(kernel) if kernel.shape[1] == 1 else 1
    x = functional.conv2d(x, kernel, stride=stride, groups=groups)
    parts = (weights[f"{norm}.{part}"] for part in ("running_mean", "running_var"))
    affine = weights[f"{norm}.weight"], weights[f"{norm}.bias"]
    return functional.batch_norm(x, *parts, *affine, eps=EPSILON)


def block(weights: Weights, x: torch.Tensor, index: int) -> torch.Tensor:
    """Run one inverted bottleneck."""
    name, stride = f"_blocks.{index}", 2 if index in HALVING else 1
    y = x
    if f"{name}._expand_conv.weight" in weights:
        y = functional.relu6(convolve(weights, y, f"{name}._expand_conv", f"{name}._bn0", 1))
    y = convolve(weights, y, f"{name}._depthwise_conv", f"{name}._bn1", stride)
    y = convolve(weights, functional.relu6(y), f"{name}._project_conv", f"{name}._bn2", 1)
    return x + y if x.shape == y.shape else y


def logits(weights: Weights, x: torch.Tensor) -> torch.Tensor:
    """Run the network."""
    x = functional.relu6(convolve(weights, x, "_conv_stem", "_bn0", 2))
    for index in range(BLOCKS):
        x = block(weights, x, index)
    x = functional.relu6(convolve(weights, x, "_conv_head", "_bn1", 1)).mean((2, 3))
    return functional.linear(x, weights["_fc.weight"], weights["_fc.bias"])


def main(arguments: list[str]) -> None:
    """Print the largest difference over a few random pictures; fail when it is not small."""
    source, target = arguments
    weights = torch.load(source, weights_only=True)
    session = onnxruntime.InferenceSession(target)
    pixels = np.random.default_rng(1).uniform(-1, 1, (4, 3, 224, 224)).astype(np.float32)
    with torch.no_grad():
        expected = logits(weights, torch.from_numpy(pixels)).numpy()
    got = np.concatenate([session.run(None, {"pixels": one[None]})[0] for one in pixels])
    difference = float(np.abs(got - expected).max())
    print(
        f"largest difference of logits: {difference:.4f}, in {expected.min()} to {expected.max()}"
    )
    if difference > 0.05:  # noqa: PLR2004 - what 16 bits may cost
        sys.exit("classes.onnx differs from the original")


if __name__ == "__main__":
    main(sys.argv[1:])
