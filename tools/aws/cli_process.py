"""The AWS CLI, imported once for all calls of a run: starting it takes longer than most calls.

A call on stdin is the number of its arguments, then the arguments. An answer on stdout is the exit status, then what
the AWS CLI wrote to stdout and to stderr. Each item ends with a NUL.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from typing import BinaryIO


def end(number: int, _frame: object) -> None:
    """End at once and silently: whoever interrupts the run does not wait for a call in progress."""
    os._exit(128 + number)


def word(calls: BinaryIO) -> str:
    """The next word; end of input means that the run has ended."""
    read = bytearray()
    while (byte := calls.read(1)) != b"\0":
        if not byte:
            os._exit(0)
        read += byte
    return os.fsdecode(bytes(read))


def taken(written: BinaryIO) -> bytes:
    """The content of the file, which is then emptied."""
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
        # the name that the CLI gives itself in usage messages
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
