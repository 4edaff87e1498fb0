"""Processes that tests look at."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path


def runs(pid: int) -> bool:
    """Whether the process exists and is not a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def resident() -> int:
    """Bytes of resident memory of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class _Memory(ctypes.Structure):
    """glibc's struct mallinfo2, by the names of malloc's manual."""

    _names = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"
    _fields_ = [(name, ctypes.c_size_t) for name in _names.split()]


def allocated() -> int:
    """Bytes that C libraries of this process asked for and have not given back, to the byte."""
    asked = ctypes.CDLL(None).mallinfo2
    asked.restype = _Memory
    found = asked()
    return int(found.uordblks + found.hblkhd)
