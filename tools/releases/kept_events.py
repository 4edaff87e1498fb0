"""Ask the address of a model the events that its live version passed, whatever the folder holds by now.

    python tools releases.kept_events API_URL VERSION BUCKET FOLDER/events

So it holds after a rollback too. Where nothing was kept, as by an older pipeline, the folder's events are asked.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tools.releases import event_files, events, gate_records, invocation


def main(api_url: str, version: str, bucket: str, folder: str) -> int:
    kept = gate_records.events(invocation.client("s3"), bucket, version)
    ours = event_files.read_all(Path(folder))
    if kept is not None and kept != ours:
        print(f"          the events that version {version} passed; those of the folder are others", file=sys.stderr)
    failed, sent = events.failures(lambda request: events.send(api_url, request), ours if kept is None else kept)
    return 1 if failed or not sent else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
