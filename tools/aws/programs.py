"""Programs of these rooms one after another in one process, for what they import takes longer than most of them.

    python tools aws.programs ROOM.NAME...

The arguments name the programs that are imported at once. A call is `answered` or `shown`, ROOM.NAME and its arguments.
What a shown program writes to stderr goes to this process's own, and does not wait for the answer.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import runpy
import sys
import traceback
import warnings

import boto3

from tools.aws.exchange import Exchange


def ran(arguments: list[str]) -> int:
    """As by `python tools`; returns the exit status."""
    sys.argv[1:] = arguments
    try:
        runpy.run_module("tools", run_name="__main__", alter_sys=True)
    except SystemExit as left:
        if left.code is None or isinstance(left.code, int):
            return left.code or 0
        print(left.code, file=sys.stderr)
        return 1
    except Exception:
        traceback.print_exc()
        return 1
    return 0


def main(*programs: str) -> None:
    exchange = Exchange()
    # what a program lets another one print
    os.dup2(2, 1)
    # each runs as a module of its own, and is imported by others as well
    warnings.filterwarnings("ignore", category=RuntimeWarning, module="runpy")
    for program in programs:
        importlib.import_module(f"tools.{program}")
    # of all descriptions of services, this one takes longest to read
    boto3.client("s3")
    while True:
        way, *arguments = exchange.call()
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(sys.stderr if way == "shown" else err):
            status = ran(arguments)
        exchange.answer(
            status, out.getvalue().encode(errors="surrogateescape"), err.getvalue().encode(errors="replace")
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
