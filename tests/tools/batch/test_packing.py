"""Inputs into chunks and results into rows: each once, in its order, whatever the chunk."""

from __future__ import annotations

import itertools
import json
import tracemalloc
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import Raw

from tools.batch import chunks, collect, formats, given, missing, pack, packing, places, results, sample, texts
from tools.batch.given import Input
from tools.batch.inputs import Source
from tools.batch.plan import Plan
from tools_batch import PLAN, Folder, answer, bodies, listed, packed


def source(form: str, contents: Sequence[bytes]) -> Source:
    def one(number: int, body: bytes) -> Input:
        return Input("" if form == "lines" else f"{number}.jpg", len(body), body, lambda: body)

    return Source("input", form, lambda: itertools.starmap(one, enumerate(contents)))


CONTENTS = [b"%d" % n * (n % 7 + 1) for n in range(1007)]


@pytest.mark.parametrize("form", ["lines", "pieces"])
@pytest.mark.parametrize("most", [1, 10, 1007, 5000])
def test_each_input_is_in_one_chunk_and_in_its_order(
    tmp_path: Path, form: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "PACK_BYTES", 1000)
    store = Folder(tmp_path / "bucket")
    plan = packed(store, replace(PLAN, form=form, count=1007, chunk=most), source(form, CONTENTS), tmp_path / "work")
    found = listed(store, plan)
    assert [body for chunk in found for body in bodies(store, chunk)] == CONTENTS
    assert [chunk.first for chunk in found] == list(range(0, 1007, most))
    assert len(found) == plan.chunks
    assert Plan.load(store, plan.batch) == plan


@pytest.mark.parametrize("chunk_bytes", [1, 100, 16_000_000])
@pytest.mark.parametrize("most", [1, 10, 1007, 5000])
def test_lines_that_come_many_at_once_are_cut_like_those_that_come_one_by_one(
    tmp_path: Path, most: int, chunk_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "CHUNK_BYTES", chunk_bytes)
    monkeypatch.setattr(packing, "PACK_BYTES", 1000)
    plan = replace(PLAN, count=1007, chunk=most)
    alone, together = Folder(tmp_path / "alone"), Folder(tmp_path / "together")
    packed(alone, plan, source("lines", CONTENTS), tmp_path / "work")
    ends = [0, 1, 2, 300, 301, 1007]
    blocks = [given.of_lines(b"\n".join(CONTENTS[start:end])) for start, end in itertools.pairwise(ends)]
    packed(together, plan, Source("input", "lines", lambda: iter(blocks)), tmp_path / "work")
    assert listed(together, plan) == listed(alone, plan)
    assert [body for chunk in listed(together, plan) for body in bodies(together, chunk)] == CONTENTS


def test_a_chunk_is_no_larger_than_a_function_may_hold(tmp_path: Path) -> None:
    store, large = Folder(tmp_path / "bucket"), [b"x" * 6_000_000] * 5
    plan = packed(store, replace(PLAN, form="pieces", count=5), source("pieces", large), tmp_path / "work")
    assert [chunk.count for chunk in listed(store, plan)] == [2, 2, 1]


def test_a_list_of_keys_is_no_longer_than_an_item_of_a_map_may_be() -> None:
    keys = (Input("", 0, b"", bytes, f"{n:0900d}.jpg") for n in range(1000))
    made = list(packing.listed("a-bucket", keys, 10_000))
    assert sum(chunk.count for chunk in made) == 1000
    ends = list(itertools.accumulate(chunk.count for chunk in made))
    assert [chunk.first for chunk in made] == [0, *ends[:-1]]
    assert all(len(json.dumps(chunk.item("a-bucket", "0123456789"))) < chunks.MOST_BYTES for chunk in made)


def test_an_input_that_has_changed_since_it_was_counted_is_refused(tmp_path: Path) -> None:
    store = Folder(tmp_path / "bucket")
    with pytest.raises(pack.ChangedError, match="it had 8 inputs when it was counted, and now it has 1,007"):
        packed(store, replace(PLAN, count=8), source("lines", CONTENTS), tmp_path / "work")
    assert list(store.objects("batches/0123456789/plan")) == []


@pytest.fixture
def store(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "bucket")


