"""Reads a state dict in PyTorch's format of before 2020, still common among published weights, without PyTorch.

The format is a pickle, and a pickle can run any code. This unpickler builds only the types listed here.
"""

import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C
_KINDS = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


class _Storage(NamedTuple):
    kind: Any
    key: str


class _Tensor(NamedTuple):
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def array(self, contents: dict[str, bytes]) -> Any:
        kind = self.storage.kind
        strides = tuple(step * kind.itemsize for step in self.strides)
        # NumPy checks that the array stays within the bytes.
        found: Any = np.ndarray(
            self.shape, kind, contents[self.storage.key], offset=self.offset * kind.itemsize, strides=strides
        )
        return found


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, shape, strides, *_: _Tensor(storage, offset, shape, strides)
        if module == "torch" and name in _KINDS:
            return name
        raise pickle.UnpicklingError(f"it holds more than tensors: {module}.{name}")

    def persistent_load(self, pid: Any) -> _Storage:
        _, kind, key, *_ = pid
        return _Storage(_KINDS[kind], key)


def read(file: Path) -> dict[str, Any]:
    """The tensors by name, as NumPy arrays."""
    with file.open("rb") as opened:
        if _next(opened) != MAGIC:
            raise pickle.UnpicklingError("it is no PyTorch checkpoint of the old form")
        _protocol, _system, state, keys = (_next(opened) for _ in range(4))
        kinds = {tensor.storage.key: tensor.storage.kind for tensor in state.values()}
        contents = {key: _content(opened, kinds[key].itemsize) for key in keys}
    return {name: tensor.array(contents) for name, tensor in state.items()}


def _next(opened: BinaryIO) -> Any:
    return _Unpickler(opened).load()


def _content(opened: BinaryIO, size: int) -> bytes:
    """The bytes of a storage, which follow its number of elements."""
    return opened.read(int.from_bytes(opened.read(8), "little") * size)
