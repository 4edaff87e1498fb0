"""No picture is classified twice, as far as the table plays along; and where it does not, nobody waits for it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

import tables
from document_example.conftest import never_hurried
from serving.timing import Clock
from tables import Between

KEY = "version:sha256"
Recall = Callable[..., tuple[Any, bool]]


class Work:
    """What a picture is worked out to be, and how often it was."""

    def __init__(self, seconds: float = 0.0, error: Exception | None = None) -> None:
        self.seconds, self.error = seconds, error
        self.times = 0

    def __call__(self) -> Any:
        from app.model import Result

        self.times += 1
        time.sleep(self.seconds)
        if self.error:
            raise self.error
        return Result([1.5, -2.0, 0.25], "00ff")


def instance() -> Any:
    """The memory of one instance of the function."""
    from app.memory import Memory
    from app.model import Result
    from serving.storage.dynamodb import Table

    return Memory(Table(tables.NAME), Result, days=30)


@pytest.fixture
def patient_way(way: Between, monkeypatch: pytest.MonkeyPatch) -> Between:
    never_hurried(monkeypatch)
    return way


@pytest.fixture
def recall(patient_way: Between) -> Recall:
    return instance().recall  # type: ignore[no-any-return]


@pytest.fixture
def recall_as_deployed(way: Between) -> Recall:
    """By a memory that waits for its table no longer than on AWS."""
    return instance().recall  # type: ignore[no-any-return]


@pytest.fixture
def short_lease(monkeypatch: pytest.MonkeyPatch) -> float:
    monkeypatch.setattr("app.memory.LEASE_SECONDS", 0.7)
    return 0.7


def test_the_second_time_it_is_known(recall: Recall) -> None:
    work = Work()
    first, second = recall(KEY, work), recall(KEY, work)
    assert (first[1], second[1]) == (False, True)
    assert first[0] == second[0]
    assert work.times == 1


def test_another_instance_knows_it_too_and_another_version_does_not(recall: Recall) -> None:
    work = Work()
    recall(KEY, work)
    assert instance().recall(KEY, work)[1]
    assert not instance().recall("another:sha256", work)[1]
    assert work.times == 2


def test_a_result_is_kept_for_thirty_days(recall: Recall, port: int) -> None:
    recall(KEY, Work())
    [item] = tables.items(port)
    assert item.keys() == {"picture_key", "result_json", "expires_at"}
    assert abs(int(item["expires_at"]["N"]) - time.time() - 30 * 24 * 3600) < 5


def test_what_has_expired_and_is_still_there_is_worked_out_again(recall: Recall, port: int) -> None:
    work = Work()
    recall(KEY, work)
    [item] = tables.items(port)
    tables.call(port, "PutItem", TableName=tables.NAME, Item={**item, "expires_at": {"N": str(int(time.time()) - 1)}})
    assert not recall(KEY, work)[1]
    assert recall(KEY, work)[1]
    assert work.times == 2


def test_of_many_at_once_one_works_and_the_others_get_its_result(patient_way: Between) -> None:
    work, together = Work(seconds=0.4), Barrier(6)
    memories = [instance() for _ in range(3)] * 2

    def ask(memory: Any) -> tuple[Any, bool]:
        together.wait()
        found: tuple[Any, bool] = memory.recall(KEY, work)
        return found

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(ask, memories))
    assert work.times == 1
    assert sorted(cached for _, cached in found) == [False] + [True] * 5
    assert len({str(result) for result, _ in found}) == 1


def test_where_the_first_one_dies_the_other_works_when_the_lease_runs_out(
    short_lease: float, recall: Recall, port: int
) -> None:
    lease = {"picture_key": {"S": KEY}, "leased_by": {"S": "gone"}, "expires_at": {"N": str(int(time.time()) + 60)}}
    tables.call(port, "PutItem", TableName=tables.NAME, Item=lease)
    work = Work()
    began = time.monotonic()
    assert not recall(KEY, work)[1]
    assert short_lease <= time.monotonic() - began < short_lease + 0.5
    assert recall(KEY, work)[1]
    assert work.times == 1


def test_a_lease_that_has_run_out_keeps_nobody_waiting(recall: Recall, port: int) -> None:
    lease = {"picture_key": {"S": KEY}, "leased_by": {"S": "gone"}, "expires_at": {"N": str(int(time.time()))}}
    tables.call(port, "PutItem", TableName=tables.NAME, Item=lease)
    began = time.monotonic()
    assert not recall(KEY, Work())[1]
    assert time.monotonic() - began < 0.5


def test_a_picture_that_cannot_be_read_leaves_nothing(recall: Recall, port: int) -> None:
    with pytest.raises(ValueError, match="not a picture"):
        recall(KEY, Work(error=ValueError("not a picture")))
    assert tables.items(port) == []


def test_who_waits_for_a_picture_that_cannot_be_read_finds_out_at_once(patient_way: Between) -> None:
    slow, quick = Work(0.3, ValueError("not a picture")), Work(0, ValueError("not a picture"))
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(instance().recall, KEY, slow)
        time.sleep(0.1)
        second = pool.submit(instance().recall, KEY, quick)
        for future in (first, second):
            with pytest.raises(ValueError, match="not a picture"):
                future.result(timeout=1)
    assert (slow.times, quick.times) == (1, 1)


def test_a_lease_that_was_granted_unheard_is_ones_own(patient_way: Between) -> None:
    """The connection broke after the table had done what it was asked: it is asked the same again."""
    from app.memory import _Visit
    from serving.storage.dynamodb import Table

    visit = _Visit(Table(tables.NAME), KEY)
    assert visit._lease()
    assert visit._lease()
    assert not _Visit(Table(tables.NAME), KEY)._lease()


TROUBLES = {
    "silent": "",
    "dripping": "",
    "slow": "",
    "hanging up": "",
    '400 {"__type": "x#ResourceNotFoundException"}': "",
    '400 {"__type": "x#AccessDeniedException"}': "",
    "500 oh": "",
    '200 {"Item": {"expires_at": {"N": "99999999999"}, "result_json": {"S": "{"}}}': "",
    '400 {"__type": "x#ThrottlingException"}': "memory_throttled",
    '400 {"__type": "x#ProvisionedThroughputExceededException"}': "memory_throttled",
}


@pytest.mark.parametrize("mood", TROUBLES)
def test_a_table_in_trouble_costs_little_and_is_left_alone_for_a_while(
    way: Between, recall_as_deployed: Recall, capsys: pytest.CaptureFixture[str], mood: str
) -> None:
    way.mood, way.seconds = mood, 2.0 if mood == "slow" else 0.0
    work = Work()
    with Clock() as clock:
        began = time.monotonic()
        assert not recall_as_deployed(KEY, work)[1]
        assert time.monotonic() - began < 0.45
    assert clock.counts == {"memory_failed": 1} | ({TROUBLES[mood]: 1} if TROUBLES[mood] else {})
    assert "The memory does not answer" in json.loads(capsys.readouterr().out)["message"]
    asked = len(way.asked)
    with Clock() as clock:
        began = time.monotonic()
        assert not recall_as_deployed(KEY, work)[1]
        assert time.monotonic() - began < 0.05
    assert clock.counts == {"memory_failed": 1}
    assert len(way.asked) == asked
    assert work.times == 2


def test_calls_that_are_each_a_little_slow_are_counted_together(way: Between, recall_as_deployed: Recall) -> None:
    way.mood, way.seconds = "slow", 0.14
    began = time.monotonic()
    with Clock() as clock:
        assert not recall_as_deployed(KEY, Work())[1]
    assert time.monotonic() - began < 0.45
    assert clock.counts == {"memory_failed": 1}


def test_a_table_that_is_gone(recall_as_deployed: Recall, way: Between) -> None:
    way.shutdown()
    way.server_close()
    began = time.monotonic()
    assert not recall_as_deployed(KEY, Work())[1]
    assert time.monotonic() - began < 0.45


def test_after_its_rest_a_table_is_asked_again(way: Between, recall: Recall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.memory.REST_SECONDS", 1.0)
    way.mood = "500 oh"
    recall(KEY, Work())
    way.mood = ""
    assert not recall(KEY, Work())[1]
    time.sleep(1.0)
    assert not recall(KEY, Work())[1]
    assert recall(KEY, Work())[1]


def test_a_table_that_fails_at_the_end_spoils_no_answer(way: Between, recall: Recall) -> None:
    class Breaking(Work):
        def __call__(self) -> Any:
            way.mood = "500 oh"
            return super().__call__()

    with Clock() as clock:
        result, cached = recall(KEY, Breaking())
    assert (result.photo_hash, cached) == ("00ff", False)
    assert clock.counts == {"memory_failed": 1}


def test_a_server_is_told_before_anything_is_waited_for(recall: Recall) -> None:
    from serving import blocking

    told: list[int] = []
    work = Work()
    blocking.run(lambda: told.append(work.times), lambda: recall(KEY, work))
    assert told[0] == 0
