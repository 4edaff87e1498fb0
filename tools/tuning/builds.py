"""Print the builds that a folder declares: lines of NAME=VALUE, separated by tabs.

    python tools tuning.builds FOLDER BACKEND WEIGHTS [PINNED...]

PINNED are names of settings that the caller has chosen. A back end is a requirements-NAME.txt beside the folder's own.
Other weights are tried as well if the catalogue says that they are the same network, with the same input and labels: in
another precision, say. The chosen build comes first.
"""

from __future__ import annotations

import sys
from collections.abc import Container, Iterator
from pathlib import Path

from tools.images import weights

# The back end of requirements.txt.
FAST = "fast"
# Installed to export the model, not to serve it.
EXPORT = "export"
# Two entries that agree in these are the same model.
SAME = ("architecture", "preprocessing", "labels")


def backends(folder: Path) -> set[str]:
    found = {path.stem.removeprefix("requirements-") for path in folder.glob("requirements-*.txt")}
    return (found - {EXPORT}) | {FAST}


def alike(folder: Path, name: str) -> list[str]:
    """The catalogue's entries that are the same model in another form, with this one first."""
    if not name or not (folder / "weights.toml").exists():
        return [name]
    entries = weights.entries(folder)
    chosen = {key: entries[name].get(key) for key in SAME} if name in entries else None
    others = [other for other, said in entries.items() if {key: said.get(key) for key in SAME} == chosen]
    return [name, *(other for other in others if other != name)]


def builds(folder: Path, backend: str, name: str, pinned: Container[str] = ()) -> Iterator[str]:
    """Pinned settings are not varied."""
    entries = [name] if "WEIGHTS" in pinned else alike(folder, name)
    others = set() if "BACKEND" in pinned else backends(folder) - {backend}
    for each in (backend, *sorted(others)):
        for entry in entries:
            yield "\t".join([f"BACKEND={each}"] + [f"WEIGHTS={entry}"] * (len(entries) > 1))


if __name__ == "__main__":
    where, backend, name, *pinned = sys.argv[1:]
    print(*builds(Path(where), backend, name, pinned), sep="\n")
