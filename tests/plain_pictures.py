"""As plain_loop.py, for pictures.

    python plain_pictures.py FOLDER >OUTPUT.jsonl

It runs in an image of tensorflow-example, whose model and decoder it calls. FOLDER holds the pictures.
"""

from __future__ import annotations

import importlib
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import msgspec

main: Any = None


def begin() -> None:
    global main
    main = importlib.import_module("app.main")


def answered(path: Path) -> bytes:
    answer = main.predict(main.handler.model, main.classification.Query(data=path.read_bytes()))
    return msgspec.json.encode({"input": path.name, "output": answer}) + b"\n"


if __name__ == "__main__":
    with ProcessPoolExecutor(os.cpu_count(), initializer=begin) as pool:
        sys.stdout.buffer.writelines(pool.map(answered, sorted(Path(sys.argv[1]).iterdir())))
