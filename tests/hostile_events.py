"""Events that merely resemble a gateway's, and requests that no client sends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SAMPLES_AT = Path(__file__).parent / "serving" / "requests" / "samples"
SAMPLES: dict[str, Any] = {path.stem: json.loads(path.read_bytes()) for path in sorted(SAMPLES_AT.glob("*.json"))}
# Events of queues, buckets and schedules, for which any answer means success.
NO_REQUESTS: dict[str, Any] = {
    path.stem: json.loads(path.read_bytes()) for path in sorted(SAMPLES_AT.glob("events/*.json"))
}

HTTP = {"rawPath": "/predict", "requestContext": {"http": {"method": "POST"}}, "body": '{"input_X": [1, 2, 3]}'}
REST = {"path": "/predict", "httpMethod": "POST", "requestContext": {}, "body": '{"input_X": [1, 2, 3]}'}

# Each with the field that the refusal names.
WRONG_TYPES: list[tuple[dict[str, Any], str | None]] = [
    ({**HTTP, "headers": 5}, "headers"),
    ({**HTTP, "headers": {"content-type": 5}}, "headers[...]"),
    ({**HTTP, "headers": ["content-type"]}, "headers"),
    ({**HTTP, "rawPath": 5}, "rawPath"),
    ({**HTTP, "rawQueryString": {}}, "rawQueryString"),
    ({**HTTP, "body": {"input_X": [1, 2, 3]}}, "body"),
    ({**HTTP, "isBase64Encoded": "yes"}, "isBase64Encoded"),
    ({**HTTP, "requestContext": {"http": {"method": "POST"}, "stage": []}}, "requestContext.stage"),
    ({**REST, "path": 5}, "path"),
    ({**REST, "pathParameters": {"a": None}}, "pathParameters[...]"),
    ({**REST, "multiValueHeaders": {"a": "b"}}, "multiValueHeaders[...]"),
    ({**REST, "queryStringParameters": "a=b"}, "queryStringParameters"),
    ({**REST, "requestContext": {"elb": {}}, "multiValueQueryStringParameters": [1]}, None),
]

HALF = "\ud800"
HALVES: list[Any] = [
    {**HTTP, "body": HALF},
    {**HTTP, "headers": {HALF: HALF}},
    {**HTTP, "rawPath": HALF},
    {**HTTP, "requestContext": {"http": {"method": HALF}, "requestId": HALF}},
    {**HTTP, HALF: 1},
    {**REST, "queryStringParameters": {"a": HALF}},
    {**REST, "requestContext": {"elb": {}}, "queryStringParameters": {"a": HALF}},
    {"input_X": HALF},
    {HALF: 1},
    HALF,
]

# Bodies that are no valid request, or are far too large.
BODIES: list[str] = [
    "",
    "null",
    "[]",
    "5",
    '"',
    "{",
    "\ufeff{}",
    "NaN",
    '{"a":' * 20_000,
    "[" * 100_000 + "]" * 100_000,
    "9" * 100_000,
    '{"n_predictions": 1e999}',
    '{"n_predictions": -0.0}',
    '{"input_X": [' + "1e308," * 100_000 + "1]}",
    '{"input_X": ' + json.dumps([[0] * 13] * 20_000) + "}",
    '{"data": "' + "A" * 1_000_000 + '"}',
    '{"data": "' + "=" * 100_000 + '"}',
    '{"input_url": "http://' + "a." * 100_000 + '"}',
    '{"input_url": "http://[::ffff:169.254.169.254]/"}',
    '{"leadId": "' + "\\u0000" * 100_000 + '"}',
    "{" + ",".join(f'"{number}": 1' for number in range(50_000)) + "}",
]


def cases(path: str, content_type: str) -> Iterator[tuple[str, Any]]:
    """All cases, each with a name; the bodies go to this path of the model."""
    yield from ((f"sample {name}", event) for name, event in SAMPLES.items())
    yield from ((f"no request: {name}", event) for name, event in NO_REQUESTS.items())
    yield from ((f"wrong type {number}", event) for number, (event, _) in enumerate(WRONG_TYPES))
    yield from ((f"half a character {number}", event) for number, event in enumerate(HALVES))
    for number, body in enumerate(BODIES):
        yield f"body {number}", {**HTTP, "rawPath": path, "headers": {"content-type": content_type}, "body": body}
        try:
            value = json.loads(body)
            json.dumps(value, allow_nan=False)
        except (ValueError, RecursionError):
            continue  # No event can be that.
        yield f"body {number}, invoked", value
