"""Compares the exported model with PyTorch, on photographs and on noise, before an image is built.

Both sides start from the picture file: PyTorch uses torchvision's transform, the export uses ours.
"""

import io
from pathlib import Path

import torch
from PIL import Image

from app.network import architecture
from app.network.facts import Facts
from app.network.onnx import Network
from exporting import pictures
from exporting.parity import compare
from serving.pictures import decoding


class Reference:
    """The original network with torchvision's transform."""

    def __init__(self, source: Path, facts: Facts) -> None:
        how = facts.preprocessing
        self._model = architecture.load(source, facts.architecture, len(facts.labels))
        transforms = architecture.torchvision("transforms")
        if how.shorter_side <= min(how.width, how.height):
            # Such weights were trained on whole square pictures; of other pictures they get the central square.
            scaled = transforms.Lambda(lambda image: middle(image, how.width, how.height, how.filter))
        else:
            filter = transforms.InterpolationMode(how.filter)
            scaled = transforms.Resize(how.shorter_side, interpolation=filter, antialias=True)
        self._transform = transforms.Compose(
            [
                scaled,
                transforms.CenterCrop((how.height, how.width)),
                transforms.ToTensor(),
                transforms.Normalize([value / 255 for value in how.mean], [value / 255 for value in how.std]),
            ]
        )

    def predict(self, picture: bytes) -> list[float]:
        image = Image.open(io.BytesIO(picture)).convert("RGB")
        with torch.inference_mode():
            scores: list[float] = torch.softmax(self._model(self._transform(image)[None]), 1)[0].tolist()
        return scores


def middle(image: Image.Image, width: int, height: int, filter: str) -> Image.Image:
    wide = min(image.width, image.height * width // height)
    high = min(image.height, image.width * height // width)
    left, top = (image.width - wide) // 2, (image.height - high) // 2
    return image.resize((width, height), Image.Resampling[filter.upper()], (left, top, left + wide, top + high))


def check(source: Path, facts: Facts, served: Path) -> None:
    reference, ours = Reference(source, facts), Network(served, facts.preprocessing)
    for name, picture in pictures.all_kinds():
        pixels = decoding.pixels(picture, facts.preprocessing, field=name, exact=True)
        compare(name, reference.predict(picture), ours.predict(pixels), facts.labels)
