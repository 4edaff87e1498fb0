"""A private environment for each framework: the packages of a lock of environments/, in a folder of the cache.

    python tools models.environment FRAMEWORK CACHE ARCHITECTURE    print the one for a container

It appears whole or not at all, and is reused. If this Python already has the requested packages in the right versions,
nothing is made.
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
from collections.abc import Callable
from pathlib import Path

from tools.images import locks, wheels
from tools.models.reading import Refused, told

ROOT = Path(__file__).resolve().parents[2]
LOCKS = Path(__file__).parent / "environments"
# The variables that a program needs. Others may hold keys and tokens, and the program reads a stranger's file.
_NEEDED = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "PYTHONPATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


def variables(framework: str, cache: Path) -> dict[str, str]:
    """The environment variables with which this Python finds the framework."""
    lock = LOCKS / f"{framework}.txt"
    needed = {name: os.environ[name] for name in _NEEDED if name in os.environ}
    if is_here(lock.with_suffix(".in")):
        return needed
    folder = made(lock, cache)
    # LightGBM takes OpenMP from the system, or from here.
    return needed | {"PYTHONPATH": str(folder), "LD_LIBRARY_PATH": str(folder / "lib")}


def is_here(asked: Path) -> bool:
    for name, version in re.findall(r"^([\w.-]+)==(\S+)", asked.read_text(), re.MULTILINE):
        try:
            if importlib.metadata.version(name) != version:
                return False
        except importlib.metadata.PackageNotFoundError:
            return False
    return True


def made(lock: Path, cache: Path) -> Path:
    """The environment for this Python, from this machine's package index."""
    key = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()[:20]
    return _whole(cache / "frameworks" / f"{lock.stem}-{key}", lambda target: _install(lock, target))


def made_for_container(lock: Path, cache: Path, architecture: str) -> Path:
    """The environment for the base image's Python."""
    key = hashlib.sha256(lock.read_bytes() + architecture.encode()).hexdigest()[:20]

    def install(target: Path) -> None:
        # Wheels are deleted after use, as they would double the space. Those fetched for images that export are reused.
        found, asked, left = (target.with_name(name) for name in ("wheels", "requirements.txt", "left.txt"))
        found.mkdir()
        asked.write_text(locks.applicable(lock.read_text(), architecture))
        left.write_text(wheels.linked(asked.read_text(), architecture, cache, found))
        if "==" in left.read_text():
            _download(left, architecture, found)
        there = ["--no-index", "--find-links", str(found), "--python-version", locks.PYTHON, "--implementation", "cp"]
        for platform in wheels.platforms(architecture):
            there += ["--platform", platform]
        _install(asked, target, *there)

    return _whole(cache / "frameworks" / f"{lock.stem}-container-{key}", install)


def _download(asked: Path, architecture: str, target: Path) -> None:
    try:
        wheels.download(asked, architecture, target)
    except RuntimeError as error:
        raise _not_installed(str(error)) from None


def _whole(folder: Path, fill: Callable[[Path], None]) -> Path:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not folder.exists():
            print(f"          install {folder.name.partition('-')[0]} into a private environment", file=sys.stderr)
            for left in folder.parent.glob(f"{folder.name}.*"):
                shutil.rmtree(left)
            with tempfile.TemporaryDirectory(prefix=f"{folder.name}.", dir=folder.parent) as partial:
                fill(Path(partial) / "packages")
                (Path(partial) / "packages").rename(folder)
    return folder


def _install(lock: Path, target: Path, *options: str) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    # To compile all of it takes longer than what is ever imported of it.
    command += ["--no-deps", "--no-compile", "--require-hashes", "--only-binary", ":all:"]
    command += ["--target", str(target), *options]
    command += ["--requirement", str(lock)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode and "+cpu" in lock.read_text():
        # As for images: if this machine's index has no CPU build, PyTorch's own is tried.
        done = subprocess.run([*command, "--extra-index-url", wheels.CPU_INDEX], capture_output=True, text=True)
    if done.returncode:
        raise _not_installed(wheels.reason(done.stderr or done.stdout))
    (target / "lib").mkdir(exist_ok=True)
    for library in target.glob("scikit_learn.libs/libgomp-*.so*"):
        (target / "lib" / "libgomp.so.1").symlink_to(f"../{library.relative_to(target)}")


def _not_installed(why: str) -> Refused:
    then = "check the network and the room, then type the command again"
    return Refused("cannot install the framework into a private environment", why, then)


if __name__ == "__main__":
    with told():
        name, where, machine = sys.argv[1:]
        print(made_for_container(LOCKS / f"{name}.txt", Path(where), machine))
