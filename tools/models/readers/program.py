"""The main program of every reader: samples in, a description out, or a refusal in the words of `Refused`.

Exit status 3: the file is refused, and stdout says what, why and what to do, one line each.
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from tools.models.conversion import Converted, Request
from tools.models.reading import REFUSED, Reading, Refused

Read = Callable[..., Reading]
Convert = Callable[[Request], Converted]


def run(read: Read) -> None:
    file, *words = sys.argv[1:]
    samples = json.load(sys.stdin)
    _answer(lambda: read(Path(file), samples, *words))


def converts(convert: Convert) -> None:
    """The same for a converter, whose answer includes the converted file."""
    request = msgspec.json.decode(sys.stdin.buffer.read(), type=Request)
    _answer(lambda: convert(request))


def _answer(found: Callable[[], Any]) -> None:
    # Output of a framework or a pickle must not get into the answer.
    with contextlib.redirect_stdout(sys.stderr):
        try:
            # NaN, which a framework may return, becomes null in JSON.
            said, status = msgspec.json.encode(found()), 0
        except Refused as refused:
            said, status = refused.lines().encode(), REFUSED
    sys.stdout.buffer.write(said)
    sys.stdout.flush()
    sys.exit(status)
