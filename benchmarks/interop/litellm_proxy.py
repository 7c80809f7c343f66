"""Our client against the `litellm` proxy, which answers with a text it is told to.

python -m venv /tmp/litellm && /tmp/litellm/bin/pip install "litellm[proxy]"
python benchmarks/interop/litellm_proxy.py --bin /tmp/litellm/bin/litellm
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
import tempfile
from pathlib import Path

from peer import Missed, free_port, must, report, running

import vlm_notebook as vlm

ANSWER = "A green picture, and the digit 4 in white."
GPT_4O_PRICE = 2.5
"""Dollars for a million tokens sent, in the table that comes with litellm."""


def main() -> int:
    """Run the checks; return how many failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", default="litellm", help="the litellm command")
    with tempfile.TemporaryDirectory() as home:
        return _checked(parser.parse_args().bin, Path(home))


def _checked(command: str, home: Path) -> int:
    port, key = free_port(), f"sk-{secrets.token_hex(16)}"
    config = home / "config.yaml"
    config.write_text(json.dumps(_config(key)))  # JSON is YAML
    words = [command, "--config", str(config), "--host", "127.0.0.1", "--port", str(port)]
    with running(words, port=port, home=home, LITELLM_LOCAL_MODEL_COST_MAP="True"):
        url = f"http://127.0.0.1:{port}/v1"
        client = vlm.Client(url, key, model="seeing", timeout_s=60)
        return report(client, prices=_prices, **{"a wrong key": lambda _: _wrong_key(url)})


def _config(key: str) -> dict[str, object]:
    def model(name: str, params: dict[str, str]) -> dict[str, object]:
        mocked = {"api_key": "none", "mock_response": ANSWER}
        return {"model_name": name, "litellm_params": {**params, **mocked}}

    models = [
        model("seeing", {"model": "openai/gpt-4o"}),
        model("reading", {"model": "openai/gpt-3.5-turbo"}),
    ]
    return {"model_list": models, "general_settings": {"master_key": key}}


def _prices(client: vlm.Client) -> str:
    found = {card.id: card for card in client.models(vision_only=False)}
    must(found["seeing"].vision is True, found["seeing"].reason)
    must(found["seeing"].input_price == GPT_4O_PRICE, found["seeing"].input_price)
    return f"seeing: {found['seeing'].input_price} in, {found['seeing'].output_price} out"


def _wrong_key(url: str) -> str:
    wrong = f"sk-{secrets.token_hex(16)}"
    try:
        vlm.Client(url, wrong, model="seeing").ask("Hello", show=False)
    except vlm.EndpointError as error:  # without a database it says 400 and not 401
        said = f"{type(error).__name__}: {error}"
    else:
        raise Missed("it was accepted")
    must(wrong not in said, "the key is in the message")
    return said


if __name__ == "__main__":
    sys.exit(main())
