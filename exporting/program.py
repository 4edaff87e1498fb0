"""`python -m export WEIGHTS MODEL BACKEND`: makes model/ from weights/, or fails the build and says why."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from exporting.parity import Differs

# Makes the model from the weights; what it returns goes into model.json.
Export = Callable[[Path, Path, str], Any]


def run(export: Export, *refusals: type[Exception]) -> None:
    """Run the export. `refusals` are the exceptions, besides ValueError, that it raises for unsuitable weights."""
    weights, model, backend = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    model.mkdir(parents=True, exist_ok=True)
    refused: tuple[type[Exception], ...] = (Differs, msgspec.ValidationError, ValueError, *refusals)
    try:
        facts = export(weights, model, backend)
    except refused as error:
        sys.exit(f"export: {error}")
    (model / "model.json").write_bytes(msgspec.json.format(msgspec.json.encode(facts), indent=1) + b"\n")
    decoded = "in full" if facts.exact else "at a fraction of their size"
    print(f"export: {facts.name}: {facts.file}, {len(facts.labels)} labels, JPEGs {decoded}", file=sys.stderr)
