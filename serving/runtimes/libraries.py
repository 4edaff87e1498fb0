"""Where a package keeps its C library. The package is found and not imported."""
# ruff: noqa: PTH118, PTH208
# pathlib takes 5 ms to import.

import ctypes
import os
from importlib.machinery import PathFinder

from serving.runtimes.session import Failed


def opened(package: str, folder: str, name: str) -> ctypes.CDLL:
    """The library whose file, in that folder of the package, begins with the name."""
    spec = PathFinder.find_spec(package)
    for place in (spec.submodule_search_locations if spec else None) or ():
        try:
            files = os.listdir(os.path.join(place, folder))
        except FileNotFoundError:
            continue
        for file in sorted(files):
            if file.startswith(name):
                return _loaded(os.path.join(place, folder, file))
    raise Failed(f"There is no {name} here, which is part of the package {package}: requirements.in has to name it.")


def _loaded(file: str) -> ctypes.CDLL:
    try:
        return ctypes.CDLL(file)
    except OSError as error:
        # Another library that it needs, as a rule, or a processor that it is not for.
        raise Failed(f"{file} cannot be loaded: {error}") from None
