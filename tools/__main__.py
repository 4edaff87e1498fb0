"""Runs a program of these rooms, wherever one stands: python PATH/tools ROOM.NAME ARGUMENT..."""

import errno
import runpy
import sys
from pathlib import Path

# Instead of this folder, whose rooms would else be found by their own names alone.
sys.path[0] = str(Path(__file__).resolve().parents[1])
try:
    runpy.run_module(f"tools.{sys.argv.pop(1)}", run_name="__main__", alter_sys=True)
except Exception as error:
    # What AWS refuses is for a person to read; where it was asked is not.
    if type(error).__module__.startswith("botocore."):
        sys.exit(str(error))
    # And that the disk is full is not the program's fault.
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        sys.exit(str(error))
    raise
