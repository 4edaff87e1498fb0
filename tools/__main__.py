"""Runs a program of these rooms from any folder: python PATH/tools ROOM.NAME ARGUMENT..."""

import errno
import runpy
import sys
from pathlib import Path

# Replace this folder on the path, or its rooms could be imported by their bare names.
sys.path[0] = str(Path(__file__).resolve().parents[1])
try:
    runpy.run_module(f"tools.{sys.argv.pop(1)}", run_name="__main__", alter_sys=True)
except Exception as error:
    # A refusal by AWS is for people to read; its traceback is not.
    if type(error).__module__.startswith("botocore."):
        sys.exit(str(error))
    # Nor is a full disk the program's fault.
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        sys.exit(str(error))
    raise
