"""Pictures that would not fit beside each other are decoded one after the other, and what fits nowhere is refused."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from PIL import Image

from hostile_pictures import glass_webp, png, saved
from processes import resident
from serving import blocking
from serving.pictures import decoding, memory
from serving.requests.errors import Invalid

ROOT = Path(__file__).resolve().parents[3]
HOW = decoding.Preprocessing(224, 224, 224)
MEBI = 1 << 20


def test_those_that_fit_are_side_by_side_and_the_rest_wait() -> None:
    room, held, most = memory.Room(100), 0, 0
    changing = threading.Lock()

    def decode() -> None:
        nonlocal held, most
        with room.holding(40):
            with changing:
                held += 40
                most = max(most, held)
            time.sleep(0.05)
            with changing:
                held -= 40

    threads = [threading.Thread(target=decode) for _ in range(6)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 80
    assert time.monotonic() - started < 6 * 0.05


def test_what_is_large_is_not_passed_for_ever_by_what_is_small() -> None:
    room, order = memory.Room(100), []

    def decode(name: str, need: int) -> None:
        with room.holding(need):
            order.append(name)

    with room.holding(10):
        large = threading.Thread(target=decode, args=("large", 95))
        large.start()
        while not room._next.locked():
            time.sleep(0.001)
        small = threading.Thread(target=decode, args=("small", 10))
        small.start()
        time.sleep(0.05)
        assert order == []
    large.join()
    small.join()
    assert order == ["large", "small"]


def test_memory_is_given_back_when_decoding_fails() -> None:
    room = memory.Room(10)
    for _ in range(3):
        with pytest.raises(OSError, match="broken"), room.holding(10):
            raise OSError("broken")


def test_a_request_that_waits_for_memory_gives_way_and_one_that_fits_does_not() -> None:
    room = memory.Room(100)
    gave_way = threading.Event()

    def decode(size: int) -> None:
        with room.holding(size):
            pass

    with room.holding(60):
        blocking.run(gave_way.set, lambda: decode(40))
        assert not gave_way.is_set()
        thread = threading.Thread(target=blocking.run, args=(gave_way.set, lambda: decode(70)))
        thread.start()
        assert gave_way.wait(10)
    thread.join(10)
    assert not thread.is_alive()


def test_a_picture_for_which_there_is_no_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "room", lambda: memory.Room(100 * MEBI))
    assert decoding.pixels(png(2000, 2000), HOW, field="data")
    with pytest.raises(Invalid, match="more memory") as caught:
        decoding.pixels(png(6000, 5000), HOW, field="data")
    assert (caught.value.field, caught.value.code) == ("data", "image_too_large")


def test_a_picture_may_take_all_the_memory_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = png(20, 20)
    need = decoding.reduced(picture)[1].need
    monkeypatch.setattr(memory, "room", lambda: memory.Room(need))
    assert decoding.pixels(picture, HOW, field="data")
    monkeypatch.setattr(memory, "room", lambda: memory.Room(need - 1))
    with pytest.raises(Invalid, match="more memory"):
        decoding.pixels(picture, HOW, field="data")


def test_running_out_of_memory_all_the_same_is_the_pictures_fault() -> None:
    def exhausting(_: object) -> bytes:
        raise MemoryError

    with pytest.raises(Invalid, match="memory") as caught:
        decoding.opened(png(8, 8), exhausting, field="data")
    assert caught.value.code == "image_too_large"


def test_the_memory_is_that_of_the_function_or_the_container(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "memory.max"
    monkeypatch.setattr(memory, "_LIMITS", (str(tmp_path / "missing"), str(file)))
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    file.write_text("max\n")
    assert memory.limit() == machine
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
    assert memory.limit() == 512 * MEBI
    file.write_text(str(256 * MEBI))
    assert memory.limit() == 256 * MEBI


@pytest.mark.parametrize(("workers", "on_lambda", "processes"), [("", False, 1), ("4", False, 4), ("4", True, 1)])
def test_the_processes_of_a_server_share_it_less_what_they_hold_and_a_reserve(
    monkeypatch: pytest.MonkeyPatch, workers: str, on_lambda: bool, processes: int
) -> None:
    monkeypatch.delenv("AWS_LAMBDA_RUNTIME_API", raising=False)
    if on_lambda:
        monkeypatch.setenv("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:1")
    monkeypatch.setenv("WORKERS", workers)
    monkeypatch.setattr(memory, "limit", lambda: 8000 * MEBI)
    held = resident()
    share = memory.room.__wrapped__().size
    assert share == pytest.approx(8000 * MEBI // processes - held - 48 * MEBI, abs=MEBI)
    monkeypatch.setattr(memory, "limit", lambda: 64 * MEBI)
    assert memory.room.__wrapped__().size == 64 * MEBI


@pytest.mark.parametrize(
    ("kind", "options", "bytes_a_pixel"),
    [("JPEG", {"progressive": True, "subsampling": "4:2:2"}, 9), ("WEBP", {"lossless": True}, 20)],
)
def test_colours_at_half_the_width_and_none_to_see_through_take_less(
    kind: str, options: dict[str, object], bytes_a_pixel: float
) -> None:
    picture = saved(Image.effect_noise((64, 64), 50).convert("RGB"), kind, **options)
    assert decoding.reduced(picture)[1].memory == bytes_a_pixel


def test_a_photograph_is_taken_however_little_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    small = memory.room.__wrapped__
    monkeypatch.setattr(memory, "limit", lambda: 128 * MEBI)
    monkeypatch.setattr(memory, "room", lambda: small())
    assert decoding.pixels(png(2048, 1536), HOW, field="data")


# Four at once that would take 1.3 GB, in a process that a gigabyte would end.
AT_ONCE = """
import sys, threading
from serving.pictures import decoding, memory
picture, results = sys.stdin.buffer.read(), []
how = decoding.Preprocessing(224, 224, 224)
memory.room()
def decode():
    results.append(len(decoding.pixels(picture, how, field="data")))
threads = [threading.Thread(target=decode) for _ in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
assert results == [224 * 224 * 3] * 4
lines = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(int(lines["VmHWM"].split()[0]) * 1024)
"""


def test_large_pictures_at_once_stay_within_the_limit() -> None:
    environment = {**os.environ, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "600", "WORKERS": "1"}
    run = subprocess.run(
        [sys.executable, "-c", AT_ONCE],
        cwd=ROOT,
        env=environment,
        input=glass_webp(4500),
        capture_output=True,
        check=True,
    )
    assert int(run.stdout) < 600 * MEBI
