"""Our client against `transformers serve` with a tiny LLaVA of random weights.

    python -m venv /tmp/hf && /tmp/hf/bin/pip install torch torchvision "transformers[serving]"
    python benchmarks/interop/transformers_serve.py --bin /tmp/hf/bin

The vision tower runs, the answer is noise: what is tried is the protocol.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from peer import free_port, report, running

import vlm_notebook as vlm

MAKE = Path(__file__).with_name("tiny_llava.py")


def main() -> int:
    """Run the checks; return how many failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", type=Path, required=True, help="the venv's folder of commands")
    with tempfile.TemporaryDirectory() as home:
        return _checked(parser.parse_args().bin, Path(home))


def _checked(commands: Path, home: Path) -> int:
    port, model = free_port(), home / "tiny-llava"
    (home / ".cache" / "huggingface" / "hub").mkdir(parents=True)
    subprocess.run([commands / "python", MAKE, model], check=True)
    words = [str(commands / "transformers"), "serve", "--host", "127.0.0.1", "--port", str(port)]
    env = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": ""}
    with running(words, port=port, home=home, **env):
        url = f"http://127.0.0.1:{port}/v1"
        return report(vlm.Client(url, model=str(model), timeout_s=120), models=_models)


def _models(client: vlm.Client) -> str:
    """Offline the list is empty: it is of what was downloaded; the model answers all the same."""
    return f"lists {len(client.models(vision_only=False))}; asked by a path that is not listed"


if __name__ == "__main__":
    sys.exit(main())
