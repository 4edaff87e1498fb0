"""A start imports what a request needs: no framework, no SDK, and without a table nothing of a network."""

from __future__ import annotations

import pytest

import model_images
from document_example.conftest import FOLDER, given
from pipeline_runs import Home

HEAVY = {"numpy", "tensorflow", "keras", "boto3", "botocore", "requests", "urllib3", "asyncio"}
NETWORK = {"http.client", "ssl", "socket", "serving.storage.dynamodb", "serving.storage.signing", "app.memory"}


@pytest.fixture(scope="module")
def image(home: Home) -> str:
    return model_images.pushed(home, FOLDER)


def asked(image: str, *options: str) -> tuple[dict[str, object], set[str]]:
    picture = (FOLDER / "events" / "document.jpg").read_bytes()
    [answer], modules = model_images.answers(image, [given(picture)], *options)
    return answer, modules


def test_without_a_table_nothing_of_a_network_is_imported(image: str) -> None:
    answer, modules = asked(image)
    assert answer["cached"] is False
    assert modules & (HEAVY | NETWORK | {"app.network.native"}) == set()


def test_with_a_table_there_is_still_no_sdk(image: str) -> None:
    table = {"TABLE": "gone", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "eu-central-1"}
    options = [word for name, value in table.items() for word in ("--env", f"{name}={value}")]
    answer, modules = asked(image, *options)
    assert answer["cached"] is False
    assert modules & (HEAVY | {"app.network.native"}) == set()
    assert modules >= NETWORK


def test_the_image_holds_one_library_and_one_model(image: str) -> None:
    files = model_images.files(image)
    assert [file for file in files if "/ai_edge_litert/" in file] == ["/opt/python/ai_edge_litert/libLiteRt.so"]
    assert sorted(file.rpartition("/")[2] for file in files if "/model/" in file) == ["model.json", "model.tflite"]
    assert [file for file in files if "/numpy/" in file or "/tensorflow/" in file] == []
