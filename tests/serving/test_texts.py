"""Texts through tokenizer and network: what a batch gives is what each text gives, and OpenAI's client takes it."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import numpy as np
import openai
import pytest

import serving
import tiny_texts
from local_servers import free_port
from pipeline_runs import ROOT
from serving import texts
from serving.runtimes.onnxruntime import Session
from serving.runtimes.session import Tensor
from tiny_texts import vector

APP = """
import serving
from serving import texts

FOLDER = __file__.removesuffix("vectors.py")

def load() -> texts.Network:
    return texts.Network(FOLDER)

def predict(model: texts.Network, query: texts.Query) -> texts.Embeddings:
    return texts.embeddings(model, query)

handler = serving.Handler(load, predict)
handler.add("POST", "/v1/embeddings", texts.openai)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("vectors")
    tiny_texts.write(made)
    (made / "vectors.py").write_text(APP)
    return made


@pytest.fixture(scope="module")
def handler(folder: Path) -> serving.Handler[texts.Network]:
    made = serving.Handler(lambda: texts.Network(f"{folder}/"), texts.embeddings)
    made.add("POST", "/v1/embeddings", texts.openai)
    return made


def ask(handler: serving.Handler[texts.Network], body: object, path: str = "/predict") -> tuple[int, Any]:
    response = handler.respond(serving.Request("POST", path, "", {}, json.dumps(body)), "id")
    return response.status, json.loads(response.body)


TEXTS = {
    "cold days": ("cold", "day", "##s"),
    "Night": ("night",),
    "": (),
    "fog": ("[UNK]",),
    "warm day": ("warm", "day"),
}


def test_a_text_alone(handler: serving.Handler[texts.Network]) -> None:
    for text, words in TEXTS.items():
        status, answer = ask(handler, {"input": text})
        assert (status, answer["usage"]) == (200, {"prompt_tokens": len(words) + 2, "total_tokens": len(words) + 2})
        assert np.array(answer["embeddings"]) == pytest.approx(vector(*words)[None], abs=1e-6)


