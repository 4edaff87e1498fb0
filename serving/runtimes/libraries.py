"""C libraries: found inside a package without importing the package, and called."""
# ruff: noqa: PTH118, PTH208
# pathlib takes 5 ms to import.

import ctypes
import os
from collections.abc import Callable
from ctypes import byref, c_size_t, c_void_p
from importlib.machinery import PathFinder

from serving.runtimes.session import Failed


class Library:
    """A library whose functions return a status, and their results through output pointers."""

    # Each library's own: raises `Failed` for a status that is an error.
    call: Callable[..., None]

    def made(self, name: str, *arguments: object) -> c_void_p:
        """Call a function whose last argument is an output pointer, and return what it points to."""
        found = c_void_p()
        self.call(name, *arguments, byref(found))
        return found

    def count(self, name: str, of: c_void_p) -> int:
        found = c_size_t()
        self.call(name, of, byref(found))
        return found.value


def opened(package: str, folder: str, name: str) -> ctypes.CDLL:
    """The library in `folder` of the package whose file name begins with `name`."""
    spec = PathFinder.find_spec(package)
    for place in (spec.submodule_search_locations if spec else None) or ():
        try:
            files = os.listdir(os.path.join(place, folder))
        except FileNotFoundError:
            continue
        for file in sorted(files):
            if file.startswith(name):
                return _loaded(os.path.join(place, folder, file))
    raise Failed(f"{name} is missing. It is part of the package {package}, which requirements.in has to name.")


def _loaded(file: str) -> ctypes.CDLL:
    try:
        return ctypes.CDLL(file)
    except OSError as error:
        # Usually another library is missing, or the library is for another processor.
        raise Failed(f"{file} cannot be loaded: {error}") from None
