"""Send a version that passed its gate the events that it passed with, even if the folder has changed since.

    python tools releases.kept_events address API_ROOT VERSION BUCKET FOLDER/events    at the address, if it is live
    python tools releases.kept_events version FUNCTION VERSION BUCKET FOLDER/events    by its number

By its number is for a check before a rollback: after weeks a version may be idle, or gone. The events that it passed
with are sent, so this works after a rollback too; nothing is recorded. If none were stored, as by an older pipeline,
the folder's events are sent. Exit status 1 if an answer differs.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tools.aws import clients
from tools.releases import event_files, events, gate, gate_records, invocation
from tools.releases.event_files import Events
from tools.releases.events import Ask


def passed_by(version: str, bucket: str, folder: str) -> Events:
    kept = gate_records.events(clients.client("s3"), bucket, version)
    ours = event_files.read_all(Path(folder))
    if kept is not None and kept != ours:
        print(f"          the events that version {version} passed; those of the folder are others", file=sys.stderr)
    return ours if kept is None else kept


def by_number(function: str, version: str) -> Ask:
    functions = clients.client("lambda")
    if reason := gate.not_started(functions, function, version):
        sys.exit(f"          version {version} does not start: {reason}")
    return invocation.Version(function, version)


def main(how: str, where: str, version: str, bucket: str, folder: str) -> int:
    ask: Ask = by_number(where, version) if how == "version" else lambda request: events.send(where, request)
    failed, sent = events.failures(ask, passed_by(version, bucket, folder))
    return 1 if failed or not sent else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
