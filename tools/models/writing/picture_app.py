"""app/main.py of a picture classifier, and its answers."""

from __future__ import annotations

import base64
import math
from pathlib import Path
from typing import Any

from tools.models.reading import Picture, Quantised, Tensors
from tools.models.writing.source import handler, literal, said, wrapped

# The number of classes in an event's answer.
_NAMED = 3
# Percentages have two decimals, and the last one may differ.
TOLERANCE = {"abs": 0.05}


class App:
    """The app of one model. Labels are the names of the classes, in their order."""

    def __init__(self, model: Tensors, title: str, model_file: str, labels: list[str]) -> None:
        assert model.picture
        self.model, self.title, self.model_file = model, title, model_file
        self.picture: Picture = model.picture
        # labels.txt has one label per line.
        self.labels = [" ".join(label.splitlines()) for label in labels] or [
            str(number) for number in range(len(model.answers[0]))
        ]

    # --- requests and answers --------------------------------------------------------------------

    def body(self, file: str) -> dict[str, Any]:
        content = base64.b64encode(Path(file).read_bytes()).decode()
        return {"data": content, "n_predictions": self._count}

    def event_body(self, file: str) -> dict[str, Any]:
        """The same request, with the file beside the event."""
        return {"data": {"$file": Path(file).name}, "n_predictions": self._count}

    @property
    def _count(self) -> int:
        return min(_NAMED, len(self.labels))

    def answer(self, scores: list[float]) -> list[list[Any]]:
        """The app's answer if the framework gives these scores."""
        shares = _softmax(scores) if self.picture.needs_softmax else scores
        # If there is one score more than there are names, the first is for the background class.
        named = list(zip(self.labels, shares[len(shares) - len(self.labels) :], strict=True))
        # The background class never appears in an answer.
        named = named[1:] if named[0][0].lower() == "background" else named
        best = sorted(named, key=lambda pair: -pair[1])[: self._count]
        return [[label, round(share * 100, 2)] for label, share in best]

    def refused(self) -> dict[str, Any]:
        return {"data": base64.b64encode(b"Hello").decode()}

    # --- the source ------------------------------------------------------------------------------

    def source(self) -> str:
        parts = [self._head(), self._model(), self._functions(), self._handler()]
        return "\n\n\n".join("\n".join(part) for part in parts) + "\n"

    def _head(self) -> list[str]:
        how = self.picture
        has_values = how.needs_softmax or not (self._kept or self._takes_pixels)
        whole = ["Pixels"] * (self._kept is not None) + ["numbers"] * self._gives_whole
        seen = f"SEEN = Preprocessing(width={how.width}, height={how.height}, shorter_side={how.shorter_side}, "
        seen += f"mean={literal(how.mean)}, std={literal(how.std)})"
        return [
            f'"""{self.title}: {said(self.model.summary)}. Says what is in a picture."""',
            "# ruff: noqa: PTH123 - pathlib takes 5 ms to import",
            "",
            "from typing import NamedTuple",
            "",
            "import serving",
            f"from serving.pictures import classification, decoding{', values' if has_values else ''}",
            "from serving.pictures.decoding import Preprocessing",
            f"from serving.runtimes.{self.model.runtime} import Session",
            *([f"from serving.runtimes.quantisation import {', '.join(whole)}"] if whole else []),
            "from serving.runtimes.session import Tensor",
            "",
            'FOLDER = __file__.removesuffix("app/main.py") + "model/"',
            "# What the network sees of a picture, and (value - mean) / std of each colour.",
            *wrapped(seen),
        ]

    @property
    def _planar(self) -> str:
        return ", planar=True" if self.picture.is_planar else ""

    @property
    def _kept(self) -> Quantised | None:
        """The quantisation of the input, if there is one."""
        return self.model.inputs[0].quantised

    @property
    def _takes_pixels(self) -> bool:
        return self.model.inputs[0].element == "uint8"

    @property
    def _gives_whole(self) -> bool:
        return self.model.outputs[0].quantised is not None

    def _model(self) -> list[str]:
        signature = f", {literal(self.model.signature)}" if self.model.signature else ""
        return [
            "class Model(NamedTuple):",
            "    session: Session",
            *(["    prepared: Pixels"] if self._kept else []),
            "    classes: classification.Classes",
            "",
            "",
            "def load() -> Model:",
            "    decoding.load()",
            '    with open(FOLDER + "labels.txt", encoding="utf-8") as file:',
            "        labels = file.read().splitlines()",
            f"    session = Session(FOLDER + {literal(self.model_file)}{signature})",
            *self._prepared(),
            f"    return Model(session{', prepared' if self._kept else ''}, classification.Classes(labels, labels))",
        ]

    def _prepared(self) -> list[str]:
        if not self._kept:
            return []
        element = literal(self._kept.element)
        return [
            "    how = session.input_quantisations[0]",
            f"    prepared = Pixels({element}, how, SEEN.mean, SEEN.std{self._planar})",
        ]

    def _functions(self) -> list[str]:
        how = self.picture
        shape = (1, 3, how.height, how.width) if how.is_planar else (1, how.height, how.width, 3)
        element, pixels = "float32", f"values.floats(pixels, SEEN{self._planar})"
        if self._kept:
            element, pixels = self._kept.element, "model.prepared.of(pixels)"
        elif self._takes_pixels:
            element, pixels = "uint8", "pixels"
        scores = "numbers(found, model.session.output_quantisations[0])" if self._gives_whole else "found.numbers"
        scores = f"values.softmax({scores})" if how.needs_softmax else scores
        return [
            "def predict(model: Model, query: classification.Query) -> classification.Answer:",
            "    picture, field = classification.picture(query)",
            "    pixels = decoding.pixels(picture, SEEN, field=field, exact=True)",
            f"    given = Tensor({literal(element)}, {shape}, {pixels})",
            "    [found] = model.session.run([given])",
            f"    return classification.answer(model.classes, {scores}, query)",
        ]

    def _handler(self) -> list[str]:
        example = 'example={"input_url": "https://example.com/picture.jpg"},'
        arguments = [example, "body_readers=classification.READERS,", "warm_up=warm_up,"]
        return [
            "def warm_up() -> classification.Query:",
            '    """Predicted before a snapshot is taken: the example\'s address leads nowhere."""',
            "    from serving import snapstart",
            "",
            "    return classification.Query(data=snapstart.picture(), n_predictions=1)",
            "",
            "",
            *handler(self.title, self.model.summary, arguments),
        ]


def _softmax(scores: list[float]) -> list[float]:
    highest = max(scores)
    powers = [math.exp(score - highest) for score in scores]
    return [power / sum(powers) for power in powers]
