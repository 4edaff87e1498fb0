"""What CatBoost knows of categories is found as CatBoost finds it; its hashes were recorded from it."""

from __future__ import annotations

from array import array
from pathlib import Path

import msgspec
import pytest

import tiny_onnx
from serving.runtimes.catboost import By, Category, Described, Head, Larger, Same, Session, Tables, combined, hashed
from serving.runtimes.session import Failed
from tiny_onnx import Node, Value

# Of texts that begin so, by their length in characters, what CatBoost 1.2.10 writes of a category under
# `cat_features_hashes`, by save_model("model.py", format="python", pool=pool). In bytes they are on and beside each
# length from which CityHash goes another way.
MIXED = "größe 漢字 🙂, " * 9
OF_MIXED = {
    **{0: 797982799, 1: 785836961, 2: 189809369, 3: 1892880193, 4: -2008468084, 5: -865560532, 6: 1069264240},
    **{8: -1337870192, 9: -248431955, 19: 402221842, 28: 167094250, 36: 1591880981, 37: -1545302260, 38: 683929315},
    **{73: -726392035, 74: 904468162, 75: -292636471},
}
PLAIN = "The quick brown fox jumps over the lazy dog. " * 5
OF_PLAIN = {
    3: 802589044,
    5: -252591020,
    9: 62722841,
    16: -606473428,
    17: -1933761169,
    31: 1752146168,
    33: -2055678453,
    66: -1214685992,
    129: -1164679250,
    200: -1232193697,
}


@pytest.mark.parametrize(
    ("text", "hash_"),
    [
        *[(MIXED[:length], hash_) for length, hash_ in OF_MIXED.items()],
        *[(PLAIN[:length], hash_) for length, hash_ in OF_PLAIN.items()],
    ],
)
def test_texts_have_the_hashes_that_catboost_gives_them(text: str, hash_: int) -> None:
    assert hashed(text) == hash_


def test_a_whole_number_is_its_text() -> None:
    assert [hashed(12), hashed("12")] == [1445320840] * 2
    assert [hashed(-3), hashed("-3")] == [1837837212] * 2


def test_a_key_is_the_one_under_which_catboost_has_its_statistics() -> None:
    """By `calc_hash`, which CatBoost writes into a model that is saved as Python."""
    assert combined([OF_PLAIN[17]]) == 4242798696851412503
    assert combined([OF_PLAIN[17], OF_MIXED[3]]) == 2255016934172653356
    assert combined([OF_PLAIN[16], 1, 0]) == 14715120934369806857


class Row(msgspec.Struct):
    plan: Category
    age: float | None
    city: Category


# A plan by itself gives two numbers. With the city, whether someone is over 30, and whether the plan is pro: one.
ALONE, TOGETHER = By((0,)), By((0, 2), (Larger(1, 30.0, takes_missing=True),), (Same(0, hashed("pro")),))


def written(tables: list[tuple[By, dict[int, list[float]], list[float]]]) -> bytes:
    head = Head([1], [Described(by, len(found), unseen) for by, found, unseen in tables])
    content = msgspec.json.encode(head) + b"\n"
    for _, found, unseen in tables:
        content += array("Q", sorted(found)).tobytes()
        content += b"".join(
            array("f", [found[key][place] for key in sorted(found)]).tobytes() for place in range(len(unseen))
        )
    return content


@pytest.fixture
def content() -> bytes:
    alone = {combined([hashed("basic")]): [0.25, 1.0], combined([hashed("pro")]): [0.75, 2.0]}
    together = {
        combined([hashed("pro"), hashed(7), True, True]): [9.0],
        combined([hashed("pro"), hashed(7), False, True]): [8.0],
    }
    return written([(ALONE, alone, [0.5, 0.0]), (TOGETHER, together, [-1.0])])