@pytest.fixture
def plan(store: Folder, tmp_path: Path) -> Plan:
    lines = [b'{"n": %d}' % n if n != 42 else b'"bad"' for n in range(250)]
    return packed(store, replace(PLAN, count=250), source("lines", lines), tmp_path / "work")


def written(store: Folder, plan: Plan, output: Path) -> collect.Counts:
    with formats.writing(str(output), output.parent) as write:
        return collect.collected(store, plan, write)[0]


def test_a_row_has_its_input_and_its_answer_and_stands_in_its_place(store: Folder, plan: Plan, tmp_path: Path) -> None:
    for chunk in reversed(listed(store, plan)):
        answer(store, plan, chunk)
    counts = written(store, plan, tmp_path / "out.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [row["row"] for row in rows] == list(range(250))
    assert rows[7] == {"row": 7, "input": {"n": 7}, "output": 8, "version": "3", "ms": 2.0}
    assert rows[42] == {"row": 42, "input": "bad", "status": 400, "error": {"code": "bad"}, "version": "3", "ms": 2.0}
    assert (counts.rows, counts.failed, counts.undone, counts.ms) == (250, 1, 0, 500.0)


def test_csv_has_a_column_for_each_part_and_json_for_what_has_parts(store: Folder, plan: Plan, tmp_path: Path) -> None:
    for chunk in listed(store, plan):
        answer(store, plan, chunk)
    written(store, plan, tmp_path / "out.csv")
    lines = (tmp_path / "out.csv").read_text().splitlines()
    assert lines[:2] == ["row,input,output,status,error,version,ms", '0,"{""n"": 0}",8,,,3,2.0']
    assert lines[43] == '42,bad,,400,"{""code"": ""bad""}",3,2.0'
    assert len(lines) == 251


def test_what_is_not_done_is_known_and_alone_done_again(store: Folder, plan: Plan, tmp_path: Path) -> None:
    first, second, third = listed(store, plan)
    answer(store, plan, second)
    assert list(missing.missing(store, plan)) == [first, third]
    counts = written(store, plan, tmp_path / "out.jsonl")
    assert (counts.rows, counts.failed, counts.undone) == (250, 150, 150)
    answer(store, plan, first)
    answer(store, plan, third)
    assert list(missing.missing(store, plan)) == []


@pytest.mark.parametrize(
    ("told", "done", "in_vain"),
    [
        (range(40), range(40), False),
        # more was missing than one execution takes
        (range(20), range(20), False),
        # bad luck
        (range(40), range(4, 40), False),
        (range(3), range(1, 3), False),
        # much of it, and what fails each time
        (range(40), range(5, 40), True),
        (range(7, 8), range(7), True),
    ],
)
def test_what_failed_is_tried_again_as_long_as_that_may_help(
    store: Folder, tmp_path: Path, told: range, done: range, in_vain: bool
) -> None:
    contents = [b"%d" % n for n in range(40)]
    plan = packed(store, replace(PLAN, count=40, chunk=1), source("lines", contents), tmp_path / "forty")
    made = listed(store, plan)
    chunks.write(tmp_path / "told", (made[n].item(store.bucket, plan.batch) for n in told))
    store.put_file(places.missing(plan.batch), tmp_path / "told")
    for n in done:
        answer(store, plan, made[n])
    assert missing.is_in_vain(store, plan) == in_vain


@pytest.mark.parametrize("wrong", [[0, 1, 1], [0, 2, 1], [0, 1], [1, 2, 3]])
def test_results_that_are_lost_doubled_or_out_of_order_are_refused(store: Folder, wrong: list[int]) -> None:
    key = places.result("0123456789", 0)
    store.put(key, b"".join(b'{"row": %d}\n' % row for row in wrong))
    with pytest.raises(results.WrongResultsError, match="the rows 0 to 2, each once and in order"):
        results.lines(store, key, chunks.Chunk(0, 3, {}))


@pytest.mark.parametrize(
    "wrong", [b"1\n", b"no json\n", b'{"row":"0"}\n', b'{"row":0,"output":"\xff"}\n', b'{"row":0,"output":']
)
def test_what_is_no_result_is_refused(store: Folder, wrong: bytes) -> None:
    store.put("results", wrong)
    with pytest.raises(results.WrongResultsError, match="results is none of a function's results"):
        results.lines(store, "results", chunks.Chunk(0, 1, {}))


def test_half_of_a_character_in_one_answer_keeps_no_other_from_its_place(store: Folder) -> None:
    lines = b'{"row":0,"output":"\\ud800","ms":1.5}\n{"row":1,"status":400,"error":{"a":1},"version":"3"}\n'
    store.put("results", lines)
    first, second = results.lines(store, "results", chunks.Chunk(0, 2, {}))
    assert (json.loads(bytes(first.output or b"")), first.ms) == ("\ud800", 1.5)
    assert (json.loads(bytes(second.error or b"")), second.status, second.version) == ({"a": 1}, 400, "3")


@pytest.mark.parametrize(
    "bodies",
    [
        [b"1 2", b'{"a":', b"1}"],
        [b'{"a":1}', b"1 2", b'{"a":', b"1}", b"NaN"],
        [b'{"a":', b"1}"],
        [b"[1]", b'"\\q"'],
        [b"[1]", b'"\xff"', b"\xef\xbb\xbf1"],
        [b'{"a":NaN}', b'{"a":"\\ud800"}', b'{"a":' + b"9" * 5000 + b"}"],
        [b'{"a":' + b"9" * 5000 + b"}", b"[1]"],
        [b"[" * 401 + b"]" * 401, b"[" * 980 + b"]" * 980, b"[" * 399 + b"]" * 399, b"2"],
    ],
)
def test_a_line_is_its_own_json_or_its_text_whatever_stands_beside_it(bodies: list[bytes]) -> None:
    def alone(body: bytes) -> str:
        try:
            return json.dumps(texts.parsed(body))
        except ValueError:
            return json.dumps(body.decode(errors="replace"))

    assert [json.dumps(json.loads(bytes(said))) for said in results.as_said(bodies)] == list(map(alone, bodies))


def test_nan_in_an_answer_that_a_folder_has_written_is_null(store: Folder) -> None:
    store.put("results", b'{"row":0,"output":{"a":NaN,\r"b":2},"ms":1.5}\n')
    [row] = results.lines(store, "results", chunks.Chunk(0, 1, {}))
    assert json.loads(bytes(row.output or b"")) == {"a": None, "b": 2}


def test_a_number_that_is_too_large_is_json_all_the_same() -> None:
    text = b'{"a":1e400}'
    assert results.as_said([text, b'{"a":NaN}']) == [Raw(text), Raw(b'"{\\"a\\":NaN}"')]


def test_rows_are_sampled_by_chance_each_once_and_none_that_is_not_done(
    store: Folder, plan: Plan, tmp_path: Path
) -> None:
    first, second, third = listed(store, plan)
    answer(store, plan, first)
    answer(store, plan, third)
    with formats.writing(str(tmp_path / "out.jsonl"), tmp_path) as write:
        some = collect.collected(store, plan, write)[1].rows
    found = [row.row for row, _ in some]
    assert found == sorted(set(found))
    assert 5 < len(found) < 20
    assert not set(found) & set(range(second.first, second.first + second.count))
    assert [body for _, body in some] == [b'{"n": %d}' % n if n != 42 else b'"bad"' for n in found]
    other = sample.Sample("another", 250)
    for done in results.done(store, plan, iter(listed(store, plan)), iter(())):
        other.take(store, done)
    assert [row.row for row, _ in other.rows] != found


def test_of_what_is_sampled_nothing_is_kept_but_the_rows(store: Folder, tmp_path: Path) -> None:
    plan = packed(store, replace(PLAN, count=400, chunk=20), source("lines", [b"1"] * 400), tmp_path / "work")
    for chunk in listed(store, plan):
        outputs = ("x" * 1_000_000, *range(19))
        lines = [{"row": chunk.first + n, "output": output} for n, output in enumerate(outputs)]
        store.put(places.result(plan.batch, chunk.first), b"".join(json.dumps(line).encode() + b"\n" for line in lines))
    tracemalloc.start()
    some = collect.collected(store, plan, lambda _: None)[1]
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(some.rows) == 20
    assert held < 4_000_000


def test_a_file_of_results_is_there_when_it_is_whole(store: Folder, plan: Plan, tmp_path: Path) -> None:
    store.put(places.result(plan.batch, 0), b'{"row": 5}\n')
    with pytest.raises(results.WrongResultsError):
        written(store, plan, tmp_path / "out.jsonl")
    assert not (tmp_path / "out.jsonl").exists()
