"""Send the folder's events to one version of a function, before anybody else can call it, and record the result.

    python tools releases.gate FUNCTION VERSION FOLDER/events BUCKET PATH

PATH is what the address that people get ends with. Exit status 1 if nothing answers there, or if any answer differs
from the expected one; the differences are printed. The result stays in the
bucket for tools/releases/versions.py.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import botocore.exceptions

from tools.aws import clients
from tools.releases import event_files, events, gate_records, invocation

NOT_FOUND = 404
NOWHERE = (
    "nothing answers at {}, where its address leads: the path of the handler in app/main.py and the output ApiUrl of "
    "the folder's template.yaml must be the same"
)


def not_started(functions: Any, function: str, version: str) -> str | None:
    """Why the version cannot start, or None. With SnapStart it needs a snapshot, which fails if the model does."""
    wake(functions, function, version)
    try:
        functions.get_waiter("published_version_active").wait(FunctionName=function, Qualifier=version)
    except botocore.exceptions.WaiterError as error:
        said = functions.get_function_configuration(FunctionName=function, Qualifier=version)
        return str(said.get("StateReason") or error)
    return None


def wake(functions: Any, function: str, version: str) -> None:
    """A version that was idle for weeks wakes only on a request, and that request fails."""
    if functions.get_function_configuration(FunctionName=function, Qualifier=version).get("State") == "Inactive":
        print(f"          version {version} was inactive and is woken, which takes minutes", file=sys.stderr)
        events.health(invocation.Version(function, version))


def leads_nowhere(ask: events.Ask, path: str) -> bool:
    """A handler answers every method on its own path, even those that it does not accept."""
    try:
        status, _ = ask({"method": "GET", "path": path})
    except events.NO_ANSWER:
        # The events have reported that already.
        return False
    return status == NOT_FOUND


def main(function: str, version: str, folder: str, bucket: str, path: str) -> int:
    functions = clients.client("lambda")
    if reason := not_started(functions, function, version):
        print(f"          version {version} does not start: {reason}", file=sys.stderr)
        return 1
    asked = event_files.read_all(Path(folder))
    ask = invocation.Version(function, version)
    failed, sent = events.failures(ask, asked)
    ask.causes.tell()
    if leads_nowhere(ask, path):
        failed += 1
        print(f"          {NOWHERE.format(path)}", file=sys.stderr)
    note = str(events.health(ask).get("note", ""))
    passed = sent > 0 and not failed
    published = functions.get_function_configuration(FunctionName=function, Qualifier=version)["LastModified"]
    now, digest = datetime.now(UTC).isoformat(timespec="seconds"), event_files.digest(Path(folder))
    storage = clients.client("s3")
    if passed:
        gate_records.keep_events(storage, bucket, version, asked)
    record = gate_records.Record(version, published, passed, failed, sent, now, digest, note)
    gate_records.keep(storage, bucket, record)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