def test_a_row_is_its_numbers_and_then_what_the_tables_have(tmp_path: Path, content: bytes) -> None:
    given, wanted = Value("given", "float32", ["rows", 4]), Value("wanted", "float32", ["rows", 4])
    file = tiny_onnx.write(tmp_path / "model.onnx", [Node("Identity", ["given"], ["wanted"])], [given], [wanted])
    (tmp_path / "categories.bin").write_bytes(content)
    session = Session(str(file))
    rows = [Row("pro", 31, "7"), Row("pro", 30, 7), Row("basic", 31, 7), Row("gold", 1.5, "")]
    [found] = session.run([session.matrix(rows)])
    expected = [[31, 0.75, 2, 9], [30, 0.75, 2, 8], [31, 0.25, 1, -1], [1.5, 0.5, 0, -1]]
    assert found.nested() == expected
    assert session.matrix(rows[:1]).nested() == expected[:1]
    assert session.matrix([msgspec.structs.astuple(row) for row in rows]).nested() == expected


def test_a_file_that_was_written_before_is_read(content: bytes) -> None:
    """Folders are kept longer than this code stays as it is."""
    [head, _] = content.split(b"\n", 1)
    assert head == (
        b'{"numbers":[1],"tables":[{"by":[[0],[],[]],"count":2,"unseen":[0.5,0.0]},'
        b'{"by":[[0,2],[[1,30.0,true]],[[0,1777728817]]],"count":2,"unseen":[-1.0]}]}'
    )


def test_rows_of_other_lengths_are_no_table(content: bytes) -> None:
    with pytest.raises(ValueError, match="shorter"):
        Tables(content).matrix([["pro", 31.0, 7], ["pro", 31.0]])


def test_a_model_may_ask_for_one_category_or_for_nothing() -> None:
    alone = Tables(msgspec.json.encode(Head([], [])) + b"\n")
    assert alone.matrix([["pro"], ["basic"]]).nested() == [[0], [0]]
    head = Head([], [Described(By((0,)), 1, [0.5])])
    one = array("Q", [combined([hashed("pro")])]).tobytes() + array("f", [2.0]).tobytes()
    assert Tables(msgspec.json.encode(head) + b"\n" + one).matrix([["pro"], ["basic"]]).nested() == [[2], [0.5]]


def test_many_rows_are_what_each_of_them_is(content: bytes) -> None:
    rows = [[("pro", "basic", "gold")[number % 3], float(number % 40), number % 9] for number in range(2500)]
    tables = Tables(content)
    assert tables.matrix(rows).nested() == [tables.matrix([row]).nested()[0] for row in rows]


def test_what_is_missing_of_a_number_goes_the_way_that_the_model_has_for_it(content: bytes) -> None:
    [row] = Tables(content).matrix([["pro", None, 7]]).nested()
    assert row[0] != row[0]
    assert row[1:] == [0.75, 2, 9]
    other = By((0,), (Larger(1, 30.0, takes_missing=False),))
    tables = Tables(written([(other, {combined([hashed("pro"), False]): [3.0]}, [0.0])]))
    assert tables.matrix([["pro", None]]).nested()[0][1] == 3


def test_a_number_on_a_border_is_not_above_it_and_a_category_is_the_certain_one_or_not() -> None:
    by = By((0,), (Larger(1, 30.0, takes_missing=False),), (Same(0, hashed("pro")),))
    keys = [combined([hashed(plan), above, plan == "pro"]) for plan in ("basic", "pro") for above in (False, True)]
    tables = Tables(written([(by, {key: [float(place)] for place, key in enumerate(keys)}, [-1.0])]))
    rows = [["basic", 30.0], ["basic", 30.5], ["pro", 30.0], ["pro", 31.0]]
    assert [row[1] for row in tables.matrix(rows).nested()] == [0, 1, 2, 3]


def test_numbers_are_compared_in_the_32_bits_that_catboost_has(content: bytes) -> None:
    # As a number of 32 bits it is 30.
    assert Tables(content).matrix([["pro", 30.0000001, 7]]).nested() == [[30, 0.75, 2, 8]]


@pytest.mark.parametrize("change", [lambda content: content[:-4], lambda content: content + b"1234"])
def test_a_file_that_is_not_whole_is_refused(content: bytes, change: object) -> None:
    assert callable(change)
    with pytest.raises(Failed, match="not whole"):
        Tables(change(content))
