"""How a Keras classifier wants its pictures: by its own layers, by its architecture, or as the user says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tools.models import keras, questions
from tools.models.keras import Config
from tools.models.reading import Refused

# The preparation by keras.applications of its networks, by the names that it gives them. Networks not listed have a
# layer for it.
_KNOWN = {
    "-1..1": r"mobilenet(v2)?_[\d.]+_\d+|inception_v3|inception_resnet_v2|xception|nasnet\w*|resnet\d+v2",
    "imagenet": r"densenet\d+",
    "caffe": r"resnet\d+|vgg\d+",
}
WAYS = (*questions.WAYS, "caffe")
# Operations between layers count too, as Keras 2 and 3 write them.
_SCALING = ("Rescaling", "Normalization", "TFOpLambda", "SlicingOpLambda")
_OPERATIONS = "keras.src.ops."


def way(found: Config | None, given: str | None, *, has_labels: bool, ask: bool) -> tuple[str | None, str]:
    """One of WAYS, or None for a model that takes numbers; and the reason, if nobody chose it."""
    if given and given != "keras":
        return given, ""
    known, why = _own(found) if found else (None, "")
    if given and not known:
        raise Refused(
            "--preprocess keras has no effect here",
            "the model is not one of keras.applications, and has no layer that prepares pictures",
            f"give the way that it was trained with, one of {', '.join(WAYS)}",
        )
    if given or (found and _is_classifier(found, may_be_logits=has_labels)):
        return known or (_asked() if ask else None), why
    return None, ""


def _own(found: Config) -> tuple[str | None, str]:
    for each in _before_the_first_convolution(found):
        if each["class_name"] in _SCALING or str(each.get("module")).startswith(_OPERATIONS):
            return "0..255", f"it has a layer {each['class_name']} itself, and takes pictures as 0..255"
    for each in keras.objects(found):
        name = str(_config(each).get("name", "")) if "layers" in _config(each) else ""
        for known, pattern in _KNOWN.items():
            if re.fullmatch(rf"(?:{pattern})(?:_\d+)?", name.lower()):
                return known, f"it is {name}, for which Keras prepares pictures as {known}; --preprocess says otherwise"
    return None, ""


def _before_the_first_convolution(found: Config) -> Iterator[Config]:
    for each in keras.objects(found):
        if "Conv" in each["class_name"] or each["class_name"] == "Dense":
            return
        yield each


def _is_classifier(found: Config, *, may_be_logits: bool) -> bool:
    """Whether it takes one picture of a fixed size, and gives probabilities of several classes."""
    inputs = [sizes for each in _layers(found) if (sizes := _taken(each))]
    [sizes] = inputs[:1] or [[]]
    is_picture = len(sizes) == 4 and sizes[3] == 3 and None not in sizes[1:]
    is_single = [each["class_name"] for each in _layers(found)].count("InputLayer") < 2
    last = _layers(found)[-1] if _layers(found) else {"class_name": ""}
    return is_picture and is_single and _gives_shares(last, may_be_logits=may_be_logits)


def _layers(found: Config) -> list[Config]:
    return list(_config(found).get("layers", []))


def _taken(layer: Config) -> list[int | None]:
    of = _config(layer)
    if of.get("layers"):
        return _taken(of["layers"][0])
    return list(of.get("batch_shape") or of.get("batch_input_shape") or [])


def _gives_shares(layer: Config, *, may_be_logits: bool) -> bool:
    known, of = layer["class_name"], _config(layer)
    if "layers" in of:
        return _gives_shares(of["layers"][-1], may_be_logits=may_be_logits)
    if known == "Dense" and of.get("units", 0) < 2:
        return False
    ends = ("softmax", "linear") if may_be_logits else ("softmax",)
    return known == "Softmax" or (known in ("Activation", "Dense") and of.get("activation") in ends)


def _config(each: Config) -> dict[str, Any]:
    return each["config"] if isinstance(each.get("config"), dict) else {}


def _asked() -> str | None:
    while True:
        typed = questions.answer(f"How are its pictures prepared, {', '.join(WAYS)} [none, it takes numbers]: ")
        if typed in ("", *WAYS):
            return typed or None
