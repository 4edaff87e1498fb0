"""CatBoost's categories, before ONNX Runtime has its trees.

    class Row(msgspec.Struct):
        age: Number | None
        plan: Category

    model = Session("model/model.onnx")
    model.run([model.matrix(rows)])

Of a category CatBoost's trees ask whether it is a certain one, or for a statistic of it, alone or together with others.
Both are tables by a hash, in `categories.bin` beside the trees; what they give are further numbers of a row.
"""

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

import msgspec

from serving.runtimes import cityhash, onnxruntime
from serving.runtimes.session import Failed, Tensor
from serving.runtimes.tables import numbers

# Any is taken. A whole number is its text.
Category = str | int

FILE = "categories.bin"
_ALL, _MULTIPLIER = (1 << 64) - 1, 0x4906BA494954CB65
_SIGN = 1 << 31


class Larger(msgspec.Struct, frozen=True, array_like=True):
    """A number that is larger than a border, as what is missing may be."""

    column: int
    border: float
    takes_missing: bool


class Same(msgspec.Struct, frozen=True, array_like=True):
    """A category that is a certain one."""

    column: int
    hash: int


class By(msgspec.Struct, frozen=True, array_like=True):
    """What the key of a table is made of, by the places of columns in a row."""

    categories: tuple[int, ...]
    larger: tuple[Larger, ...] = ()
    same: tuple[Same, ...] = ()


class Described(msgspec.Struct):
    """A table: how many keys it has, and what it gives for others."""

    by: By
    count: int
    unseen: list[float]


class Head(msgspec.Struct):
    """The first line of the file. Behind it stand of each table its keys, in order, and then its numbers."""

    # The columns that are numbers.
    numbers: list[int]
    tables: list[Described]


def hashed(category: str | int) -> int:
    """As CatBoost has it: 32 bits, of which the first is a sign."""
    low = cityhash.of(str(category).encode(errors="replace")) & 0xFFFFFFFF
    return (low ^ _SIGN) - _SIGN


def combined(parts: Sequence[int]) -> int:
    key = 0
    for part in parts:
        key = _MULTIPLIER * (key + _MULTIPLIER * part) & _ALL
    return key


class _Table:
    """Of the numbers the one for what is unseen stands last."""

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

    def place(self, parts: Sequence[int]) -> int:
        key = combined(parts)
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
        """The numbers of each row, then what each table has for it."""
        columns = list(zip(*rows, strict=True))
        content = array("f", bytes(4 * len(rows) * self.width))
        given = {place: array("f", numbers(columns[place])) for place in self._numbers}
        hashes: dict[int, list[int]] = {}
        made = list(given.values())
        for table in self._tables:
            parts = list(zip(*_parts(table.by, columns, given, hashes), strict=True))
            # Most rows have what others have.
            found = {each: table.place(each) for each in set(parts)}
            places = [found[each] for each in parts]
            made += [array("f", map(output.__getitem__, places)) for output in table.outputs]
        for place, column in enumerate(made):
            content[place :: self.width] = column
        return Tensor("float32", (len(rows), self.width), content.tobytes())


def _parts(
    by: By, columns: Sequence[Sequence[Any]], given: "dict[int, array[float]]", hashes: dict[int, list[int]]
) -> list[Sequence[int]]:
    for place in (*by.categories, *(each.column for each in by.same)):
        if place not in hashes:
            known = {category: hashed(category) for category in set(columns[place])}
            hashes[place] = [known[category] for category in columns[place]]
    return [
        *(hashes[place] for place in by.categories),
        *([_is_larger(number, each) for number in given[each.column]] for each in by.larger),
        *([number == each.hash for number in hashes[each.column]] for each in by.same),
    ]


def _is_larger(number: float, than: Larger) -> bool:
    return number > than.border or (than.takes_missing and number != number)


class Session(onnxruntime.Session):
    """The trees, and what their rows are made with."""

    def __init__(self, file: str) -> None:
        super().__init__(file)
        folder, slash, _ = file.rpartition("/")
        with open(f"{folder}{slash}{FILE}", "rb") as opened:  # noqa: PTH123 - pathlib takes 5 ms to import
            self._tables = Tables(opened.read())

    def matrix(self, rows: Sequence[Any]) -> Tensor:
        """Of rows that are structs, or plain lists."""
        is_struct = isinstance(rows[0], msgspec.Struct)
        return self._tables.matrix([msgspec.structs.astuple(row) for row in rows] if is_struct else rows)
