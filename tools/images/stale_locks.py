"""Print the requirements of a folder (.in) that its lock files (.txt) do not meet, one per line.

python tools images.stale_locks FOLDER BACKEND=name ARCHITECTURE=name
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.images import context, locks

WITHOUT = re.compile(r"^# without: (.*)$", re.MULTILINE)
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)", re.MULTILINE)


def asked(text: str, architecture: str) -> Iterator[Requirement]:
    left_out = {canonicalize_name(name) for line in WITHOUT.findall(text) for name in line.split()}
    for line in text.splitlines():
        words = line.partition("#")[0].strip()
        # -c and -r name other files
        if not words or words.startswith("-"):
            continue
        requirement = Requirement(words)
        here = requirement.marker is None or requirement.marker.evaluate(locks.environment(architecture))
        if here and canonicalize_name(requirement.name) not in left_out:
            yield requirement


def unmet(wanted: str, locked: str, architecture: str) -> Iterator[str]:
    pins = {canonicalize_name(name): version for name, version in PIN.findall(locks.applicable(locked, architecture))}
    for requirement in asked(wanted, architecture):
        version = pins.get(canonicalize_name(requirement.name))
        if version is None:
            yield f"{requirement} is not in it"
        elif not requirement.specifier.contains(version, prereleases=True):
            yield f"{requirement} is asked for, and {version} is locked"


def main(folder: Path, settings: list[str]) -> None:
    given = dict(setting.split("=", 1) for setting in settings)
    for lock in (context.lock(folder, given["BACKEND"]), folder / context.EXPORT):
        source = lock.with_suffix(".in")
        if lock.exists() and source.exists():
            for problem in unmet(source.read_text(), lock.read_text(), given["ARCHITECTURE"]):
                print(f"{lock.name}: {problem}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
