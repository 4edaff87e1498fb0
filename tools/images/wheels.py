"""Fetch the wheels of an image into the cache, for the image's platform rather than the host's.

    python tools images.wheels REQUIREMENTS ARCHITECTURE CACHE    print the folder that holds them

The folder's name is derived from REQUIREMENTS; the folder appears whole or not at all. pip runs with this machine's
index, proxy and certificates; every file must match its hash. General indexes lack versions such as 2.13.0+cpu: if this
machine's index does, PyTorch's own is tried too.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tools.images import locks

# Debian buster's C library: wheels that need a newer one do not load there.
GLIBC = (2, 28)
CPU_INDEX = "https://download.pytorch.org/whl/cpu"


def platforms(architecture: str) -> list[str]:
    machine = locks.MACHINES[architecture]
    old_names = ["manylinux2014", "manylinux2010", "manylinux1"]
    return [
        *(f"manylinux_{GLIBC[0]}_{minor}_{machine}" for minor in range(GLIBC[1], 4, -1)),
        *(f"{name}_{machine}" for name in old_names),
    ]


def download(requirements: Path, architecture: str, target: Path) -> None:
    asked = ["--require-hashes", "--requirement", str(requirements)]
    asked += ["--python-version", locks.PYTHON, "--implementation", "cp"]
    asked += ["--abi", "cp311", "--abi", "abi3", "--abi", "none"]
    for platform in platforms(architecture):
        asked += ["--platform", platform]
    others = ["--extra-index-url", CPU_INDEX] if "+cpu" in requirements.read_text() else []
    call_pip(asked, target, others)


def single(package: str, target: Path) -> Path:
    """The wheel of one package, `name==version`, unverified: the caller knows its hash. None of its code is run."""
    call_pip([package], target)
    [wheel] = target.iterdir()
    return wheel


def call_pip(asked: list[str], target: Path, others: Sequence[str] = ()) -> None:
    """`others` are extra arguments for a second attempt."""
    command = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--no-input", "--quiet"]
    command += ["--no-deps", "--only-binary", ":all:", "--dest", str(target), *asked]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode and others:
        again = subprocess.run([*command, *others], capture_output=True, text=True)
        result = again if again.returncode == 0 else result
    if result.returncode:
        raise RuntimeError(reason(result.stderr or result.stdout))


def reason(said: str) -> str:
    """What pip says from its first error on: warnings come before, and a long list of expected hashes follows."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    if any(line.startswith("Traceback") for line in lines):
        return lines[-1]
    first = next((number for number, line in enumerate(lines) if line.startswith("ERROR")), 0)
    return "\n".join(lines[first:][:5])


def linked(lock: str, architecture: str, cache: Path, target: Path) -> str:
    """Link wheels of the lock that were already fetched into the target; return the remaining lines of the lock."""
    machine, fetched = locks.MACHINES[architecture], dict[str, list[Path]]()
    for wheel in (cache / "wheels").glob("*/*.whl"):
        if wheel.stem.endswith(("-any", machine)):
            name, version, *_ = wheel.name.split("-")
            fetched.setdefault(f"{name}=={version}".lower(), []).append(wheel)
    left = []
    for part in re.split(r"\n(?=\S)", lock):
        asked, *_ = part.replace("-", "_").lower().split(maxsplit=1) or [""]
        same = [wheel for wheel in fetched.get(asked, ()) if sha256(wheel) in part]
        if same:
            os.link(same[0], target / same[0].name)
        else:
            left.append(part)
    return "\n".join(left)


def sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def fetch(requirements: Path, architecture: str, cache: Path) -> Path:
    lock = locks.applicable(requirements.read_text(), architecture)
    key = hashlib.sha256(f"{lock}{architecture}".encode()).hexdigest()[:20]
    folder = cache / "wheels" / key
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not folder.exists():
            for left in folder.parent.glob(f"{key}.*"):
                shutil.rmtree(left)
            with tempfile.TemporaryDirectory(prefix=f"{key}.", dir=folder.parent) as partial:
                wheels, asked = Path(partial) / "wheels", Path(partial) / requirements.name
                asked.write_text(lock)
                download(asked, architecture, wheels)
                wheels.rename(folder)
    return folder


if __name__ == "__main__":
    try:
        print(fetch(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])))
    except (OSError, RuntimeError) as error:
        free = shutil.disk_usage(sys.argv[3]).free // 2**20
        sys.exit(f"{error}\n{free} MB free at {sys.argv[3]}")
