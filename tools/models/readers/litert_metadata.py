"""The metadata of a `.tflite` file: a flatbuffer in its buffers, and the files that it names, in a zip at its end.

The numbers are field positions in metadata_schema.fbs of TensorFlow Lite Support. Its Python package supports only old
Pythons; just four tables are read here.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flatbuffers  # type: ignore[import-untyped]
from ai_edge_litert import schema_py_generated as schema
from flatbuffers import number_types
from flatbuffers.table import Table  # type: ignore[import-untyped]

from tools.models.readers.metadata import Said, Three

_BUFFER = b"TFLITE_METADATA"
_SUBGRAPHS = 3
_INPUTS, _OUTPUTS = 2, 3
_CONTENT, _STEPS, _FILES = 3, 4, 6
_KIND, _VALUE = 0, 1
_IMAGE, _NORMALISATION = 2, 1
_MEAN, _STD = 0, 1
_NAME, _TYPE, _AXIS_LABELS = 0, 2, 2


def of(file: Path) -> Said:
    """The metadata of the first input and the first output."""
    try:
        return _of(file)
    except Exception:  # bytes that are no metadata may raise anything: the model works without it
        return Said(unheard="the file's metadata cannot be read")


def _of(file: Path) -> Said:
    content = file.read_bytes()
    root = _root(content)
    if root is None:
        return Said()
    [graph, *_] = list(_tables(root, _SUBGRAPHS)) or [root]
    given, wanted = (next(_tables(graph, side), None) for side in (_INPUTS, _OUTPUTS))
    labels = _labels(file, wanted) if wanted else []
    if given is None or not _is_image(given):
        return Said(labels=labels)
    step = next((step for step in _tables(given, _STEPS) if _byte(step, _KIND) == _NORMALISATION), None)
    options = _table(step, _VALUE) if step else None
    return Said(_three(options, _MEAN), _three(options, _STD), labels) if options else Said(labels=labels)


def _root(content: bytes) -> Table | None:
    model = schema.Model.GetRootAs(content)
    for place in range(model.MetadataLength()):
        entry = model.Metadata(place)
        if entry.Name() == _BUFFER:
            data = model.Buffers(entry.Buffer()).DataAsNumpy().tobytes()
            start = flatbuffers.encode.Get(number_types.UOffsetTFlags.packer_type, data, 0)
            return Table(data, start)
    return None


def _offset(table: Table, field: int) -> int:
    return int(table.Offset(4 + 2 * field))


def _table(table: Table, field: int) -> Table | None:
    offset = _offset(table, field)
    return Table(table.Bytes, table.Indirect(table.Pos + offset)) if offset else None


def _tables(table: Table, field: int) -> Iterator[Table]:
    offset = _offset(table, field)
    for place in range(table.VectorLen(offset) if offset else 0):
        yield Table(table.Bytes, table.Indirect(table.Vector(offset) + 4 * place))


def _byte(table: Table, field: int) -> int:
    offset = _offset(table, field)
    return int(table.Get(number_types.Uint8Flags, table.Pos + offset)) if offset else 0


def _three(table: Table, field: int) -> Three | None:
    """Three numbers; a single one applies to each colour."""
    offset = _offset(table, field)
    count = table.VectorLen(offset) if offset else 0
    found = [table.Get(number_types.Float32Flags, table.Vector(offset) + 4 * place) for place in range(count)]
    if len(found) not in (1, 3):
        return None
    red, green, blue = found * (3 // len(found))
    return red, green, blue


def _is_image(tensor: Table) -> bool:
    content = _table(tensor, _CONTENT)
    return content is not None and _byte(content, _KIND) == _IMAGE


def _labels(file: Path, tensor: Table) -> list[str]:
    names = [_text(each, _NAME) for each in _tables(tensor, _FILES) if _byte(each, _TYPE) == _AXIS_LABELS]
    if not names or not zipfile.is_zipfile(file):
        return []
    with zipfile.ZipFile(file) as packed:
        if names[0] not in packed.namelist():
            return []
        return [line.strip() for line in packed.read(names[0]).decode(errors="replace").splitlines() if line.strip()]


def _text(table: Table, field: int) -> str:
    offset = _offset(table, field)
    text: Any = table.String(table.Pos + offset) if offset else b""
    return bytes(text).decode(errors="replace")
