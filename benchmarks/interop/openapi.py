"""Our requests, and the embedded model's replies, against OpenAI's own description of its API.

    git clone --depth 1 https://github.com/openai/openai-openapi
    python benchmarks/interop/openapi.py openai-openapi/openapi.json

The description is read where it lies and is no part of this repository. It needs `jsonschema`,
which Jupyter brings.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

from model_server import running
from request_shapes import MODEL, RED, SHAPES, WRONG

import vlm_notebook as vlm
from vlm_notebook.offline import transport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jsonschema.protocols import Validator

REQUEST = "CreateChatCompletionRequest"
REPLY, CHUNK = "CreateChatCompletionResponse", "CreateChatCompletionStreamResponse"


def main() -> int:
    """Check everything; return how many checks failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("description", type=Path, help="openapi.json")
    text = parser.parse_args().description.read_text(encoding="utf-8")
    description = _json_schema(json.loads(text))
    print(f"{description['info']['title']} {description['info']['version']}")
    rows = [*_requests(_validator(description, REQUEST)), *_replies(description)]
    for name, fault in rows:
        print(f"{name:<42} {'FAILED  ' + fault if fault else 'ok'}")
    failed = sum(bool(fault) for _, fault in rows)
    print(f"{len(rows) - failed} of {len(rows)}")
    return failed


def _json_schema(node: Any) -> Any:
    """Say `nullable`, which OpenAPI 3.0 had and JSON Schema does not know, as JSON Schema does."""
    if isinstance(node, list):
        return [_json_schema(value) for value in node]
    if not isinstance(node, dict):
        return node
    plain = {name: _json_schema(value) for name, value in node.items() if name != "nullable"}
    return {"anyOf": [plain, {"type": "null"}]} if node.get("nullable") is True else plain


def _validator(description: dict[str, Any], name: str) -> Validator:
    """Return what judges one schema; a request's fields are those described and no others."""
    from jsonschema import Draft202012Validator, FormatChecker

    closed = {"unevaluatedProperties": False} if name == REQUEST else {}
    schema = {"$ref": f"#/components/schemas/{name}", "components": description["components"]}
    return Draft202012Validator({**schema, **closed}, format_checker=FormatChecker())


def _fault(validator: Validator, value: Any) -> str:
    """Return the gravest thing wrong with a value, in one line; empty if nothing is."""
    from jsonschema.exceptions import best_match

    worst = best_match(validator.iter_errors(value))
    return f"{worst.json_path}: {worst.message}"[:150] if worst else ""


def _requests(validator: Validator) -> Iterator[tuple[str, str]]:
    for name, shape in SHAPES.items():
        sent = _sent(shape)
        faults = (_fault(validator, request) for request in sent)
        yield f"request: {name}", next(filter(None, faults), "" if sent else "nothing was sent")
    (good,) = _sent(SHAPES["words alone"])
    for name, wrong in WRONG.items():
        refused = _fault(validator, {**good, **wrong})
        yield f"refused: {name}", "" if refused else "it was accepted"


def _sent(shape: Callable[[vlm.Client, Any], None]) -> list[dict[str, Any]]:
    with running() as server:
        shape(vlm.Client(server.base_url, "key", model=MODEL, max_retries=0), server)
        return server.requests


def _replies(description: dict[str, Any]) -> Iterator[tuple[str, str]]:
    url = vlm.prepare(RED).data_url
    picture = {"type": "image_url", "image_url": {"url": url}}
    content = [picture, {"type": "text", "text": "What is it?"}]
    asked = {"model": "embedded", "messages": [{"role": "user", "content": content}]}
    whole = json.loads(asyncio.run(_posted(asked)))
    yield "the embedded model's reply", _fault(_validator(description, REPLY), whole)
    chunk = _validator(description, CHUNK)
    lines = asyncio.run(_posted({**asked, "stream": True})).split("\n\n")
    events = [line.removeprefix("data: ") for line in lines if line.startswith("data: {")]
    faults = (_fault(chunk, json.loads(event)) for event in events)
    yield f"its stream's {len(events)} events", next(filter(None, faults), "")


async def _posted(body: dict[str, Any]) -> str:
    async with transport.http_client() as http:
        reply = await http.post(f"{transport.BASE_URL}/chat/completions", json=body)
        return str(reply.text)


if __name__ == "__main__":
    sys.exit(main())
