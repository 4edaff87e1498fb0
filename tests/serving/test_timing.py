"""Phases add up, whoever reports them."""

import time
from contextlib import suppress

import pytest

import serving
from serving.timing import Clock


def test_a_phase_leaves_out_the_phases_inside_it() -> None:
    with Clock() as clock, serving.timer("predict"):
        time.sleep(0.01)
        with serving.timer("fetch"):
            time.sleep(0.03)
        with serving.timer("decode"):
            time.sleep(0.02)
    phases = clock.milliseconds()
    assert 10 <= phases["predict"] < 20 <= phases["decode"] < 30 <= phases["fetch"]
    assert sum(phases[name] for name in ("predict", "fetch", "decode")) <= phases["total"]


def test_a_phase_that_comes_twice_is_added_up_even_if_it_fails() -> None:
    with Clock() as clock:
        with serving.timer("fetch"):
            time.sleep(0.01)
        with suppress(KeyError), serving.timer("fetch"):
            time.sleep(0.01)
            raise KeyError
    assert clock.milliseconds()["fetch"] >= 20


def test_times_are_milliseconds_to_three_places(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([10.0, 20.0, 20.5, 11.2345678])
    monkeypatch.setattr("serving.timing.perf_counter", lambda: next(now))
    with Clock() as clock, serving.timer("predict"):
        pass
    assert clock.milliseconds() == {"predict": 500.0, "total": 1234.568}


def test_outside_a_request_a_timer_does_nothing() -> None:
    with serving.timer("decode"):
        pass
    with Clock() as clock:
        pass
    assert set(clock.milliseconds()) == {"total"}


@pytest.mark.parametrize("name", ["", "a b", "a;dur=1", "a\r\nb", "ü", "1"])
def test_a_name_that_would_break_a_header_is_a_mistake(name: str) -> None:
    with pytest.raises(ValueError, match="named like a variable"):
        serving.timer(name)
    with Clock(), pytest.raises(ValueError, match="named like a variable"):
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
