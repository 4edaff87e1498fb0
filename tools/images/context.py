"""What an image is built from, as one archive that is the same bytes for the same input.

    python tools images.context tag FOLDER BUILD_ARG... [--weights DIR]
        print the tag that the content decides
    python tools images.context tar FOLDER BUILD_ARG... [--weights DIR] --wheels NAME=DIR...
        write the archive to stdout

The archive holds the model folder less what only people and the pipeline read, the `serving` package, for a folder
that exports its model the `exporting` package, the weights that were chosen as `weights/`, and folders of wheels:
`wheels=DIR` for requirements.txt, `wheels-export=DIR` for requirements-export.txt. Owner, time and order say nothing,
so neither do they differ. BACKEND=name among the build arguments chooses requirements-name.txt where there is one.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

ROOT = Path(__file__).resolve().parents[2]
NOT_IN_IMAGES = {"train", "events", "README.md", "template.yaml", "model.env", "weights", "weights.toml"}
NOT_CONTENT = {"__pycache__", ".DS_Store"}
EXPORT = "requirements-export.txt"


def files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and not NOT_CONTENT.intersection(parts) and not parts[-1].startswith("."):
            yield path


def requirements(folder: Path, build_args: list[str]) -> dict[str, Path]:
    """The lock files that the image is built with, each by the name that it has in the archive."""
    backend = dict(argument.split("=", 1) for argument in build_args).get("BACKEND")
    chosen = folder / f"requirements-{backend}.txt"
    found = {"requirements.txt": chosen if chosen.exists() else folder / "requirements.txt"}
    if (folder / EXPORT).exists():
        found[EXPORT] = folder / EXPORT
    return found


def entries(folder: Path, build_args: list[str]) -> Iterator[tuple[str, Path]]:
    for path in files(folder):
        name = path.relative_to(folder)
        if name.parts[0] not in NOT_IN_IMAGES and not name.match("requirements*"):
            yield name.as_posix(), path
    yield from requirements(folder, build_args).items()
    for shared in ["serving", "exporting"] if (folder / EXPORT).exists() else ["serving"]:
        yield from inside(shared, ROOT / shared)


def inside(name: str, folder: Path | None) -> Iterator[tuple[str, Path]]:
    if folder:
        for path in files(folder):
            yield f"{name}/{path.relative_to(folder).as_posix()}", path


def tag(folder: Path, build_args: list[str], weights: Path | None = None) -> str:
    """Wheels need no reading, requirements.txt holds their hashes; nor do weights, weights.json holds theirs."""
    content = hashlib.sha256("\0".join(sorted(build_args)).encode())
    chosen = [entry for entry in inside("weights", weights) if not entry[1].is_symlink()]
    for name, path in sorted([*entries(folder, build_args), *chosen]):
        content.update(f"{name}\0{path.stat().st_mode & 0o100:o}\0".encode())
        content.update(hashlib.sha256(path.read_bytes()).digest())
    return content.hexdigest()[:20]


def archive(
    target: BinaryIO, folder: Path, build_args: list[str], wheels: Mapping[str, Path], weights: Path | None = None
) -> None:
    members = [*entries(folder, build_args), *inside("weights", weights)]
    for name, found in wheels.items():
        members += inside(name, found)
    with tarfile.open(fileobj=target, mode="w|") as tar:
        for name, path in sorted(members):
            member = tarfile.TarInfo(name)
            member.size = path.stat().st_size
            member.mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
            with path.open("rb") as content:
                tar.addfile(member, content)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["tag", "tar"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("build_args", nargs="*", metavar="BUILD_ARG")
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--wheels", action="append", default=[], metavar="NAME=DIR")
    arguments = parser.parse_intermixed_args()
    if arguments.command == "tag":
        print(tag(arguments.folder, arguments.build_args, arguments.weights))
    else:
        wheels = {name: Path(at) for name, _, at in (given.partition("=") for given in arguments.wheels)}
        archive(sys.stdout.buffer, arguments.folder, arguments.build_args, wheels, arguments.weights)


if __name__ == "__main__":
    main()
