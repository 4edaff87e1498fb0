"""EfficientNet-Lite: EfficientNet (Tan and Le, 2019) as its authors adapted it to phones.

It has no squeeze-and-excitation, ReLU6 instead of swish, and a stem and a head that are not scaled with the rest.
Module names match those of the reference's checkpoints, so that their state dicts fit.
"""

from collections.abc import Iterator

import torch
from torch import nn

# The stages of B0, which all variants scale: kernel, stride, expansion, channels, repetitions.
STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
STEM, HEAD = 32, 1280
# TensorFlow's value: the weights come from there.
EPSILON = 1e-3


class Convolution(nn.Conv2d):  # type: ignore[misc, unused-ignore]
    """A convolution with TensorFlow's "same" padding: an odd pixel goes to the right or the bottom."""

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        down, across = (
            max(0, -(-side // stride) * stride - stride + kernel - side)
            for side, stride, kernel in zip(given.shape[2:], self.stride, self.kernel_size, strict=True)
        )
        padded = nn.functional.pad(given, (across // 2, across - across // 2, down // 2, down - down // 2))
        values: torch.Tensor = super().forward(padded)
        return values


class Block(nn.Module):  # type: ignore[misc, unused-ignore]
    """An inverted residual block: expansion, depthwise convolution, projection."""

    def __init__(self, kernel: int, stride: int, expansion: int, channels: int, wanted: int) -> None:
        super().__init__()
        wide = channels * expansion
        self.expands = expansion != 1
        if self.expands:
            self._expand_conv = nn.Conv2d(channels, wide, 1, bias=False)
            self._bn0 = nn.BatchNorm2d(wide, EPSILON)
        self._depthwise_conv = Convolution(wide, wide, kernel, stride, groups=wide, bias=False)
        self._bn1 = nn.BatchNorm2d(wide, EPSILON)
        self._project_conv = nn.Conv2d(wide, wanted, 1, bias=False)
        self._bn2 = nn.BatchNorm2d(wanted, EPSILON)
        self.is_residual = stride == 1 and channels == wanted

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        values = given
        if self.expands:
            values = nn.functional.relu6(self._bn0(self._expand_conv(values)))
        values = nn.functional.relu6(self._bn1(self._depthwise_conv(values)))
        values = self._bn2(self._project_conv(values))
        return values + given if self.is_residual else values


class Lite0(nn.Module):  # type: ignore[misc, unused-ignore]
    def __init__(self, classes: int) -> None:
        super().__init__()
        self._conv_stem = Convolution(3, STEM, 3, 2, bias=False)
        self._bn0 = nn.BatchNorm2d(STEM, EPSILON)
        blocks = list(plan())
        self._blocks = nn.ModuleList([Block(*block) for block in blocks])
        self._conv_head = nn.Conv2d(blocks[-1][-1], HEAD, 1, bias=False)
        self._bn1 = nn.BatchNorm2d(HEAD, EPSILON)
        self._fc = nn.Linear(HEAD, classes)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        values = nn.functional.relu6(self._bn0(self._conv_stem(pictures)))
        for block in self._blocks:
            values = block(values)
        values = nn.functional.relu6(self._bn1(self._conv_head(values)))
        scores: torch.Tensor = self._fc(values.mean((2, 3)))
        return scores


def plan() -> Iterator[tuple[int, int, int, int, int]]:
    """Kernel, stride, expansion, input channels and output channels of each block."""
    channels = STEM
    for kernel, stride, expansion, wanted, repetitions in STAGES:
        for number in range(repetitions):
            yield kernel, stride if number == 0 else 1, expansion, channels, wanted
            channels = wanted