def test_a_batch_gives_to_each_what_it_gets_alone(
    handler: serving.Handler[texts.Network], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In several batches, with texts of other lengths filled up, and in the order in which they came."""
    monkeypatch.setattr(texts, "_AT_ONCE", 10)
    status, answer = ask(handler, {"input": [*TEXTS, *TEXTS]})
    assert status == 200
    wanted = [vector(*words) for words in [*TEXTS.values()] * 2]
    assert np.array(answer["embeddings"]) == pytest.approx(np.array(wanted), abs=1e-6)
    assert answer["usage"]["total_tokens"] == 2 * sum(len(words) + 2 for words in TEXTS.values())


def test_a_tokenizer_that_does_not_say_how_to_fill_up_does_so_with_zeros(tmp_path: Path) -> None:
    tiny_texts.write(tmp_path)
    silent = tiny_texts.tokenizer()
    silent.no_padding()
    silent.save(str(tmp_path / "tokenizer.json"))
    rows = texts.Network(f"{tmp_path}/").run(list(TEXTS)).rows
    assert np.array([row.nested() for row in rows]) == pytest.approx(
        np.array([vector(*words) for words in TEXTS.values()]), abs=1e-6
    )


def test_texts_are_filled_up_with_what_the_tokenizer_says_and_to_no_length_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_texts.write(tmp_path)
    other = tiny_texts.tokenizer()
    other.enable_padding(length=20, pad_id=4, pad_type_id=1)
    other.save(str(tmp_path / "tokenizer.json"))
    given, run = list[Tensor](), Session.run

    def watched(session: Session, sides: list[Tensor]) -> list[Tensor]:
        given.extend(sides)
        return run(session, sides)

    monkeypatch.setattr(Session, "run", watched)
    found = texts.Network(f"{tmp_path}/").run(["day", "cold days"])
    assert found.tokens == 3 + 5
    ids, mask, _ = (side.nested()[0] for side in given)
    assert (ids[3:], mask) == ([4, 4], [1, 1, 1, 0, 0])
    # The tiny network adds the kinds of its tokens, those of two that are filled up too.
    wanted = tiny_texts.mean("day") + 2 / 3
    assert found.rows[0].nested() == pytest.approx(list(wanted / np.linalg.norm(wanted)), abs=1e-6)


def test_batches_hold_texts_of_about_one_length() -> None:
    lengths = [3, 4000, 5, 3, 200, 200]
    batches = list(texts._batches(lengths))
    assert sorted(place for batch in batches for place in batch) == list(range(6))
    assert [len(batch) * lengths[batch[-1]] <= 4096 for batch in batches] == [True, True]
    assert batches[-1] == [1]
    assert list(texts._batches([1024] * 5)) == [[0, 1, 2, 3], [4]]
    # One that is longer than that goes alone.
    assert list(texts._batches([9000, 9000])) == [[0], [1]]


def test_what_is_too_long_is_cut(handler: serving.Handler[texts.Network]) -> None:
    status, answer = ask(handler, {"input": "day " * 1000})
    assert (status, answer["usage"]["prompt_tokens"]) == (200, tiny_texts.LONGEST)
    assert answer["embeddings"] == ask(handler, {"input": "day " * 6})[1]["embeddings"]


@pytest.mark.parametrize(
    "input_", [["day"], ["day"] * 500, "x" * 100_000, ["x" * 100_000] * 10], ids=["one", "many", "long", "all"]
)
def test_texts_may_be_as_many_and_as_long_as_is_said(
    handler: serving.Handler[texts.Network], input_: list[str] | str
) -> None:
    status, answer = ask(handler, {"input": input_})
    assert (status, len(answer["embeddings"])) == (200, len(input_) if isinstance(input_, list) else 1)


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "input", "missing_field"),
        ({"input": 1}, "input", "wrong_type"),
        ({"input": []}, "input", "wrong_length"),
        ({"input": ["x" * 100_000] * 10 + ["x"]}, "input", "wrong_length"),
        ({"input": ["day", None]}, "input[1]", "wrong_type"),
        ({"input": ["day"] * 501}, "input", "wrong_length"),
        ({"input": "x" * 100_001}, "input", "wrong_length"),
        ({"input": "day", "text": "day"}, "text", "unknown_field"),
    ],
    ids=["nothing", "number", "none", "too-long-in-all", "null", "too-many", "too-long", "another-field"],
)
def test_what_is_no_text_is_refused_as_everywhere(
    handler: serving.Handler[texts.Network], body: object, field: str, code: str
) -> None:
    for path in ("/predict", "/v1/embeddings"):
        status, answer = ask(handler, body, path)
        assert (status, answer["field"], answer["code"]) == (400, field, code)


def test_vectors_are_lists_of_numbers_unless_base64_is_asked_for(handler: serving.Handler[texts.Network]) -> None:
    status, answer = ask(handler, {"input": "day"}, "/v1/embeddings")
    assert (status, len(answer["data"][0]["embedding"])) == (200, 4)
    assert (answer["model"], answer["data"][0]["object"]) == ("", "embedding")


# --- OpenAI's client ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[openai.OpenAI]:
    port = free_port()
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{folder}", "PORT": str(port), "WORKERS": "1"}
    process = subprocess.Popen([sys.executable, "-m", "serving.server", "vectors.handler"], env=environment)
    try:
        for _ in range(200):
            try:
                urlopen(f"http://127.0.0.1:{port}/health").close()
                break
            except OSError:
                time.sleep(0.05)
        yield openai.OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="none", max_retries=0)
    finally:
        process.terminate()
        process.wait(30)


def test_openais_client_asks_for_base64_and_gets_numbers(client: openai.OpenAI) -> None:
    found = client.embeddings.create(model="any", input=list(TEXTS))
    assert [each.index for each in found.data] == list(range(len(TEXTS)))
    wanted = np.array([vector(*words) for words in TEXTS.values()])
    assert np.array([each.embedding for each in found.data]) == pytest.approx(wanted, abs=1e-6)
    assert (found.model, found.object, found.usage.total_tokens) == ("any", "list", 17)


def test_both_forms_hold_the_same(client: openai.OpenAI) -> None:
    numbers = client.embeddings.create(model="any", input="cold day", encoding_format="float").data[0].embedding
    raw: Any = client.embeddings.with_raw_response.create(model="any", input="cold day", encoding_format="base64")
    text = json.loads(raw.content)["data"][0]["embedding"]
    assert text == text.strip()
    assert np.frombuffer(base64.b64decode(text), "<f4") == pytest.approx(np.array(numbers), abs=1e-6)


def test_the_length_of_a_vector_is_what_it_is(client: openai.OpenAI) -> None:
    assert len(client.embeddings.create(model="any", input="day", dimensions=4).data[0].embedding) == 4
    with pytest.raises(openai.BadRequestError, match="dimensions can only be 4") as refused:
        client.embeddings.create(model="any", input="day", dimensions=2)
    assert (refused.value.status_code, refused.value.code) == (400, "invalid_value")
    assert isinstance(refused.value.body, dict)
    assert refused.value.body["field"] == "dimensions"


def test_tokens_of_another_tokenizer_are_refused(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        client.embeddings.create(model="any", input=[101, 2154, 102])
    assert refused.value.code == "wrong_type"


def test_the_document_says_what_both_paths_take(client: openai.OpenAI) -> None:
    with urlopen(str(client.base_url).replace("/v1/", "/openapi.json")) as answer:
        document = json.load(answer)
    assert {"/predict", "/v1/embeddings"} < document["paths"].keys()
    fields = document["components"]["schemas"]["OpenAIQuery"]
    assert (set(fields["properties"]), fields["required"]) == (
        {"input", "model", "encoding_format", "dimensions", "user"},
        ["input"],
    )
