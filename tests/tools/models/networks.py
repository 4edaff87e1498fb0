"""Networks of PyTorch, as users have them in a file of their own."""
# mypy: ignore-errors

import torch
from torch.nn import functional


class Two(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(3, 2)

    def forward(self, a, b):
        return {"sum": self.layer(a) + b, "means": a.mean(1)}


class Convolutions(torch.nn.Module):
    """Of pictures of 32 x 32 alone."""

    def __init__(self):
        super().__init__()
        self.colours = torch.nn.Conv2d(3, 4, 3)
        self.classes = torch.nn.Linear(4 * 6 * 6, 5)

    def forward(self, picture):
        return self.classes(functional.max_pool2d(self.colours(picture).relu(), 5).flatten(1))


class Texts(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = torch.nn.Embedding(10, 4)
        self.mixed = torch.nn.TransformerEncoderLayer(4, 2, 8, batch_first=True)

    def forward(self, ids):
        return self.mixed(self.tokens(ids)).mean(1)


def broken():
    raise ValueError("it was never meant to be called")
