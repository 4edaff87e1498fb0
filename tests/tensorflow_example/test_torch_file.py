"""A PyTorch checkpoint is read without PyTorch, and as tensors alone."""

from __future__ import annotations

import importlib
import pickle
import sys
from collections import OrderedDict
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest


class Storage:
    """As PyTorch names one in a file: its kind, its name, its length."""

    def __init__(self, kind: type, numbers: Any) -> None:
        self.kind, self.numbers, self.key = kind, numbers, str(id(self))


class Tensor:
    def __init__(self, storage: Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> None:
        self.parts: tuple[Any, ...] = (storage, offset, shape, strides, False, OrderedDict())

    def __reduce__(self) -> tuple[Any, ...]:
        return sys.modules["torch._utils"]._rebuild_tensor_v2, self.parts


class Pickler(pickle.Pickler):
    def persistent_id(self, obj: Any) -> Any:
        return ("storage", obj.kind, obj.key, "cpu", len(obj.numbers), None) if isinstance(obj, Storage) else None


@pytest.fixture
def torch(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """What a checkpoint names of PyTorch, and no more."""
    package, utils = ModuleType("torch"), ModuleType("torch._utils")
    utils._rebuild_tensor_v2 = named("_rebuild_tensor_v2", "torch._utils", lambda *_: None)  # type: ignore[attr-defined]
    for name in ("FloatStorage", "LongStorage"):
        setattr(package, name, named(name, "torch", type(name, (), {})))
    package._utils = utils  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torch", package)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)
    return package


def named(name: str, module: str, found: Any) -> Any:
    found.__module__, found.__qualname__, found.__name__ = module, name, name
    return found


@pytest.fixture
def torch_file(main: ModuleType) -> ModuleType:
    return importlib.import_module("app.network.torch_file")


def write(file: Path, state: Any, storages: list[Storage]) -> Path:
    with file.open("wb") as opened:
        for value in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}, state):
            Pickler(opened, protocol=2).dump(value)
        pickle.dump([storage.key for storage in storages], opened, protocol=2)
        for storage in storages:
            opened.write(len(storage.numbers).to_bytes(8, "little") + storage.numbers.tobytes())
    return file


def test_tensors_are_read_as_they_lie(tmp_path: Path, torch: Any, torch_file: ModuleType) -> None:
    floats = Storage(torch.FloatStorage, np.arange(12, dtype="<f4"))
    whole = Storage(torch.LongStorage, np.array([7], "<i8"))
    state = OrderedDict(
        rows=Tensor(floats, 0, (3, 4), (4, 1)),
        columns=Tensor(floats, 6, (2, 3), (1, 2)),
        count=Tensor(whole, 0, (), ()),
    )
    found = torch_file.read(write(tmp_path / "weights.pth", state, [floats, whole]))
    assert found["rows"].tolist() == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    assert found["columns"].tolist() == [[6, 8, 10], [7, 9, 11]]
    assert found["count"] == 7


def test_a_tensor_that_reaches_beyond_its_bytes_is_refused(tmp_path: Path, torch: Any, torch_file: ModuleType) -> None:
    floats = Storage(torch.FloatStorage, np.arange(12, dtype="<f4"))
    state = OrderedDict(rows=Tensor(floats, 1, (3, 4), (4, 1)))
    with pytest.raises((ValueError, TypeError)):
        torch_file.read(write(tmp_path / "weights.pth", state, [floats]))


class Harmful:
    def __reduce__(self) -> tuple[Any, ...]:
        return print, ("code in a checkpoint was run",)


def test_code_in_a_checkpoint_is_not_run(
    tmp_path: Path, torch: Any, torch_file: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    for state in (OrderedDict(harm=Harmful()), Harmful()):
        with pytest.raises(pickle.UnpicklingError, match="more than tensors"):
            torch_file.read(write(tmp_path / "weights.pth", state, []))
    assert "was run" not in capsys.readouterr().out


@pytest.mark.parametrize("content", [b"", b"a model, honestly", pickle.dumps(5), b"PK\x03\x04"])
def test_what_is_no_checkpoint_is_refused(tmp_path: Path, torch_file: ModuleType, content: bytes) -> None:
    (tmp_path / "weights.pth").write_bytes(content)
    with pytest.raises((pickle.UnpicklingError, EOFError)):
        torch_file.read(tmp_path / "weights.pth")
