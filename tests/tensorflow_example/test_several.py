"""What several pictures of one request may take together. The network is left out, so no image is needed."""

from __future__ import annotations

import importlib
import threading
import time
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import msgspec
import pytest
from PIL import Image

import hostile_pictures
import model_apps
from sent_pictures import as_base64, saved
from serving import blocking
from serving.fetching import fetch
from serving.fetching.fetch_limits import Fetched, Limits
from serving.pictures import decoding
from serving.requests.errors import Invalid, Refused

HOW = decoding.Preprocessing(8, 8, 8)


class Model:
    settings = SimpleNamespace(function_seconds=29, timeout=30, threads=5)
    classes = SimpleNamespace(best=lambda _scores, _count: [(0, 0.5)], categories=["n1"], labels=["dog"])

    def pixels(self, picture: bytes, field: str, allowance: decoding.Allowance) -> bytes:
        return decoding.pixels(picture, HOW, field=field, allowance=allowance)

    def scores(self, pictures: list[bytes]) -> list[list[float]]:
        return [[0.5]] * len(pictures)


@pytest.fixture
def several() -> Iterator[ModuleType]:
    model_apps.forget()
    yield importlib.import_module("app.several")
    model_apps.forget()


def asked(several: ModuleType, images: list[dict[str, str]]) -> Any:
    return several.predict(Model(), msgspec.convert({"images": images}, several.Pictures))


def refused(several: ModuleType, images: list[dict[str, str]]) -> tuple[str | None, str | None]:
    with pytest.raises(Invalid) as error:
        asked(several, images)
    return error.value.field, error.value.code


def test_pictures_may_not_take_much_longer_together_than_one_may(several: ModuleType) -> None:
    """Each of them alone is estimated to take 0.9 s, of the second that a picture may."""
    many = [{"data": as_base64(hostile_pictures.png(6000, 4400, colour=6))}] * 16
    assert refused(several, many) == ("images[6].data", "image_too_complex")


def test_sixteen_photographs_of_a_telephone_are_answered(several: ModuleType) -> None:
    photograph = saved(Image.effect_noise((504, 378), 60).resize((4032, 3024)).convert("RGB"), "JPEG", quality=95)
    assert len(asked(several, [{"data": as_base64(photograph)}] * 16).images) == 16


def test_no_picture_is_decoded_too_late_for_an_answer(several: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Model.settings, "function_seconds", 1)
    picture = {"data": as_base64(saved(Image.new("RGB", (8, 8))))}
    assert refused(several, [picture]) == ("images[0].data", "image_too_complex")


def test_an_address_given_several_times_is_fetched_once(several: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[str] = []

    def counted(url: str, _limits: Limits, **_options: Any) -> Fetched:
        fetched.append(url)
        if url == "http://bad.example/":
            raise Invalid("input_url could not be read.", field="input_url", code="fetch_failed")
        return Fetched(saved(Image.new("RGB", (8, 8))), "image/png")

    monkeypatch.setattr(fetch, "fetch", counted)
    good, other, bad = ({"url": f"http://{name}.example/"} for name in ("good", "other", "bad"))
    assert len(asked(several, [good, other, *[good] * 14]).images) == 16
    assert sorted(fetched) == ["http://good.example/", "http://other.example/"]
    assert refused(several, [bad, good, bad]) == ("images[0].url, images[2].url", "fetch_failed")


@pytest.mark.parametrize("pause", [0.0, 0.02], ids=["model", "network"])
def test_of_what_is_downloaded_little_is_held(
    several: ModuleType, monkeypatch: pytest.MonkeyPatch, pause: float
) -> None:
    """Whichever of the two is slower."""
    held, most = 0, 0
    lock = threading.Lock()
    picture = saved(Image.new("RGB", (8, 8)))

    def counted(_url: str, _limits: Limits, **_options: Any) -> Fetched:
        nonlocal held, most
        time.sleep(pause)
        with lock:
            held += 1
            most = max(most, held)
        return Fetched(picture, "image/png")

    def decoded(_self: Model, _picture: bytes, _field: str, _allowance: decoding.Allowance) -> bytes:
        nonlocal held
        time.sleep(0.02 - pause)
        with lock:
            held -= 1
        return b"pixels"

    monkeypatch.setattr(fetch, "fetch", counted)
    monkeypatch.setattr(Model, "pixels", decoded)
    assert len(asked(several, [{"url": f"http://{number}.example/"} for number in range(16)]).images) == 16
    assert most <= Model.settings.threads + 1


def test_a_slow_address_does_not_keep_the_others(several: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    others = threading.Semaphore(0)

    def waiting(url: str, _limits: Limits, **_options: Any) -> Fetched:
        if url == "http://0.example/":
            assert all(others.acquire(timeout=10) for _ in range(15))
        others.release()
        return Fetched(saved(Image.new("RGB", (8, 8))), "image/png")

    monkeypatch.setattr(fetch, "fetch", waiting)
    assert len(asked(several, [{"url": f"http://{number}.example/"} for number in range(16)]).images) == 16


def test_each_answer_stands_where_its_picture_does(several: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def late(url: str, _limits: Limits, **_options: Any) -> Fetched:
        time.sleep(0.1 if "1" in url else 0)
        return Fetched(url.encode(), "image/png")

    scored: list[bytes] = []

    def scores(_self: Model, pictures: list[bytes]) -> list[list[float]]:
        scored.extend(pictures)
        return [[0.5]] * len(pictures)

    monkeypatch.setattr(fetch, "fetch", late)
    monkeypatch.setattr(Model, "pixels", lambda _self, picture, *_: picture)
    monkeypatch.setattr(Model, "scores", scores)
    asked(several, [{"url": "http://1/"}, {"data": "Kg=="}, {"url": "http://2/"}, {"url": "http://1/"}])
    assert scored == [b"http://1/", b"*", b"http://2/", b"http://1/"]


def test_nothing_is_fetched_for_a_request_that_is_refused_anyway(
    several: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **_options: object) -> Fetched:
        raise AssertionError

    monkeypatch.setattr(fetch, "fetch", never)
    assert refused(several, [{"url": "http://a.example/"}, {"data": "Kg=="}])[0] == "images[1].data"
    with pytest.raises(Refused) as busy:
        blocking.run(lambda: None, lambda: asked(several, [{"url": "http://a.example/"}]), not_admitted)
    assert busy.value.code == "busy"


def not_admitted() -> None:
    raise Refused(503, "no", code="busy")


def test_a_picture_that_cannot_be_read_is_told_after_addresses_that_cannot(
    several: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(url: str, _limits: Limits, **_options: Any) -> Fetched:
        if "bad" in url:
            time.sleep(0.1)
            raise Invalid("input_url could not be read.", field="input_url", code="fetch_failed")
        return Fetched(b"no picture", "image/png")

    monkeypatch.setattr(fetch, "fetch", late)
    good, bad = {"url": "http://good.example/"}, {"url": "http://bad.example/"}
    assert refused(several, [good, bad]) == ("images[1].url", "fetch_failed")
    assert refused(several, [good, good]) == ("images[0].url", "not_an_image")


def test_an_error_of_ours_ends_the_downloads_too(several: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> bytes:
        raise KeyError

    monkeypatch.setattr(fetch, "fetch", lambda *_, **__: Fetched(b"", "image/png"))
    monkeypatch.setattr(Model, "pixels", broken)
    before = threading.active_count()
    with pytest.raises(KeyError) as error:
        asked(several, [{"url": f"http://{number}.example/"} for number in range(16)])
    assert threading.active_count() == before, error
