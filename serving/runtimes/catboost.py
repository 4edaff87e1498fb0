"""CatBoost models with categories: turns the categories into the numbers that the trees, in ONNX Runtime, take.

    class Row(msgspec.Struct):
        age: Number | None
        plan: Category

    model = Session("model/model.onnx")
    model.run([model.matrix(rows)])

The trees test for one category, or use a statistic of the training data for a category or a combination of them. Both
are tables keyed by a hash, in `categories.bin` beside the trees. What is found there becomes further columns of a row.
"""

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

import msgspec

from serving.runtimes import cityhash, onnxruntime
from serving.runtimes.session import Failed, Tensor
from serving.runtimes.tables import numbers
from serving.runtimes.tensors import Int64

# Any category is accepted. A whole number stands for its decimal text.
Category = str | Int64

FILE = "categories.bin"
_ALL, _MULTIPLIER = (1 << 64) - 1, 0x4906BA494954CB65
_SIGN = 1 << 31
# Rows at a time: what tables share is kept meanwhile, which for ten thousand rows would be hundreds of megabytes.
_AT_ONCE = 1000


class Larger(msgspec.Struct, frozen=True, array_like=True):
    """Whether a number is above a border. With `takes_missing`, a missing number is."""

    column: int
    border: float
    takes_missing: bool


class Same(msgspec.Struct, frozen=True, array_like=True):
    """Whether a category is the one with this hash."""

    column: int
    hash: int


class By(msgspec.Struct, frozen=True, array_like=True):
    """The parts of a table's key. Columns are given by their position in a row."""

    categories: tuple[int, ...]
    larger: tuple[Larger, ...] = ()
    same: tuple[Same, ...] = ()


class Described(msgspec.Struct):
    """A table: how many keys it has, and its outputs for any other key."""

    by: By
    count: int
    unseen: list[float]


class Head(msgspec.Struct):
    """The first line of the file. After it come, table by table, the sorted keys and then the outputs."""

    # The columns that are numbers.
    numbers: list[int]
    tables: list[Described]


def hashed(category: str | float) -> int:
    """CatBoost's hash of a category: a signed number of 32 bits."""
    text = category if isinstance(category, str) else str(int(category))
    low = cityhash.of(text.encode()) & 0xFFFFFFFF
    return (low ^ _SIGN) - _SIGN


def combined(parts: Sequence[int]) -> int:
    key = 0
    for part in parts:
        key = _with(key, part)
    return key


def _with(key: int, part: int) -> int:
    return _MULTIPLIER * (key + _MULTIPLIER * part) & _ALL


class _Table:
    """A table to look up. Each list of outputs ends with the one for unseen keys."""

    def __init__(self, described: Described, content: bytes, at: int) -> None:
        count = described.count
        self.by, self._keys = described.by, array("Q", content[at : at + 8 * count])
        at += 8 * count
        self.outputs = []
        for unseen in described.unseen:
            found = array("f", content[at : at + 4 * count])
            found.append(unseen)
            self.outputs.append(found)
            at += 4 * count
        self.end = at

    def place(self, key: int) -> int:
        place = bisect_left(self._keys, key)
        return place if place < len(self._keys) and self._keys[place] == key else len(self._keys)


class Tables:
    def __init__(self, content: bytes) -> None:
        head, _, rest = content.partition(b"\n")
        found = msgspec.json.decode(head, type=Head)
        self._numbers, self._tables, at = found.numbers, list[_Table](), 0
        for described in found.tables:
            self._tables.append(_Table(described, rest, at))
            at = self._tables[-1].end
        if at != len(rest):
            raise Failed(f"{FILE} is not whole. It belongs to the model.onnx that was made with it.")
        self.width = max(1, len(self._numbers) + sum(len(table.outputs) for table in self._tables))

    def matrix(self, rows: Sequence[Sequence[Any]]) -> Tensor:
        """For each row its numbers, then the outputs of each table."""
        content = b"".join(self._made(rows[at : at + _AT_ONCE]) for at in range(0, len(rows), _AT_ONCE))
        return Tensor("float32", (len(rows), self.width), content)

    def _made(self, rows: Sequence[Sequence[Any]]) -> bytes:
        columns = list(zip(*rows, strict=True))
        given = {place: array("f", numbers(columns[place])) for place in self._numbers}
        groups, made = _Groups(columns, given), list(given.values())
        for table in self._tables:
            groups_of_rows, keys = groups.by(table.by)
            places = [table.place(key) for key in keys]
            for output in table.outputs:
                values = [output[place] for place in places]
                made.append(array("f", map(values.__getitem__, groups_of_rows)))
        content = array("f", bytes(4 * len(rows) * self.width))
        for place, column in enumerate(made):
            content[place :: self.width] = column
        return content.tobytes()


# For each row the number of its group, and for each group its key, or its part of a key.
Grouped = tuple[list[int], list[int]]


class _Groups:
    """Groups the rows that share a key, so that each key is looked up once. Parts that keys share are found once."""

    def __init__(self, columns: Sequence[Sequence[Any]], given: "dict[int, array[float]]") -> None:
        self._columns, self._given = columns, given
        # By the parts that a key begins with.
        self._known: dict[tuple[Any, ...], Grouped] = {(): ([0] * len(columns[0]), [0])}
        self._parts: dict[Any, Grouped] = {}

    def by(self, by: By) -> Grouped:
        return self._joint((*by.categories, *by.larger, *by.same))

    def _joint(self, parts: tuple[Any, ...]) -> Grouped:
        if parts not in self._known:
            before, keys = self._joint(parts[:-1])
            last, values = self._part(parts[-1])
            width = len(values)
            both = [group * width + each for group, each in zip(before, last, strict=True)]
            found = {pair: place for place, pair in enumerate(set(both))}
            made = [_with(keys[pair // width], values[pair % width]) for pair in found]
            self._known[parts] = [found[pair] for pair in both], made
        return self._known[parts]

    def _part(self, part: int | Larger | Same) -> Grouped:
        if part not in self._parts:
            self._parts[part] = self._made(part)
        return self._parts[part]

    def _made(self, part: int | Larger | Same) -> Grouped:
        if isinstance(part, Larger):
            values, border = self._given[part.column], part.border
            # A comparison with NaN, a missing number, is always false.
            if part.takes_missing:
                return [not value <= border for value in values], [0, 1]
            return [value > border for value in values], [0, 1]
        if isinstance(part, Same):
            groups, hashes = self._part(part.column)
            return [int(hashes[group] == part.hash) for group in groups], [0, 1]
        column = self._columns[part]
        found = {category: place for place, category in enumerate(set(column))}
        return [found[category] for category in column], [hashed(category) for category in found]


class Session(onnxruntime.Session):
    """The trees, and the tables that complete their rows."""

    def __init__(self, file: str) -> None:
        super().__init__(file)
        folder, slash, _ = file.rpartition("/")
        with open(f"{folder}{slash}{FILE}", "rb") as opened:  # noqa: PTH123 - pathlib takes 5 ms to import
            self._tables = Tables(opened.read())

    def matrix(self, rows: Sequence[Any]) -> Tensor:
        """The tensor of rows, which are structs or plain lists."""
        is_struct = isinstance(rows[0], msgspec.Struct)
        return self._tables.matrix([msgspec.structs.astuple(row) for row in rows] if is_struct else rows)
