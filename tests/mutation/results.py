"""What came of each change, and where it is kept, so that a run that was ended goes on where it was."""

from __future__ import annotations

import json
from pathlib import Path

from mutation.changes import Change
from mutation.trials import Outcome

NOTICED = ("killed", "endless")
# Of nothing else is it sure that it would come out again.
KEPT = (*NOTICED, "survived", "untested")


class Results:
    def __init__(self, file: Path | None) -> None:
        self._file = file
        self.outcomes: dict[tuple[str, ...], str] = {}
        self.seconds = 0.0
        for line in file.read_text().splitlines() if file and file.exists() else []:
            row = json.loads(line)
            if row["outcome"] in KEPT:
                self.outcomes[tuple(row["key"])] = row["outcome"]
            self.seconds += row["seconds"]

    def add(self, change: Change, outcome: Outcome, seconds: float) -> None:
        self.outcomes[change.key] = outcome.what
        self.seconds += seconds
        if self._file:
            row = {"outcome": outcome.what, "seconds": round(seconds, 1), "test": outcome.test, "key": change.key}
            with self._file.open("a") as file:
                file.write(json.dumps(row) + "\n")
