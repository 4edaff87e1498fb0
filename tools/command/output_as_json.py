"""Print the output of runs as JSON.

python tools command.output_as_json                     of KEY=VALUE lines on stdin
python tools command.output_as_json FOLDER NAME...      of --all: NAME.status, `EXIT_STATUS MILLISECONDS`, and NAME.out
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def outputs(text: str) -> dict[str, str]:
    return {key: value for key, equals, value in (line.partition("=") for line in text.splitlines()) if equals}


def printed(text: str) -> Any:
    """A run with --json printed JSON; any other run printed KEY=VALUE lines."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return outputs(text)


def model(folder: Path, name: str) -> dict[str, Any]:
    status, milliseconds = (folder / f"{name}.status").read_text().split()
    said = printed((folder / f"{name}.out").read_text())
    return {"exit_status": int(status), "seconds": int(milliseconds) / 1000, "output": said}


def main(*arguments: str) -> None:
    found: dict[str, Any] = {}
    if not arguments:
        found = outputs(sys.stdin.read())
        if not found:
            return
    for name in arguments[1:]:
        found[name] = model(Path(arguments[0]), name)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main(*sys.argv[1:])
