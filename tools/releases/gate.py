"""Ask one version of a function the folder's events, before anybody else can ask it, and keep what came out.

    python tools releases.gate FUNCTION VERSION FOLDER/events BUCKET

Exit status 1 if any answer differs from the expected one; the differences are printed. The result stays in the
bucket for tools/releases/versions.py.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import botocore.exceptions

from tools.releases import event_files, events, gate_records, invocation


def not_started(functions: Any, function: str, version: str) -> str | None:
    """With SnapStart a version is ready only once its snapshot is, which a model that does not load never gets."""
    try:
        functions.get_waiter("published_version_active").wait(FunctionName=function, Qualifier=version)
    except botocore.exceptions.WaiterError as error:
        said = functions.get_function_configuration(FunctionName=function, Qualifier=version)
        return str(said.get("StateReason") or error)
    return None


def main(function: str, version: str, folder: str, bucket: str) -> int:
    functions = invocation.client("lambda")
    if reason := not_started(functions, function, version):
        print(f"          version {version} does not start: {reason}", file=sys.stderr)
        return 1
    asked = event_files.read_all(Path(folder))

    def ask(request: dict[str, Any]) -> tuple[int, Any]:
        return invocation.ask(functions, function, version, request)

    failed, sent = events.failures(ask, asked)
    note = str(events.health(ask).get("note", ""))
    passed = sent > 0 and not failed
    published = functions.get_function_configuration(FunctionName=function, Qualifier=version)["LastModified"]
    now, digest = datetime.now(UTC).isoformat(timespec="seconds"), event_files.digest(Path(folder))
    storage = invocation.client("s3")
    if passed:
        gate_records.keep_events(storage, bucket, version, asked)
    record = gate_records.Record(version, published, passed, failed, sent, now, digest, note)
    gate_records.keep(storage, bucket, record)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
