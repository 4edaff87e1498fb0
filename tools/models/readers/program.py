"""What every reader does as a program: samples in, a reading out, and a refusal in the words of `Refused`.

Exit status 3: the file is refused, and stdout says why, as JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from tools.models.reading import Reading, Refused

REFUSED = 3

Read = Callable[[Path, list[dict[str, Any]]], Reading]


def run(read: Read) -> None:
    samples = json.load(sys.stdin)
    try:
        found = read(Path(sys.argv[1]), samples)
    except Refused as refused:
        print(json.dumps([refused.what, refused.why, refused.then]))
        sys.exit(REFUSED)
    # NaN, which a framework may well answer, is null in JSON.
    sys.stdout.buffer.write(msgspec.json.encode(found))
