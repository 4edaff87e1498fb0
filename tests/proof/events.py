"""Envelopes of gateways that are not quite theirs, and bodies that are no requests."""

from __future__ import annotations

import base64
import functools
import json
from typing import Any

from hypothesis import strategies as st

import model_apps
import serving
from hostile_events import HTTP, REST, SAMPLES
from pipeline_runs import ROOT
from proof.kind import Broken, Kind, handled, word, words
from serving.requests import events
from small_models import make_note_handler, make_picture_handler, make_table_handler

TEXT = st.text(st.characters(codec=None), max_size=20)
NUMBERS = st.integers() | st.floats() | st.sampled_from([10**400, -(10**400), 1e308, 5e-324, 2**63, -0.0])
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@st.composite
def changed(draw: st.DrawFn) -> Any:
    """A real event, of which some parts at any depth are something else."""
    event = json.loads(json.dumps(draw(st.sampled_from(list(SAMPLES.values())))))
    for _ in range(draw(st.integers(1, 3))):
        at = event
        while isinstance(at, dict) and at:
            name = draw(st.sampled_from(sorted(at)))
            if not isinstance(at[name], dict) or not at[name] or draw(st.booleans()):
                at[name] = draw(JSON)
                break
            at = at[name]
    return event


class Context:
    def __init__(self, identity: str | None) -> None:
        self.aws_request_id = identity


@functools.cache
def table() -> serving.Handler[float]:
    return make_table_handler()


def check_envelope(case: dict[str, Any]) -> str:
    try:
        answer, logged = handled(table(), case["event"], Context(case["id"]))
    except events.EventNotTaken:
        return "event_not_taken"
    if isinstance(answer, dict) and "statusCode" in answer:
        shape = answer["statusCode"], type(answer["body"]), type(answer["isBase64Encoded"])
        if shape != (logged["status"], str, bool):
            raise Broken(f"answered with {shape}")
    return word(logged)


# --- bodies ---------------------------------------------------------------------------------------

FIELDS = ["input_X", "data", "input_url", "n_predictions", "picture", "note", "input_photo", "leadId"]
ROWS = st.lists(st.none() | NUMBERS | st.lists(st.none() | NUMBERS, max_size=14), max_size=14)
VALUES = JSON | ROWS | st.binary(max_size=60).map(lambda content: base64.b64encode(content).decode())
OBJECTS = st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=4)
TYPES = [*["application/json"] * 20, *words("text/json image/png image/* text/csv multipart/form-data */* é"), ""]

WHOLE = [
    json.dumps(body)
    for body in (
        {"input_X": [1, 2.5, None]},
        {"input_X": [[0] * 13, [1e38] * 13]},
        {"data": "iVBORw0KGgo="},
        {"picture": "iVBORw0KGgo=", "note": "\u00fc"},
    )
]


@st.composite
def bodies(draw: st.DrawFn) -> dict[str, Any]:
    objects = OBJECTS.map(lambda fields: json.dumps(fields, ensure_ascii=False))
    return {
        "to": draw(st.sampled_from(["table", "picture", "note", "prices"])),
        "body": draw(st.sampled_from(WHOLE) | objects | TEXT),
        "is_base64": draw(st.booleans()),
        "type": draw(st.sampled_from(TYPES)),
        "by": draw(st.sampled_from(["http", "rest"])),
    }


def posted(case: dict[str, Any]) -> dict[str, Any]:
    event: dict[str, Any] = {"isBase64Encoded": case["is_base64"], "headers": {"Content-Type": case["type"]}}
    path = "/measure" if case["to"] == "note" else "/predict"
    event |= {**HTTP, "rawPath": path} if case["by"] == "http" else {**REST, "path": path}
    content = case["body"].encode(errors="surrogatepass")
    return event | {"body": base64.b64encode(content).decode() if case["is_base64"] else case["body"]}


@functools.cache
def handlers() -> dict[str, serving.Handler[Any]]:
    """The small ones, and a model of this repository with its own."""
    import sys

    model_apps.forget()
    sys.path.insert(0, str(ROOT / "xgboost-example"))
    from app import main  # type: ignore[import-not-found, unused-ignore]

    return {"table": table(), "picture": make_picture_handler(), "note": make_note_handler(), "prices": main.handler}


def check_body(case: dict[str, Any]) -> str:
    return word(handled(handlers()[case["to"]], posted(case))[1])


ANY = st.fixed_dictionaries({"event": changed() | JSON, "id": st.none() | TEXT})
ENVELOPES = Kind("envelopes", check_envelope, drawn=ANY, varied=("event", "event", "event", "id"))
BODIES = Kind("bodies", check_body, drawn=bodies(), varied=(*["body"] * 9, "type"))
