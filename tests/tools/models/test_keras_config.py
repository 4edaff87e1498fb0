"""What a file of Keras says itself: no framework is needed to refuse it, or to know how it wants its pictures."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from new_folders import Make
from tools.models import keras, keras_pictures
from tools.models.reading import Refused


def layer(kind: str, name: str = "it", module: str | None = "keras.layers", **config: Any) -> dict[str, Any]:
    return {"module": module, "class_name": kind, "config": {"name": name, **config}, "registered_name": None}


def network(*layers: dict[str, Any], name: str = "net", sizes: Any = (None, 8, 8, 3)) -> dict[str, Any]:
    given = layer("InputLayer", "given", batch_shape=list(sizes))
    return layer("Functional", name, "keras.src.models.functional", layers=[given, *layers])


CONVOLUTION = layer("Conv2D")
SHARES = layer("Dense", "shares", units=3, activation="softmax")


def keras_file(to: Path, config: dict[str, Any]) -> Path:
    with zipfile.ZipFile(to, "w") as archive:
        archive.writestr("config.json", json.dumps(config))
    return to


def hdf5_file(to: Path, config: dict[str, Any]) -> Path:
    """Not whole, but as those are: the configuration is an attribute, and stands in one piece."""
    to.write_bytes(
        b"\x89HDF\r\n\x1a\n\xff\x00model_config\x00" + b'{"class_name": ' + json.dumps(config).encode() + b"\0"
    )
    return to


@pytest.mark.parametrize(
    ("found", "says", "then"),
    [
        (layer("Lambda", "double"), "holds a Lambda layer, double", "model.export('saved')"),
        (layer("Dense", "d", activation={"class_name": "__lambda__", "config": {}}), "holds a Lambda layer", "export"),
        (layer("Twice", module="mine"), "holds Twice, which is no part of Keras", "model.export('saved')"),
        (layer("ours>Twice", module=None), "holds ours>Twice, which is no part", "model.export('saved')"),
        (layer("TextVectorization", "words"), "holds a TextVectorization, words, which", "what comes behind it"),
        (layer("StringLookup"), "holds a StringLookup, it, which LiteRT cannot run", "what comes behind it"),
    ],
)
@pytest.mark.parametrize("write", [keras_file, hdf5_file])
def test_what_is_code_or_cannot_be_served_is_refused_unread(
    tmp_path: Path, write: Any, found: dict[str, Any], says: str, then: str
) -> None:
    read = keras.config(write(tmp_path / "m.keras", network(found, SHARES)))
    assert read
    with pytest.raises(Refused) as refused:
        keras.check("m.keras", read)
    assert (says in refused.value.what, then in refused.value.then) == (True, True)


def test_files_without_a_network_are_refused(tmp_path: Path, make: Make) -> None:
    (tmp_path / "weights.h5").write_bytes(b"\x89HDF\r\n\x1a\n layers vars")
    (tmp_path / "other.keras").write_text("{}")
    for name, says in (("weights.h5", "holds weights alone"), ("other.keras", "is no file of Keras")):
        made = make("m", tmp_path / name, "--request")
        assert (made.returncode, made.stdout.splitlines()[0]) == (3, f"{name} {says}")


def test_a_signature_is_for_a_savedmodel(tmp_path: Path, make: Make) -> None:
    made = make("m", keras_file(tmp_path / "m.keras", network(SHARES)), "--request", "--signature", "one")
    assert (made.returncode, made.stdout.splitlines()[0]) == (3, "--signature has no effect here")


def test_a_savedmodel_goes_without_what_else_is_in_its_folder(tmp_path: Path, make: Make) -> None:
    for name in ("saved_model.pb", "variables/variables.index", "assets/words.txt", "secret.txt"):
        (tmp_path / "saved" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "saved" / name).write_text(name)
    request = json.loads(make("m", tmp_path / "saved", "--request", "--signature", "one").stdout)
    names = zipfile.ZipFile(io.BytesIO(base64.b64decode(request["model"]))).namelist()
    assert sorted(names) == ["assets/words.txt", "saved_model.pb", "variables/variables.index"]
    assert (request["signature"], request["suffix"], request["samples"]) == ("one", "", [])


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("mobilenetv2_1.00_224", "-1..1"),
        ("mobilenet_0.50_128_2", "-1..1"),
        ("inception_v3", "-1..1"),
        ("NASNet", "-1..1"),
        ("resnet50v2", "-1..1"),
        ("resnet50", "caffe"),
        ("vgg16", "caffe"),
        ("densenet121", "imagenet"),
        ("sequential", None),
    ],
)
def test_a_known_network_has_its_pictures_prepared_as_keras_does(name: str, way: str | None) -> None:
    found = network(CONVOLUTION, SHARES, name=name)
    assert keras_pictures.way(found, None, has_labels=False, ask=False)[0] == way


def test_a_known_network_inside_another_is_found() -> None:
    """As networks are that were trained further."""
    inner = network(CONVOLUTION, layer("GlobalAveragePooling2D"), name="vgg16")
    found = layer("Sequential", "mine", layers=[inner, SHARES])
    assert keras_pictures.way(found, None, has_labels=False, ask=False)[0] == "caffe"


def test_a_layer_that_prepares_pictures_says_so() -> None:
    for kind in ("Rescaling", "Normalization", "TFOpLambda", "Divide"):
        module = "keras.src.ops.numpy" if kind == "Divide" else "keras.layers"
        found = network(layer(kind, module=module), CONVOLUTION, SHARES, name="mobilenetv2_1.00_224")
        way, why = keras_pictures.way(found, None, has_labels=False, ask=False)
        assert (way, why) == ("0..255", f"it has a layer {kind} itself, and takes pictures as 0..255")
    late = network(CONVOLUTION, layer("Rescaling"), SHARES)
    assert keras_pictures.way(late, None, has_labels=False, ask=False) == (None, "")


@pytest.mark.parametrize(
    ("last", "sizes", "has_labels", "is_one"),
    [
        (layer("Dense", units=3, activation="linear"), (None, 8, 8, 3), False, False),
        (layer("Dense", units=3, activation="linear"), (None, 8, 8, 3), True, True),
        (layer("Dense", units=1, activation="softmax"), (None, 8, 8, 3), True, False),
        (layer("Dense", units=3, activation="sigmoid"), (None, 8, 8, 3), True, False),
        (layer("Activation", activation="softmax"), (None, 8, 8, 3), False, True),
        (layer("Softmax"), (None, 8, 8, 3), False, True),
        (layer("GlobalAveragePooling2D"), (None, 8, 8, 3), True, False),
        (SHARES, (None, 8, 8, 1), True, False),
        (SHARES, (None, None, None, 3), True, False),
        (SHARES, (None, 3), True, False),
    ],
)
def test_what_is_no_classifier_of_pictures_takes_its_numbers(
    last: dict[str, Any], sizes: Any, has_labels: bool, is_one: bool
) -> None:
    found = network(CONVOLUTION, last, name="vgg16", sizes=sizes)
    way, _ = keras_pictures.way(found, None, has_labels=has_labels, ask=False)
    assert (way == "caffe") is is_one


def test_a_terminal_is_asked_how_an_unknown_network_wants_its_pictures(tmp_path: Path, make: Make) -> None:
    file = keras_file(tmp_path / "m.keras", network(CONVOLUTION, SHARES))
    made = make("m", file, "--request", "--ask", input="caf\n-1..1\n")
    assert made.stderr.count("How are its pictures prepared, imagenet, -1..1, 0..1, 0..255, none, caffe") == 2
    assert json.loads(made.stdout)["samples"]["preprocess"] == "-1..1"
    assert json.loads(make("m", file, "--request", "--ask", input="\n").stdout)["samples"] == []


def test_preprocess_keras_is_for_what_keras_has_a_way_for(tmp_path: Path, make: Make) -> None:
    file = keras_file(tmp_path / "m.keras", network(CONVOLUTION, SHARES))
    made = make("m", file, "--request", "--preprocess", "keras")
    assert (made.returncode, made.stdout.splitlines()[0]) == (3, "--preprocess keras has no effect here")


def test_requests_as_samples_mean_that_it_takes_numbers(tmp_path: Path, make: Make) -> None:
    file = keras_file(tmp_path / "m.keras", network(CONVOLUTION, SHARES, name="vgg16"))
    (tmp_path / "calls.json").write_text('[{"given": []}]')
    request = json.loads(make("m", file, "--request", "--samples", "calls.json").stdout)
    assert request["samples"] == [{"given": []}]


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"[" * 100_000])
def test_a_configuration_that_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    with zipfile.ZipFile(tmp_path / "m.keras", "w") as archive:
        archive.writestr("config.json", content)
    with pytest.raises(Refused, match="is no file of Keras"):
        keras.config(tmp_path / "m.keras")
