"""What an answer holds."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from types import ModuleType
from uuid import UUID, uuid4

import imagehash
import pytest
from PIL import Image

import serving
from document_example.conftest import FOLDER, Post, given
from exporting import pictures

SELFIE = (FOLDER / "events" / "selfie.jpg").read_bytes()


def saved(image: Image.Image, format_: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format_, **options)
    return file.getvalue()


def test_an_answer_has_all_its_parts(post: Post) -> None:
    status, answer = post(given(SELFIE, leadId="lead 7, ü"))
    assert status == 200
    assert answer.keys() == {"leadId", "photoHash", "prediction", "requestId", "timestamp", "cached"}
    assert answer["leadId"] == "lead 7, ü"
    assert answer["cached"] is False
    assert answer["prediction"]["class_predicted"] == "selfie"
    moment = datetime.fromisoformat(answer["timestamp"])
    assert moment.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - moment) < timedelta(seconds=5)


@pytest.mark.parametrize("name", ["selfie", "document", "invalid"])
def test_probabilities_are_the_softmax_of_the_scores(post: Post, name: str) -> None:
    _, answer = post(given((FOLDER / "events" / f"{name}.jpg").read_bytes()))
    prediction = answer["prediction"]
    classes = ("selfie", "document", "invalid")
    scores = [prediction["raw_prediction"][f"{each}_score"] for each in classes]
    found = [prediction["probabilities"][f"{each}_probability"] for each in classes]
    powers = [math.exp(score) for score in scores]
    assert found == pytest.approx([power / sum(powers) for power in powers], rel=1e-9)
    assert sum(found) == pytest.approx(1)
    assert prediction["class_predicted"] == classes[found.index(max(found))] == name


def test_the_request_is_found_in_the_log_by_its_id(main: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    request = serving.Request("POST", "/classifier", body=json.dumps(given(SELFIE)))
    name = str(uuid4())
    answer = json.loads(main.handler.respond(request, name).body)
    assert answer["requestId"] == name == json.loads(capsys.readouterr().out)["request_id"]


@pytest.mark.parametrize("name", ["0123456789abcdef0123456789abcdef", "JKJaXmPLvHcESHA=", ""])
def test_the_id_is_a_uuid_whoever_gave_it(main: ModuleType, name: str) -> None:
    request = serving.Request("POST", "/classifier", body=json.dumps(given(SELFIE)))
    assert str(UUID(json.loads(main.handler.respond(request, name).body)["requestId"])).count("-") == 4


def test_several_threads_get_the_answers_of_one(post: Post) -> None:
    """A server answers requests side by side, and the network has its memory once."""
    bodies = [given((FOLDER / "events" / f"{name}.jpg").read_bytes()) for name in ("selfie", "document", "invalid")]
    alone = [post(body)[1]["prediction"] for body in bodies]
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda body: post(body)[1]["prediction"], bodies * 40))
    assert found == alone * 40


def kinds() -> Iterator[tuple[str, bytes]]:
    """Files of every sort that is taken, as `imagehash` opens them too."""
    yield from pictures.all_kinds()
    photograph = Image.open(io.BytesIO(SELFIE))
    noise = Image.effect_noise((97, 61), 90)
    for format_ in ("JPEG", "PNG", "WEBP", "BMP", "GIF"):
        yield format_, saved(photograph.convert("RGB"), format_)
    for mode in ("L", "P", "1", "CMYK", "RGBA", "LA", "I;16"):
        image = noise.convert("I").convert("I;16") if mode == "I;16" else photograph.convert(mode)
        yield mode, saved(image, "JPEG" if mode == "CMYK" else "PNG")
    seen = photograph.convert("RGBA")
    seen.putalpha(noise.resize(seen.size))
    yield "what shows through", saved(seen)
    exif = Image.Exif()
    exif[0x0112] = 6
    yield "on its side", saved(photograph.convert("RGB"), "JPEG", exif=exif)
    yield "large", saved(photograph.convert("RGB").resize((3000, 2000)), "JPEG")
    yield "one colour", saved(Image.new("RGB", (40, 30), "teal"))
    frames = [photograph.convert("RGB"), photograph.convert("RGB").rotate(90)]
    yield "a GIF that moves", saved(frames[0], "GIF", save_all=True, append_images=frames[1:])


@pytest.mark.parametrize(("name", "content"), list(kinds()), ids=lambda value: value if isinstance(value, str) else "")
def test_the_hash_is_the_one_of_imagehash(post: Post, name: str, content: bytes) -> None:
    status, answer = post(given(content))
    assert status == 200
    with Image.open(io.BytesIO(content)) as image:
        assert answer["photoHash"] == str(imagehash.average_hash(image))
