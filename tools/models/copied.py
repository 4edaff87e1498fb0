"""Copies a model folder under a new name, without caches and files that git ignores."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tools.images.context import NOT_CONTENT
from tools.models import inside

_CACHES = NOT_CONTENT | {
    ".git",
    ".pipeline",
    ".venv",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".ipynb_checkpoints",
}


def copy(source: Path, name: str, to: Path) -> None:
    old = source.resolve().name
    for file in _files(source):
        target = to / file
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source / file, target)
        _rename(target, old, name)
    print(f"          copied {source}; what the folder was called is {name} now", file=sys.stderr)


def _files(source: Path) -> list[Path]:
    ignored = _ignored_by_git(source)
    found = [path.relative_to(source) for path in sorted(source.rglob("*"))]
    kept = [
        path for path in found if path not in ignored and not _CACHES.intersection(path.parts) and path.suffix != ".pyc"
    ]
    return [path for path in kept if inside.is_file(source / path, source)]


def _ignored_by_git(source: Path) -> set[Path]:
    """The ignored files; none outside a repository, or without git."""
    # The git configuration of a stranger's folder may name a program that git would start.
    command = [
        "git",
        "-C",
        str(source),
        "-c",
        "core.fsmonitor=false",
        "ls-files",
        "-z",
        "--others",
        "--ignored",
        "--exclude-standard",
    ]
    try:
        done = subprocess.run(command, capture_output=True)
    except FileNotFoundError:
        return set()
    return {Path(name) for name in done.stdout.decode().split("\0") if name} if done.returncode == 0 else set()


def _rename(file: Path, old: str, new: str) -> None:
    """Replace the old name with the new one, except in settings: these are only reported, as they may be shared."""
    try:
        text = file.read_text()
    except UnicodeDecodeError:
        return
    if old not in text:
        return
    if file.name == "model.env":
        print(f"warning: model.env names {old}: see whether that is meant for {new}", file=sys.stderr)
        return
    file.write_text(text.replace(old, new))
