"""The native back end: PyTorch itself. It is also the reference for the fast back end."""

from collections.abc import Sequence
from pathlib import Path

import torch

from app.network import architecture
from app.network.facts import Facts
from serving.runtimes.threads import threads


class Network:
    def __init__(self, file: Path, facts: Facts) -> None:
        torch.set_num_threads(threads())
        how = facts.preprocessing
        self._shape = (1, how.height, how.width, 3)
        self._model = architecture.load(file, facts.architecture, len(facts.labels))
        self._mean, self._std = torch.tensor(how.mean), torch.tensor(how.std)

    def predict(self, pixels: bytes) -> Sequence[float]:
        """The probability of each class."""
        values = torch.frombuffer(bytearray(pixels), dtype=torch.uint8).view(self._shape).float()
        normalised = (values - self._mean).div(self._std).permute(0, 3, 1, 2)
        with torch.inference_mode():
            scores: list[float] = torch.softmax(self._model(normalised), 1)[0].tolist()
        return scores
