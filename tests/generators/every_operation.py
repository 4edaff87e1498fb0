"""Run with the client that openapi-python-client made, in its environment: does every operation of the document.

    python every_operation.py ROOT OPENAPI_JSON PICTURE

Prints a JSON object: by operation what each call was answered, its status and the kind of what was made of it.
"""

import importlib
import json
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

# Made in the test, and there for nobody else to read.
from client import Client, models  # type: ignore[import-not-found, unused-ignore]
from client.types import File  # type: ignore[import-not-found, unused-ignore]

# For the parameters of a query string: what the tests' own route takes.
PARAMETERS = {"first": 7, "names": ["a", "b"]}


def calls(operation: dict[str, Any], picture: Path) -> Iterator[dict[str, object]]:
    """The arguments to call it with, once for each example and each kind of body."""
    content = operation.get("requestBody", {}).get("content", {})
    for media_type, body in content.items():
        if media_type != "application/json":
            yield {"body": File(payload=BytesIO(picture.read_bytes()))}
            continue
        model = getattr(models, body["schema"]["$ref"].rpartition("/")[2])
        yield from ({"body": model.from_dict(example["value"])} for example in body["examples"].values())
    if not content:
        names = [parameter["name"] for parameter in operation.get("parameters", [])]
        yield {name: PARAMETERS[name] for name in names if name in PARAMETERS}


def main(root: str, document: str, picture: str) -> None:
    client = Client(root)
    told: dict[str, list[list[object]]] = {}
    for methods in json.loads(Path(document).read_bytes())["paths"].values():
        for operation in methods.values():
            name = operation["operationId"]
            ask = importlib.import_module(f"client.api.default.{name}").sync_detailed
            told[name] = []
            for arguments in calls(operation, Path(picture)):
                answer = ask(client=client, **arguments)
                told[name].append([int(answer.status_code), type(answer.parsed).__name__])
    print(json.dumps(told))


main(*sys.argv[1:])
