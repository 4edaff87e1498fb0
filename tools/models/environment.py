"""A private environment for each framework: what a lock of environments/ lists, in a folder of the cache.

It appears whole or not at all, and is there for the next time. Where this Python has what is asked for at those
versions already, nothing is made.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.images import wheels
from tools.models.reading import Refused

ROOT = Path(__file__).resolve().parents[2]
LOCKS = Path(__file__).parent / "environments"


def variables(framework: str, cache: Path) -> dict[str, str]:
    """The environment variables with which this Python finds the framework."""
    lock = LOCKS / f"{framework}.txt"
    if is_here(lock.with_suffix(".in")):
        return dict(os.environ)
    folder = made(lock, cache)
    # LightGBM takes OpenMP from the machine, or from here.
    return os.environ | {"PYTHONPATH": str(folder), "LD_LIBRARY_PATH": str(folder / "lib")}


def is_here(asked: Path) -> bool:
    for name, version in re.findall(r"^([\w.-]+)==(\S+)", asked.read_text(), re.MULTILINE):
        try:
            if importlib.metadata.version(name) != version:
                return False
        except importlib.metadata.PackageNotFoundError:
            return False
    return True


def made(lock: Path, cache: Path) -> Path:
    key = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()[:20]
    folder = cache / "frameworks" / f"{lock.stem}-{key}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not folder.exists():
            print(f"          install {lock.stem} into a private environment", file=sys.stderr)
            for left in folder.parent.glob(f"{folder.name}.*"):
                shutil.rmtree(left)
            with tempfile.TemporaryDirectory(prefix=f"{folder.name}.", dir=folder.parent) as partial:
                _install(lock, Path(partial) / "packages")
                (Path(partial) / "packages").rename(folder)
    return folder


def _install(lock: Path, target: Path) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--no-deps", "--require-hashes", "--only-binary", ":all:", "--target", str(target)]
    done = subprocess.run([*command, "--requirement", str(lock)], capture_output=True, text=True)
    if done.returncode:
        raise Refused(
            f"cannot install {lock.stem} into a private environment",
            wheels.reason(done.stderr or done.stdout),
            "check the network and the room, then type the command again",
        )
    (target / "lib").mkdir(exist_ok=True)
    for library in target.glob("scikit_learn.libs/libgomp-*.so*"):
        (target / "lib" / "libgomp.so.1").symlink_to(f"../{library.relative_to(target)}")
