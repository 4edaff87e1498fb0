"""The AWS CLI, imported once for all calls of a run: starting it takes longer than most calls."""

from __future__ import annotations

import os
import sys
import tempfile
from typing import BinaryIO

from tools.aws.exchange import Exchange


def taken(written: BinaryIO) -> bytes:
    """The content of the file, which is then emptied."""
    written.seek(0)
    content = written.read()
    written.seek(0)
    written.truncate()
    return content


def main() -> None:
    exchange = Exchange()
    from awscli.clidriver import create_clidriver

    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
        driver = create_clidriver()
        # the name that the CLI gives itself in usage messages
        sys.argv[0] = "aws"
        while True:
            arguments = exchange.call()
            try:
                status = driver.main(arguments)
            except SystemExit as wrong_usage:
                status = wrong_usage.code
            sys.stdout.flush()
            sys.stderr.flush()
            exchange.answer(status, taken(out), taken(err))


if __name__ == "__main__":
    main()
