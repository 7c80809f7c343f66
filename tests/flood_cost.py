"""Run as a program: asks a server that floods, and prints as JSON what each answer took."""

from __future__ import annotations

import json
import resource
import sys
import time

import vlm_notebook as vlm


def main():
    port, *names = sys.argv[1:]
    costs = {}
    for name in names:
        client = vlm.Client(
            f"http://127.0.0.1:{port}/{name}/v1", "key", model="m", timeout_s=20, max_retries=0
        )
        began, worked = time.monotonic(), time.process_time()
        try:
            said = repr(client.ask("What is it?", show=False))
        except vlm.VlmError as error:
            said = f"{type(error).__name__}: {error}"
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
        costs[name] = (said, time.process_time() - worked, time.monotonic() - began, peak)
        del client
    sys.stdout.write(json.dumps(costs))


if __name__ == "__main__":
    main()
