"""Try the first inputs, and say what all of them cost, how long they take and how many fail.

    python tools batch.quote FOLDER BUCKET FUNCTION VERSION PATH INPUT OUTPUT CONCURRENCY [--chunk N] [--budget DOLLARS]

PATH is that of the model's address. Prints what the batch is called; FOLDER/plan.json is what it would be, FOLDER/quote
what to tell. Where the batch is in the bucket already, FOLDER/quote is not written, and nothing is tried.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tools.aws import clients
from tools.batch import asked, cost, formats, inputs, kept, places, rows, sizing, survey, tables, trial
from tools.batch.given import Remarks, UnusableError
from tools.batch.plan import Plan
from tools.batch.store import S3, Store, has
from tools.batch.survey import Survey
from tools.batch.trial import Trial
from tools.releases import gate
from tools.releases.events import Unanswered
from tools.releases.invocation import Version

# Dollars of which no more is said.
SMALL = 0.0001


class QuoteError(Exception):
    """Why there is no batch; its text is for a person."""


KNOWN = (
    *(QuoteError, UnusableError, formats.UnusableOutputError, tables.NoTableError, trial.TrialError),
    *(*clients.FAILED, OSError),
)


def schema(function: str, version: str, path: str) -> rows.Schema:
    """What the version that is live says of itself."""
    try:
        status, document = Version(function, version)({"method": "GET", "path": "/openapi.json"})
    except Unanswered as error:
        raise QuoteError(str(error)) from error
    return rows.of_openapi(document, path) if status == 200 and isinstance(document, dict) else {}


def plan(
    given: argparse.Namespace, about: dict[str, Any], batch: str, source: inputs.Source, found: Survey, tried: Trial
) -> Plan:
    each = max(found.bytes / found.count, tried.output_bytes)
    size = given.chunk or sizing.chunk(
        found.count, given.concurrency, about["Timeout"], tried.input_ms, tried.chunk_ms, each
    )
    return Plan(
        batch=batch,
        source=source.place,
        output=given.output,
        form=source.form,
        count=found.count,
        bytes=found.bytes,
        chunk=size,
        chunks=-(-found.count // size),
        concurrency=given.concurrency,
        function=given.function,
        version=given.version,
        path=given.path,
        memory_mb=about["MemorySize"],
        architecture=about.get("Architectures", ["x86_64"])[0],
        region=clients.client("lambda").meta.region_name,
        input_ms=tried.input_ms,
        chunk_ms=tried.chunk_ms,
        when=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def told(plan: Plan, tried: Trial) -> str:
    seconds = cost.seconds(plan)
    lines = [
        f"{plan.count:,} inputs, {plan.bytes / 1e6:,.1f} MB, by version {plan.version}",
        f"tried: {tried.count}, of which {tried.failed} failed"
        + (f" ({tried.failed / tried.count:.0%}), the first: {tried.why}" if tried.failed else ""),
        f"{tried.input_ms:,.2f} ms an input and {tried.chunk_ms:,.0f} ms a chunk, with {plan.memory_mb:,} MB",
        f"{plan.chunks:,} chunks of {plan.chunk:,}, {min(plan.concurrency, plan.chunks)} at once",
        f"about {spoken(seconds)}, and {dollars(cost.expected(plan))}, by list prices",
    ]
    return "\n".join(lines)


def remarked(remarks: Remarks) -> list[str]:
    left = remarks.left_out
    told = [f"left out: {left:,}, links or no regular files of this folder"] if left else []
    return [*([remarks.head] if remarks.head else []), *told]


def spoken(seconds: float) -> str:
    if seconds < 100:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:,.0f} min" if seconds < 100 * 60 else f"{seconds / 3600:,.1f} h"


def dollars(amount: float) -> str:
    if amount < SMALL:
        return f"less than {SMALL} dollars"
    return f"{amount:,.4f} dollars" if amount < 1 else f"{amount:,.2f} dollars"


def elsewhere(source: inputs.Source, own: str) -> str:
    why = f"pictures are read where they are, in {source.bucket}, and the function may read from {own} alone: "
    if source.place.endswith(inputs.LINES):
        return why + f"copy those that {source.place} names to s3://{own}/inputs/, and name them there"
    return why + f"aws s3 cp --recursive {source.place} s3://{own}/inputs/"


def quoted(given: argparse.Namespace, store: Store) -> str:
    if why := gate.not_started(clients.client("lambda"), given.function, given.version):
        raise QuoteError(f"version {given.version} does not start: {why}")
    source = inputs.source(given.input, schema(given.function, given.version, given.path))
    if source.bucket and source.form == "objects" and source.bucket != store.bucket:
        raise QuoteError(elsewhere(source, store.bucket))
    found = survey.survey(kept.keeping(source.read(), given.folder) if source.form == "lines" else source.read())
    if not found.count:
        raise QuoteError("there is nothing in it that the model could be asked")
    batch = survey.batch_of(found.digest, given.function, given.version, given.path, source.form)
    if has(store, places.plan(batch)):
        return batch
    about = clients.client("lambda").get_function_configuration(FunctionName=given.function, Qualifier=given.version)
    invoke = trial.invoking(given.function, given.version)
    some = found.first[: given.chunk or survey.TRIED]
    tried = trial.tried(store, batch, source.form, source.bucket, some, invoke, about["Timeout"])
    made = plan(given, about, batch, source, found, tried)
    (given.folder / "plan.json").write_text(json.dumps(asdict(made)))
    (given.folder / "quote").write_text("\n".join([*remarked(source.remarks), told(made, tried), ""]))
    if given.budget is not None and cost.expected(made) > given.budget:
        raise QuoteError(f"it would cost {dollars(cost.expected(made))}, and --budget is {given.budget:g}")
    return batch


def main(*arguments: str) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    for name in ("bucket", "function", "version", "path", "input", "output"):
        parser.add_argument(name)
    parser.add_argument("concurrency", type=int)
    parser.add_argument("--chunk", type=int)
    parser.add_argument("--budget", type=float)
    given = parser.parse_args(arguments)
    given.output = given.output or formats.default(given.input)
    try:
        formats.check(given.output)
        batch = quoted(given, S3(given.bucket))
        asked.note(asked.home(), batch, given.output)
        print(batch)
    except KNOWN as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(*sys.argv[1:])
