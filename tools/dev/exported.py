"""The model of a folder that exports it, made on this machine in the way its image's build makes it.

    python tools dev.exported FOLDER INTO SETTING... [--weights DIR] [--framework ENVIRONMENT]

Prints the folder within INTO that holds the model. Without --framework nothing is made: exit status 3 if it is not
there. ENVIRONMENT is a Python environment with the framework. The folder's name is a digest of its sources.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.images import context
from tools.images.context import Entry

ABSENT = 3


def entries(folder: Path, settings: list[str], weights: Path | None) -> list[Entry]:
    """The entries of the image's build that its step `export` gets."""
    found = [*context.entries(folder, settings), *context.weights_in(weights)]
    return [entry for entry in found if entry.name.startswith("export/")]


def lay_out(entries: list[Entry], place: Path) -> None:
    for entry in entries:
        target = place / entry.name
        target.parent.mkdir(parents=True, exist_ok=True)
        with entry.opened() as source, target.open("wb") as file:
            shutil.copyfileobj(source, file)


def make(found: list[Entry], framework: Path, target: Path) -> None:
    """The target appears whole or not at all, and replaces what was made from other files."""
    shutil.rmtree(target.parent, ignore_errors=True)
    target.parent.mkdir(parents=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as made:
        place = Path(made)
        lay_out(found, place)
        surroundings = {
            "EXPORT_LAYERS": str(place / "layers"),
            "EXPORT_FRAMEWORK": "",
            "EXPORT_PYTHON": str(framework / "bin" / "python"),
        }
        command = ["sh", str(place / "export" / "export.sh")]
        subprocess.run(command, env=os.environ | surroundings, stdout=sys.stderr, check=True)
        (place / "layers" / "model" / "var" / "task" / "model").rename(target)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("into", type=Path)
    parser.add_argument("settings", nargs="*", metavar="SETTING")
    parser.add_argument("--weights", type=Path, metavar="DIR")
    parser.add_argument("--framework", type=Path, metavar="ENVIRONMENT")
    given = parser.parse_intermixed_args()
    found = entries(given.folder, given.settings, given.weights)
    target = given.into / context.digest([entry for entry in found if not entry.is_link], given.settings)
    if not target.exists():
        if given.framework is None:
            return ABSENT
        try:
            make(found, given.framework, target)
        except subprocess.CalledProcessError as error:
            return int(error.returncode)
    print(target)
    return 0


if __name__ == "__main__":
    sys.exit(main())
