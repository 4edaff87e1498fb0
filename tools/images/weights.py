"""Choose the weights of an image from the folder's catalogue, weights.toml, and fetch them.

    python tools images.weights FOLDER CACHE INTO NAME [--file FILE] [--labels FILE] [--or-stand-in] [--dry-run]

INTO gets what goes into the build as `weights/`: weights.json (what the catalogue says of them), labels.txt,
and the weights themselves as a link into the cache. What is in the cache, or came from the network, has the
catalogue's sha256; anything else is refused. FILE is somebody's own checkpoint, of the architecture that NAME
says, or any file that the folder's export takes.

Prints the name of what was chosen. Exit status 3: they cannot be had, and a stand-in was not asked for.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
import tomllib
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path
from typing import Any

TIMEOUT = 30.0
UNAVAILABLE = 3


class Unavailable(Exception):
    """The weights cannot be had from here. Nothing is wrong with them."""


def catalogue(folder: Path) -> dict[str, Any]:
    """The entries by name. `stand_in` is the one that ships with the folder."""
    return tomllib.loads((folder / "weights.toml").read_text())


def entry_of(folder: Path, name: str) -> dict[str, Any]:
    entries = {key: value for key, value in catalogue(folder).items() if isinstance(value, dict)}
    if name not in entries:
        raise ValueError(f"weights.toml has no weights {name!r}, only {', '.join(entries)}")
    return entries[name]


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def in_cache(entry: dict[str, Any], cache: Path) -> Path:
    return cache / "weights" / f"{entry['sha256']}{Path(entry['source']).suffix}"


def fetch(entry: dict[str, Any], cache: Path) -> Path:
    """The weights' file in the cache, which appears whole and checked or not at all."""
    target = in_cache(entry, cache)
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    try:
        with urllib.request.urlopen(entry["source"], timeout=TIMEOUT) as answer, partial.open("wb") as file:  # noqa: S310
            copy(answer, file, int(answer.headers.get("Content-Length") or 0))
        found = sha256(partial)
        if found != entry["sha256"]:
            raise ValueError(f"{entry['source']} has the sha256 {found}, the catalogue {entry['sha256']}: refused")
        partial.rename(target)
    except (urllib.error.URLError, HTTPException, TimeoutError, ConnectionError) as error:
        raise Unavailable(f"{entry['source']}: {error}") from None
    finally:
        partial.unlink(missing_ok=True)
    return target


def copy(answer: Any, file: Any, size: int) -> None:
    """With a line of progress, of which the pipeline shows the last."""
    done = 0
    while block := answer.read(1 << 20):
        file.write(block)
        done += len(block)
        print(f"{done >> 20} of {size >> 20} MB" if size else f"{done >> 20} MB", file=sys.stderr)


def checked(path: Path, entry: dict[str, Any]) -> Path:
    """A file that ships with the folder, if it is the one the catalogue means."""
    found = sha256(path)
    if found != entry["sha256"]:
        raise ValueError(f"{path} has the sha256 {found}, weights.toml says {entry['sha256']}: refused")
    return path


def labels_in(path: Path) -> list[str]:
    labels = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    while labels and not labels[-1]:
        labels.pop()
    if len(labels) < 2 or not all(labels):
        raise ValueError(f"{path} must hold one label a line, two or more, none of them empty")
    return labels


def assemble(into: Path, facts: dict[str, Any], weights: Path | None, labels: list[str]) -> None:
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    (into / "weights.json").write_text(json.dumps(facts, indent=1, sort_keys=True) + "\n")
    (into / "labels.txt").write_text("\n".join(labels) + "\n", encoding="utf-8")
    if weights:
        (into / facts["file"]).symlink_to(weights.resolve())


def from_catalogue(folder: Path, cache: Path, into: Path, name: str, *, dry_run: bool) -> None:
    entry = entry_of(folder, name)
    weights: Path | None
    if "file" in entry:
        weights = checked(folder / entry["file"], entry)
    elif dry_run:
        weights = in_cache(entry, cache)
        weights = weights if weights.exists() else None
    else:
        weights = fetch(entry, cache)
    suffix = "".join(Path(entry.get("file") or entry["source"]).suffixes[-1:])
    facts = {**entry, "name": name, "file": f"weights{suffix}"}
    del facts["labels"]
    assemble(into, facts, weights, labels_in(folder / entry["labels"]))


def from_file(folder: Path, into: Path, name: str, file: Path, labels: Path | None) -> None:
    entry = entry_of(folder, name)
    kept = {key: value for key, value in entry.items() if isinstance(value, dict) or key == "pictures"}
    facts = {**kept, "name": file.stem, "file": f"weights{file.suffix}", "sha256": sha256(file)}
    assemble(into, facts, file, labels_in(labels or folder / entry["labels"]))


def choose(arguments: argparse.Namespace) -> str:
    folder, name = arguments.folder, arguments.name
    if arguments.file:
        from_file(folder, arguments.into, name, arguments.file, arguments.labels)
        return str(arguments.file)
    if arguments.labels:
        raise ValueError("LABELS_FILE goes with WEIGHTS_FILE: the catalogue's weights have labels of their own")
    try:
        from_catalogue(folder, arguments.cache, arguments.into, name, dry_run=arguments.dry_run)
    except Unavailable:
        stand_in = catalogue(folder).get("stand_in")
        if not arguments.or_stand_in or not stand_in:
            raise
        from_catalogue(folder, arguments.cache, arguments.into, stand_in, dry_run=arguments.dry_run)
        return str(stand_in)
    return str(name)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("folder", "cache", "into"):
        parser.add_argument(name, type=Path)
    parser.add_argument("name")
    parser.add_argument("--file", type=Path)
    parser.add_argument("--labels", type=Path)
    parser.add_argument("--or-stand-in", action="store_true")
    parser.add_argument("--dry-run", action="store_true")
    try:
        print(choose(parser.parse_args()))
    except Unavailable as error:
        print(error, file=sys.stderr)
        return UNAVAILABLE
    except (OSError, ValueError, KeyError) as error:
        print(f"weights.toml: {error} is missing" if isinstance(error, KeyError) else error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
