"""The first inputs, tried by the function itself as a chunk is: what they take, and how many fail."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from tools.aws import clients
from tools.batch import packing, places, sizing, texts
from tools.batch.given import Input
from tools.batch.results import Row, lines
from tools.batch.store import Store
from tools.releases import causes


class TrialError(Exception):
    """Why the function does no chunk; its text is for a person."""


@dataclass(frozen=True)
class Trial:
    count: int
    failed: int
    input_ms: float
    chunk_ms: float  # beside its inputs
    output_bytes: float  # of an input's line
    why: str = ""  # of the first that failed


def tried(
    store: Store, batch: str, form: str, bucket: str, inputs: Sequence[Input], invoke: Any, timeout: float
) -> Trial:
    """`invoke` takes the event of a chunk, and returns what the function does, in no more than `timeout` seconds."""
    batch = places.trial(batch)
    # The first answer of a new container takes longer than any other.
    took, answers = _done(store, batch, form, bucket, inputs[:1], invoke)
    if sizing.in_time(timeout, took) < len(inputs):
        took, answers = _done(store, batch, form, bucket, inputs[:1], invoke)
    if (most := min(len(inputs), sizing.in_time(timeout, took))) > 1:
        took, answers = _done(store, batch, form, bucket, inputs[:most], invoke)
    failed = [answer.error for answer in answers if answer.error]
    each = sum(answer.ms or 0.0 for answer in answers)
    size = sum(map(len, map(msgspec.json.encode, answers))) / len(answers)
    why = texts.shown(bytes(failed[0]).decode()) if failed else ""
    return Trial(len(answers), len(failed), each / len(answers), max(0.0, took - each), size, why)


def _done(
    store: Store, batch: str, form: str, bucket: str, inputs: Sequence[Input], invoke: Any
) -> tuple[float, list[Row]]:
    with tempfile.TemporaryDirectory() as folder:
        if form == "objects":
            made = list(packing.listed(bucket, inputs, len(inputs)))
        else:
            made = list(packing.packed(store, batch, form, inputs, len(inputs), Path(folder)))
    took, answers = 0.0, list[Row]()
    for chunk in made:
        said = invoke(chunk.item(store.bucket, batch))
        took += said["ms"]
        answers += lines(store, places.result(batch, chunk.first), chunk)
    return took, answers


def invoking(function: str, version: str) -> Any:
    functions = clients.invoking()

    def invoke(event: dict[str, Any]) -> Any:
        try:
            made = functions.invoke(FunctionName=function, Qualifier=version, Payload=json.dumps(event))
        except clients.FAILED as error:
            raise TrialError(str(error)) from error
        answer = json.loads(made["Payload"].read())
        if "FunctionError" in made:
            raise TrialError(f"the function failed: {causes.named(answer)}")
        if not isinstance(answer, dict) or "inputs" not in answer:
            raise TrialError("the version that is live knows no batches: deploy it anew")
        return answer

    return invoke
