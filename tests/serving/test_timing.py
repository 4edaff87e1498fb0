"""Phases add up, whoever reports them."""

from contextlib import suppress

import pytest

import serving
from serving.timing import Clock


class Time:
    """Passes when it is told to."""

    now = 10.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    made = Time()
    monkeypatch.setattr("serving.timing.perf_counter", made)
    return made


def test_a_phase_leaves_out_the_phases_inside_it(time: Time) -> None:
    with Clock() as clock, serving.timer("predict"):
        time.now += 1
        with serving.timer("fetch"):
            time.now += 10
            with serving.timer("decode"):
                time.now += 100
        with serving.timer("decode"):
            time.now += 1000
        time.now += 1
    assert clock.milliseconds() == {"predict": 2e3, "fetch": 10e3, "decode": 1100e3, "total": 1112e3}


def test_a_phase_that_comes_twice_is_added_up_even_if_it_fails(time: Time) -> None:
    with Clock() as clock:
        with serving.timer("fetch"):
            time.now += 1
        with suppress(KeyError), serving.timer("fetch"):
            time.now += 1
            raise KeyError
        time.now += 1
    assert clock.milliseconds() == {"fetch": 2e3, "total": 3e3}


def test_times_are_milliseconds_to_three_places(time: Time) -> None:
    with Clock() as clock:
        time.now += 1.2345678
    assert clock.milliseconds() == {"total": 1234.568}


def test_outside_a_request_a_timer_does_nothing() -> None:
    with serving.timer("decode"):
        pass
    with Clock() as clock:
        pass
    assert set(clock.milliseconds()) == {"total"}


@pytest.mark.parametrize("name", ["", "a b", "a;dur=1", "a\r\nb", "ü", "1"])
def test_a_name_that_would_break_a_header_is_a_mistake(name: str) -> None:
    with pytest.raises(ValueError, match="must be an ASCII identifier"):
        serving.timer(name)
    with Clock(), pytest.raises(ValueError, match="must be an ASCII identifier"):
        serving.count(name)


def test_what_is_counted_is_one_more_each_time_and_is_its_requests_alone() -> None:
    with Clock("one") as clock:
        serving.count("memory_failed")
        serving.count("memory_failed")
        serving.count("memory_hit")
        assert serving.request_id() == "one"
    assert serving.request_id() == ""
    assert clock.counts == {"memory_failed": 2, "memory_hit": 1}
    with Clock() as clock:
        assert serving.request_id() == ""
    assert clock.counts == {}


def test_outside_a_request_nothing_is_counted_and_there_is_no_id() -> None:
    serving.count("memory_failed")
    assert serving.request_id() == ""
