"""What every reader does as a program: samples in, a reading out, and a refusal in the words of `Refused`.

Exit status 3: the file is refused, and stdout says what, why and what to do, a line each.
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
    """The same for one that makes another file of it, which goes along."""
    request = msgspec.json.decode(sys.stdin.buffer.read(), type=Request)
    _answer(lambda: convert(request))


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
