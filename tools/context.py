"""What an image is built from, as one archive that is the same bytes for the same input.

    python context.py tag FOLDER BUILD_ARG...                 print the tag that the content decides
    python context.py tar FOLDER --wheels DIR BUILD_ARG...    write the archive to stdout

The archive holds the model folder less what only people and the pipeline read, the `serving` package, and
the wheels that requirements.txt names. Owner, time and order say nothing, so neither do they differ.
BACKEND=name among the build arguments chooses requirements-name.txt where the folder has one.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOT_IN_IMAGES = {"train", "events", "README.md", "template.yaml", "model.env"}
NOT_CONTENT = {"__pycache__", ".DS_Store"}


def files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).parts
        if path.is_file() and not NOT_CONTENT.intersection(inside) and not inside[-1].startswith("."):
            yield path


def requirements(folder: Path, build_args: list[str]) -> Path:
    backend = dict(argument.split("=", 1) for argument in build_args).get("BACKEND")
    chosen = folder / f"requirements-{backend}.txt"
    return chosen if chosen.exists() else folder / "requirements.txt"


def entries(folder: Path, build_args: list[str]) -> Iterator[tuple[str, Path]]:
    for path in files(folder):
        inside = path.relative_to(folder)
        if inside.parts[0] not in NOT_IN_IMAGES and not inside.match("requirements*"):
            yield inside.as_posix(), path
    yield "requirements.txt", requirements(folder, build_args)
    for path in files(ROOT / "serving"):
        yield path.relative_to(ROOT).as_posix(), path


def tag(folder: Path, build_args: list[str]) -> str:
    """The wheels need no reading: requirements.txt holds their hashes."""
    content = hashlib.sha256("\0".join(sorted(build_args)).encode())
    for name, path in sorted(entries(folder, build_args)):
        content.update(f"{name}\0{path.stat().st_mode & 0o100:o}\0".encode())
        content.update(hashlib.sha256(path.read_bytes()).digest())
    return content.hexdigest()[:20]


def archive(folder: Path, wheels: Path, build_args: list[str]) -> bytes:
    members = sorted([*entries(folder, build_args), *((f"wheels/{path.name}", path) for path in files(wheels))])
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, path in members:
            member = tarfile.TarInfo(name)
            member.size = path.stat().st_size
            member.mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
            with path.open("rb") as content:
                tar.addfile(member, content)
    return buffer.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["tag", "tar"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--wheels", type=Path)
    parser.add_argument("build_args", nargs="*", metavar="BUILD_ARG")
    arguments = parser.parse_intermixed_args()
    if arguments.command == "tag":
        print(tag(arguments.folder, arguments.build_args))
    else:
        sys.stdout.buffer.write(archive(arguments.folder, arguments.wheels, arguments.build_args))


if __name__ == "__main__":
    main()
