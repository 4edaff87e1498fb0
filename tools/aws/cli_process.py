"""The AWS CLI, imported once for all that one run asks it: to start it takes longer than most of what it is asked.

A call on stdin is the number of its arguments and the arguments, each ended by a NUL; its answer on stdout the exit
status, what the AWS CLI wrote to stdout and what it wrote to stderr, each ended by a NUL.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from typing import BinaryIO


def end(number: int, _frame: object) -> None:
    """At once, and with nothing more to say: who interrupts the run does not wait for a call that is under way."""
    os._exit(128 + number)


def word(calls: BinaryIO) -> str:
    """The next one; the run has ended where there is none."""
    read = bytearray()
    while (byte := calls.read(1)) != b"\0":
        if not byte:
            os._exit(0)
        read += byte
    return os.fsdecode(bytes(read))


def taken(written: BinaryIO) -> bytes:
    """What is in the file, which is empty afterwards."""
    written.seek(0)
    content = written.read()
    written.seek(0)
    written.truncate()
    return content


def main() -> None:
    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    from awscli.clidriver import create_clidriver

    calls = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
        driver = create_clidriver()
        # what it calls itself when it tells how it is used
        sys.argv[0] = "aws"
        while True:
            arguments = [word(calls) for _ in range(int(word(calls)))]
            try:
                status = driver.main(arguments)
            except SystemExit as wrong_usage:
                status = wrong_usage.code
            sys.stdout.flush()
            sys.stderr.flush()
            answers.write(b"%d\0%s\0%s\0" % (status, taken(out), taken(err)))


if __name__ == "__main__":
    main()
