"""Runs a command that may never end and never stop printing: a container with a stranger's code in it.

    python tools models.bounded SECONDS BYTES COMMAND...

stdin and stdout are the command's, stdout up to BYTES. The end of stderr is kept, without control characters. The exit
status is the command's, or one of those below. A container that the command started may be left.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import IO

# The status of the program `timeout`, and one that no container has.
LATE, LONG = 124, 123
_CHUNK = 1 << 16
_LOG = 1 << 20
# Seconds to wait for remaining output.
_DRAINED = 1.0


def run(command: list[str], seconds: float, most: int) -> int:
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout
    assert process.stderr
    said = bytearray()
    log = threading.Thread(target=_kept, args=(process.stderr, said), daemon=True)
    over = threading.Event()
    answer = threading.Thread(target=_copied, args=(process.stdout, most, over, process), daemon=True)
    log.start()
    answer.start()
    try:
        status = process.wait(seconds)
        answer.join()
    except subprocess.TimeoutExpired:
        process.kill()
        status = LATE
    log.join(_DRAINED)
    sys.stderr.write(plain(bytes(said)))
    return LONG if over.is_set() else status


def _copied(found: IO[bytes], most: int, over: threading.Event, process: subprocess.Popen[bytes]) -> None:
    while chunk := found.read(_CHUNK):
        most -= len(chunk)
        if most < 0:
            over.set()
            process.kill()
            return
        sys.stdout.buffer.write(chunk)
    sys.stdout.buffer.flush()


def _kept(found: IO[bytes], said: bytearray) -> None:
    while chunk := found.read1(_CHUNK):  # type: ignore[attr-defined]
        said += chunk
        del said[:-_LOG]


def plain(said: bytes) -> str:
    words = said.decode(errors="replace")
    return "".join(each if each.isprintable() or each == "\n" else " " for each in words)


if __name__ == "__main__":
    sys.exit(run(sys.argv[3:], float(sys.argv[1]), int(sys.argv[2])))
