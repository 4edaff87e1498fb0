"""A folder of Hugging Face: what is refused and why, and what is written of one that was read.

The framework takes a gigabyte, and so is not here: tests/tools/models/test_transformers.py asks it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import model_apps
import tiny_texts
from new_folders import Make, Open
from tools.models import huggingface, new, questions
from tools.models.reading import Refused, Texts
from tools.models.writing.made import of

MODULES = [
    {"path": path, "type": f"sentence_transformers.models.{kind}"}
    for path, kind in (("", "Transformer"), ("1_Pooling", "Pooling"))
]
MEAN = {"pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True}
CLASSIFIER = {
    "model_type": "distilbert",
    "architectures": ["DistilBertForSequenceClassification"],
    "id2label": {"0": "no", "1": "yes"},
}


def folder(to: Path, config: object, **files: object) -> Path:
    """With what is needed, and what a test has in place of it; None is a file that is not there."""
    given = {"config.json": config, "tokenizer.json": {}, "model.safetensors": {}} | files
    for name, content in given.items():
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        if content is not None:
            (to / name).write_text(content if isinstance(content, str) else json.dumps(content))
    return to


def embeddings(to: Path, **files: object) -> Path:
    given: dict[str, Any] = {"modules.json": MODULES, "1_Pooling/config.json": MEAN}
    return folder(to, {"model_type": "bert"}, **given | files)


def test_what_a_folder_is_for(tmp_path: Path) -> None:
    assert huggingface.task(embeddings(tmp_path / "vectors")) == "embeddings"
    assert huggingface.task(folder(tmp_path / "classes", CLASSIFIER)) == "classification"


@pytest.mark.parametrize(
    ("files", "says", "then"),
    [
        ({"config.json": "{"}, "config.json is not JSON", "whole"),
        ({"config.json": {}}, "names no model_type", "save_pretrained"),
        (
            {"config.json": {"model_type": "llama"}},
            "of the kind llama, which is not taken only encoders are",
            "optimum-cli",
        ),
        ({"config.json": {"model_type": "bert", "is_decoder": True}}, "calls it a decoder", "optimum-cli"),
        ({"tokenizer.json": None}, "has no tokenizer.json", "AutoTokenizer"),
        ({"model.safetensors": None}, "has no weights", "model.safetensors"),
        ({"modules.json": None}, "cannot tell what it is for", "SentenceTransformer(model).save"),
        (
            {"modules.json": [*MODULES, {"path": "2", "type": "mine.Whitening"}]},
            "Transformer, Pooling, Whitening;",
            "onnx",
        ),
        ({"modules.json": [{"path": "", "type": "mine.Transformer"}, MODULES[1]]}, "the modules of", "onnx"),
        ({"1_Pooling/config.json": None}, "there is no", "whole"),
        ({"1_Pooling/config.json": {"pooling_mode_lasttoken": True}}, "the pooling lasttoken", "onnx"),
        ({"1_Pooling/config.json": {"pooling_mode": ["mean", "guess"]}}, "the pooling guess", "onnx"),
        ({"1_Pooling/config.json": MEAN | {"include_prompt": False}}, "leaves the prompt out", "onnx"),
        (
            {"config_sentence_transformers.json": {"prompts": {"query": "query: "}, "default_prompt_name": "query"}},
            "puts a prompt before every text",
            "null",
        ),
        ({"modules.json": None, "config.json": CLASSIFIER | {"id2label": {"0": "x"}}}, "one number for a text", "onnx"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_is_refused_says_why(tmp_path: Path, files: dict[str, object], says: str, then: str) -> None:
    given = embeddings(tmp_path / "it", **files)
    with pytest.raises(Refused) as refused:
        huggingface.task(given)
    what, why, advice = refused.value.lines().replace(str(given), "it").split("\n")
    assert says in f"{what} {why}"
    assert then in advice


def test_what_is_refused_leaves_nothing(tmp_path: Path, make: Make) -> None:
    """And nothing is installed for it."""
    made = make("new", embeddings(tmp_path / "it", **{"tokenizer.json": None}))
    assert (made.returncode, "install" in made.stderr) == (3, False)
    assert [path.name for path in tmp_path.iterdir()] == ["it"]


@pytest.mark.parametrize(
    ("config", "names"),
    [
        ({}, ["mean"]),
        (MEAN, ["mean"]),
        ({"pooling_mode_cls_token": True, "pooling_mode_max_tokens": True}, ["cls", "max"]),
        ({"pooling_mode": "cls"}, ["cls"]),
        ({"pooling_mode": ["mean", "max"]}, ["mean", "max"]),
    ],
)
def test_pooling_is_read_as_it_was_and_as_it_is_written(config: dict[str, Any], names: list[str]) -> None:
    assert huggingface.pooling(config) == names


def test_samples_are_lines_or_a_list(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("one\n\nthree\n")
    (tmp_path / "t.json").write_text('["one\\ntwo"]')
    assert huggingface.request(tmp_path, str(tmp_path / "t.txt"))["texts"] == ["one", "", "three"]
    assert huggingface.request(tmp_path, str(tmp_path / "t.json"))["texts"] == ["one\ntwo"]
    (tmp_path / "t.json").write_text("[1]")
    with pytest.raises(Refused, match="holds no texts"):
        huggingface.request(tmp_path, str(tmp_path / "t.json"))


# --- what is written ------------------------------------------------------------------------------

TEXTS = {"cold days": ("cold", "day", "##s"), "": (), "Warm night": ("warm", "night")}


def written(to: Path, gets: str, answers: list[Any], labels: list[str], **tiny: str) -> None:
    """What the framework would have said stands in the reading; the rest is as --new does it."""
    made = to / "new"
    model = tiny_texts.write(made / "model", **tiny)
    reading: Any = Texts(
        runtime="onnxruntime-texts",
        summary="BertModel, tiny",
        gets=gets,  # type: ignore[arg-type]
        labels=labels,
        longest=tiny_texts.LONGEST,
        texts=list(TEXTS),
        answers=answers,
        tokens=[len(words) + 2 for words in TEXTS.values()],
    )
    found = of(reading, "New", "model.onnx", questions.labels(reading, None, ask=False))
    new.write(made, "new", model, found, dict(os.environ), "it")


def vectors() -> list[list[float]]:
    return [[float(number) for number in tiny_texts.vector(*words)] for words in TEXTS.values()]


def test_a_folder_of_embeddings(tmp_path: Path, opened: Open, capsys: pytest.CaptureFixture[str]) -> None:
    written(tmp_path, "vector", vectors(), [])
    assert "3 texts: at most" in capsys.readouterr().err
    app = opened("new")
    status, answer = model_apps.post(app, "/v1/embeddings", {"model": "m", "input": ["Warm night", ""]})
    assert (status, answer["model"], answer["usage"]["prompt_tokens"]) == (200, "m", 6)
    assert [each["embedding"] for each in answer["data"]] == pytest.approx(np.array(vectors())[[2, 1]], abs=1e-6)
    assert {path.name for path in (tmp_path / "new" / "model").iterdir()} == {"model.onnx", "tokenizer.json"}
    assert "tokenizers==" in (tmp_path / "new" / "requirements.txt").read_text()
    assert len((tmp_path / "new" / "app" / "main.py").read_text().splitlines()) < 40
    readme = (tmp_path / "new" / "README.md").read_text()
    assert "first 8 tokens" in readme
    assert "bash pipeline.sh --new NAME --from it" in readme
    event = json.loads((tmp_path / "new" / "events" / "openai-client.json").read_text())
    assert event["request"]["path"] == "/v1/embeddings"


def shares(*, is_many: bool) -> list[list[float]]:
    found = []
    for words in TEXTS.values():
        mean = tiny_texts.mean(*words)
        powers = np.exp(mean)
        found.append((powers / (1 + powers) if is_many else powers / powers.sum()).tolist())
    return found


def test_a_folder_of_classes(tmp_path: Path, opened: Open) -> None:
    labels = ["cold", "warm", "dark", 'it\'s "light"']
    written(tmp_path, "class", shares(is_many=False), labels, output="probabilities", last="Softmax")
    status, answer = model_apps.post(opened("new"), "/predict", {"input": list(TEXTS)})
    assert status == 200
    for wanted, prediction in zip(shares(is_many=False), answer["predictions"], strict=True):
        assert prediction["label"] == labels[int(np.argmax(wanted))]
        assert list(prediction["probabilities"].values()) == pytest.approx(wanted, abs=1e-5)


def test_a_folder_of_labels_of_which_several_may_hold(tmp_path: Path, opened: Open) -> None:
    labels = ["LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3"]
    written(tmp_path, "labels", shares(is_many=True), labels, output="probabilities", last="Sigmoid")
    status, answer = model_apps.post(opened("new"), "/predict", {"input": "cold days"})
    [prediction] = answer["predictions"]
    wanted = dict(zip(labels, shares(is_many=True)[0], strict=True))
    assert (status, prediction["labels"]) == (200, [label for label, share in wanted.items() if share >= 0.5])
    assert prediction["probabilities"] == pytest.approx(wanted, abs=1e-5)


def test_what_answers_otherwise_than_the_framework_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="other results than the framework"):
        written(tmp_path, "vector", [[number + 0.001 for number in vector] for vector in vectors()], [])
