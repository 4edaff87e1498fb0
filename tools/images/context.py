"""The build context of an image, as an archive whose bytes are the same for the same input.

    python tools images.context tag FOLDER SETTING... [--weights DIR]
        print the tag, which is a digest of the content
    python tools images.context lock FOLDER SETTING...
        print the lock file that the image is built with
    python tools images.context tar FOLDER SETTING... [--weights DIR] --wheels DIR [--framework DIR]
        write the archive to stdout

Each step of a Dockerfile has a folder in the archive, with the scripts of `building` that it runs:

    framework/  for a folder that exports its model: requirements-export.txt and its wheels
    export/     for such a folder: its `export`, app/network, serving, exporting, and the weights that were chosen as
                weights/, or its model/
    packages/   the lock of what the image installs, and its wheels
    code/       app, serving, and the model/ of a folder that exports nothing

Other files of the folder keep their names; those for people or the pipeline only are left out. A SETTING is
NAME=VALUE: BACKEND=name chooses requirements-name.txt if there is one, ARCHITECTURE the machine that runs the image,
MODEL_IN=bucket where the model goes. Owner, time and order carry no meaning, so they are always the same.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tools.images import locks, wheels

ROOT = Path(__file__).resolve().parents[2]
NOT_IN_IMAGES = {"train", "events", "README.md", "template.yaml", "model.env", "weights", "weights.toml"}
NOT_CONTENT = {"__pycache__", ".DS_Store"}
EXPORT = "requirements-export.txt"
SCRIPTS = {
    "framework": ("install.sh",),
    "export": ("export.sh", "seal.sh"),
    "packages": ("install.sh", "trim.sh", "strip.py", "seal.sh"),
    "code": ("compile.sh", "seal.sh"),
}


@dataclass(frozen=True)
class Entry:
    """A file of the archive: a path on this disk, or content in memory."""

    name: str
    source: Path | bytes

    @property
    def mode(self) -> int:
        runs = isinstance(self.source, Path) and self.source.stat().st_mode & 0o100
        return 0o755 if runs else 0o644

    @property
    def is_link(self) -> bool:
        return isinstance(self.source, Path) and self.source.is_symlink()

    def opened(self) -> io.BytesIO | io.BufferedReader:
        return io.BytesIO(self.source) if isinstance(self.source, bytes) else self.source.open("rb")


def files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and not NOT_CONTENT.intersection(parts) and not parts[-1].startswith("."):
            yield path


def inside(name: str, folder: Path) -> Iterator[Entry]:
    for path in files(folder):
        yield Entry(f"{name}/{path.relative_to(folder).as_posix()}", path)


def exports(folder: Path) -> bool:
    return (folder / EXPORT).exists()


def lock(folder: Path, backend: str) -> Path:
    """The lock file that the image is built with; a folder without requirements of its own uses the common one."""
    of_its_own = (folder / f"requirements-{backend}.txt", folder / "requirements.txt")
    return next((path for path in of_its_own if path.exists()), ROOT / "building" / "requirements.txt")


def entries(folder: Path, settings: list[str]) -> Iterator[Entry]:
    """All but the weights and the wheels."""
    given = {"BACKEND": "fast", "MODEL_IN": "image", "ARCHITECTURE": "x86_64"}
    given |= dict(setting.split("=", 1) for setting in settings)
    yield from packages(folder, given)
    yield from inside("code/serving", ROOT / "serving")
    yield from inside("code/app", folder / "app")
    if exports(folder):
        yield from export(folder, given)
    else:
        yield from inside("code/model", folder / "model")
    for step in SCRIPTS if exports(folder) else ("packages", "code"):
        for script in SCRIPTS[step]:
            yield Entry(f"{step}/{script}", ROOT / "building" / script)
    yield from rest(folder)


def packages(folder: Path, given: dict[str, str]) -> Iterator[Entry]:
    """The lock in the image has no platform conditions left: pip would evaluate them on the building machine."""
    architecture = given["ARCHITECTURE"]
    chosen = locks.applicable(lock(folder, given["BACKEND"]).read_text(), architecture)
    yield Entry("packages/requirements.txt", chosen.encode())
    platforms = " ".join(wheels.platforms(architecture))
    yield Entry("packages/settings", f"WHEEL_PLATFORMS='{platforms}'\n".encode())


def export(folder: Path, given: dict[str, str]) -> Iterator[Entry]:
    """Of app only the network: a changed handler is no reason to export again."""
    yield Entry("framework/requirements.txt", folder / EXPORT)
    yield Entry("export/settings", f"BACKEND={given['BACKEND']}\nMODEL_IN={given['MODEL_IN']}\n".encode())
    yield from inside("export/serving", ROOT / "serving")
    yield from inside("export/exporting", ROOT / "exporting")
    yield from inside("export/export", folder / "export")
    yield Entry("export/app/__init__.py", b"")
    yield from inside("export/app/network", folder / "app" / "network")
    yield from inside("export/model", folder / "model")


def rest(folder: Path) -> Iterator[Entry]:
    """Files for the folder's own build steps, its Dockerfile included."""
    placed = {"app", "model", "export"}
    for path in files(folder):
        name = path.relative_to(folder)
        if name.parts[0] not in NOT_IN_IMAGES | placed and not name.match("requirements*"):
            yield Entry(name.as_posix(), path)


def weights_in(folder: Path | None) -> Iterator[Entry]:
    if folder:
        yield from inside("export/weights", folder)


def tag(folder: Path, settings: list[str], weights: Path | None = None) -> str:
    """Wheels and weights need not be read: requirements.txt and weights.json hold their hashes."""
    chosen = [entry for entry in weights_in(weights) if not entry.is_link]
    return digest([*entries(folder, settings), *chosen], settings)


def digest(entries: list[Entry], settings: list[str]) -> str:
    content = hashlib.sha256("\0".join(sorted(settings)).encode())
    for entry in sorted(entries, key=lambda entry: entry.name):
        content.update(f"{entry.name}\0{entry.mode & 0o100:o}\0".encode())
        with entry.opened() as file:
            content.update(hashlib.file_digest(file, "sha256").digest())
    return content.hexdigest()[:20]


def archive(
    target: BinaryIO,
    folder: Path,
    settings: list[str],
    wheels: Path,
    framework: Path | None = None,
    weights: Path | None = None,
) -> None:
    members = [*entries(folder, settings), *weights_in(weights), *inside("packages/wheels", wheels)]
    if framework:
        members += inside("framework/wheels", framework)
    with tarfile.open(fileobj=target, mode="w|") as tar:
        for entry in sorted(members, key=lambda entry: entry.name):
            member = tarfile.TarInfo(entry.name)
            member.mode = entry.mode
            with entry.opened() as content:
                member.size = content.seek(0, io.SEEK_END)
                content.seek(0)
                tar.addfile(member, content)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["tag", "lock", "tar"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("settings", nargs="*", metavar="SETTING")
    for folder in ("weights", "wheels", "framework"):
        parser.add_argument(f"--{folder}", type=Path, metavar="DIR")
    given = parser.parse_intermixed_args()
    if given.command == "tag":
        print(tag(given.folder, given.settings, given.weights))
    elif given.command == "lock":
        print(lock(given.folder, dict(setting.split("=", 1) for setting in given.settings)["BACKEND"]))
    else:
        archive(sys.stdout.buffer, given.folder, given.settings, given.wheels, given.framework, given.weights)


if __name__ == "__main__":
    main()
