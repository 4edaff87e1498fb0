"""What a run has come to, kept in a file after every step, so that one that was cut short goes on where it was."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from proof.kind import Tally


@dataclass
class Suite:
    """Of the tests in some files or folders."""

    passed: int = 0
    seconds: float = 0.0


@dataclass
class Results:
    seeds: list[int] = field(default_factory=list)
    kinds: dict[str, Tally] = field(default_factory=dict)
    suites: dict[str, Suite] = field(default_factory=dict)

    def keep(self, file: Path) -> None:
        kinds = {name: json.loads(tally.as_json()) for name, tally in self.kinds.items()}
        suites = {name: asdict(suite) for name, suite in self.suites.items()}
        file.write_text(json.dumps({"seeds": self.seeds, "kinds": kinds, "suites": suites}, indent=1) + "\n")

    @staticmethod
    def kept(file: Path) -> Results:
        if not file.exists():
            return Results()
        found = json.loads(file.read_text())
        kinds = {name: Tally.of_json(json.dumps(tally)) for name, tally in found["kinds"].items()}
        return Results(found["seeds"], kinds, {name: Suite(**suite) for name, suite in found["suites"].items()})
