"""What every reader does as a program: samples in, a reading out, and a refusal in the words of `Refused`.

Exit status 3: the file is refused, and stdout says what, why and what to do, a line each.
"""

from __future__ import annotations

import base64
import contextlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from tools.models.reading import REFUSED, Reading, Refused

Read = Callable[[Path, list[dict[str, Any]]], Reading]
Convert = Callable[[bytes, str, list[dict[str, Any]]], tuple[Reading, bytes]]


def run(read: Read) -> None:
    samples = json.load(sys.stdin)
    _answer(lambda: read(Path(sys.argv[1]), samples))


def converts(convert: Convert, suffix: str) -> None:
    """The same for one that makes another file of it, which goes along."""
    request = json.load(sys.stdin)

    def found() -> dict[str, Any]:
        reading, model = convert(base64.b64decode(request["model"]), suffix, request["samples"])
        return {"reading": reading, "model": model}

    _answer(found)


def _answer(found: Callable[[], Any]) -> None:
    # What a framework or a pickle prints is not the answer.
    with contextlib.redirect_stdout(sys.stderr):
        try:
            # NaN, which a framework may well answer, is null in JSON.
            said, status = msgspec.json.encode(found()), 0
        except Refused as refused:
            said, status = refused.lines().encode(), REFUSED
    sys.stdout.buffer.write(said)
    sys.stdout.flush()
    sys.exit(status)
