"""Compare objects.onnx with the TensorFlow.js model it was made from, run by TensorFlow.js.

Usage: python check_objects.py nanodet.json objects.onnx

Start it in the folder that the npm packages named in run_objects.mjs were installed in.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from make_objects import BINS, CLASSES, POINTS

RUNNER = Path(__file__).with_name("run_objects.mjs")


def main(arguments: list[str]) -> None:
    """Print the largest differences over a random picture; fail when they are not small."""
    source, target = arguments
    pixels = np.random.default_rng(1).normal(size=(1, 3, 416, 416)).astype(np.float32)
    command = ["node", str(RUNNER), source]
    run = subprocess.run(command, input=pixels.tobytes(), stdout=subprocess.PIPE, check=True)
    values = np.frombuffer(run.stdout, np.float32)
    scores, sides = onnxruntime.InferenceSession(target).run(None, {"pixels": pixels})
    first, second = values[: POINTS * CLASSES], values[POINTS * CLASSES :]
    differences = (
        float(np.abs(first.reshape(POINTS, CLASSES) - scores[0]).max()),
        float(np.abs(second.reshape(POINTS, BINS) - sides[0]).max()),
    )
    print("largest difference: scores {:.6f}, sides {:.6f}".format(*differences))
    if max(differences) > 0.001:  # noqa: PLR2004 - the weights are the same 16 bits on both sides
        sys.exit("objects.onnx differs from the original")


if __name__ == "__main__":
    main(sys.argv[1:])
