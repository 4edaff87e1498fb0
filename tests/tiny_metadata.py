"""The metadata that TensorFlow Lite Support writes into a classifier's `.tflite` file, and the file beside it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import flatbuffers  # type: ignore[import-untyped]

_IMAGE, _NORMALISATION, _AXIS_LABELS = 2, 1, 2


def content(mean: list[float], std: list[float], labels: str = "") -> bytes:
    """Fields in the order of metadata_schema.fbs: the numbers are their positions and their count."""
    made = flatbuffers.Builder(512)
    image = _table(made, 2, {})
    options = _table(made, 2, {0: _floats(made, mean), 1: _floats(made, std)})
    step = _table(made, 2, {1: options}, {0: _NORMALISATION})
    shown = _table(made, 3, {1: image}, {0: _IMAGE})
    given = _table(made, 7, {3: shown, 4: _tables(made, [step])})
    files = []
    if labels:
        name = made.CreateString(labels)
        files = [_table(made, 4, {0: name}, {2: _AXIS_LABELS})]
    wanted = _table(made, 7, {6: _tables(made, files)})
    graph = _table(made, 7, {2: _tables(made, [given]), 3: _tables(made, [wanted])})
    made.Finish(_table(made, 8, {3: _tables(made, [graph])}), b"M001")
    return bytes(made.Output())


def pack(file: Path, name: str, text: str) -> None:
    """The model with a zip appended."""
    with zipfile.ZipFile(file, "a") as packed:
        packed.writestr(name, text)


def _table(
    made: flatbuffers.Builder, count: int, offsets: dict[int, int], numbers: dict[int, int] | None = None
) -> int:
    made.StartObject(count)
    for place, offset in offsets.items():
        made.PrependUOffsetTRelativeSlot(place, offset, 0)
    for place, number in (numbers or {}).items():
        made.PrependUint8Slot(place, number, 0)
    return int(made.EndObject())


def _floats(made: flatbuffers.Builder, numbers: list[float]) -> int:
    made.StartVector(4, len(numbers), 4)
    for number in reversed(numbers):
        made.PrependFloat32(number)
    return int(made.EndVector())


def _tables(made: flatbuffers.Builder, offsets: list[int]) -> int:
    made.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        made.PrependUOffsetTRelative(offset)
    return int(made.EndVector())
