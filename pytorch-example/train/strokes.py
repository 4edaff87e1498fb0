"""Augments digits, as other people might write and photograph them: rotated, shifted, thicker, thinner, inverted."""

import torch
from torch.nn.functional import affine_grid, grid_sample

TURN = 0.22  # radians: 12 degrees
SLANT = 0.15
# Scale relative to MNIST, where a digit takes 20 of the picture's 28 pixels: at 1.4 it fills the picture.
SMALLEST, LARGEST = 0.75, 1.4
DRAWN = 20 / 28
STRETCH = 0.15
LEAST_CONTRAST = 0.35
MOST_NOISE = 0.04


def varied(strokes: torch.Tensor, size: int) -> torch.Tensor:
    """Augmented pictures (N x 3 x size x size, -1 to 1) of strokes (N x 1 x 28 x 28, 0 for no ink, 1 for full ink)."""
    inked = _pen(_placed(strokes, size))
    return _coloured(inked).mul(2).sub(1)


def _uniform(count: int, low: float, high: float) -> torch.Tensor:
    return torch.rand(count) * (high - low) + low


def _placed(strokes: torch.Tensor, size: int) -> torch.Tensor:
    """The strokes rotated, slanted, stretched and shifted, but never cut off. One in three is only resized."""
    count = len(strokes)
    height = _uniform(count, SMALLEST, LARGEST)
    width = height * _uniform(count, 1 - STRETCH, 1 + STRETCH)
    turn, slant = _uniform(count, -TURN, TURN), _uniform(count, -SLANT, SLANT)
    room = 1.05 - DRAWN * height
    right, down = _uniform(count, -1, 1) * room, _uniform(count, -1, 1) * room
    across = torch.stack([turn.cos() / width, (turn.sin() + slant) / width, -right / width], 1)
    along = torch.stack([-turn.sin() / height, turn.cos() / height, -down / height], 1)
    moves = torch.stack([across, along], 1)
    moves[torch.rand(count) < 1 / 3] = torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    grid = affine_grid(moves, [count, 1, size, size], align_corners=False)
    mode = "bicubic" if torch.rand(1) < 0.5 else "bilinear"
    return grid_sample(strokes, grid, mode=mode, padding_mode="zeros", align_corners=False).clamp(0, 1)


def _pen(ink: torch.Tensor) -> torch.Tensor:
    """The ink with varied pens: half unchanged, a quarter paler or darker as scans are, and a quarter with a hard edge
    at a random density. A low density makes a broad pen, a high one a fine pen."""
    count = len(ink)
    density = _uniform(count, 0.15, 0.5).view(-1, 1, 1, 1)
    hardness = _uniform(count, 5, 25).view(-1, 1, 1, 1)
    drawn = torch.sigmoid((ink - density) * hardness)
    scanned = ink.pow(_uniform(count, 0.6, 1.6).view(-1, 1, 1, 1))
    which = torch.rand(count).view(-1, 1, 1, 1)
    return torch.where(which < 1 / 4, drawn, torch.where(which < 1 / 2, scanned, ink))


def _coloured(ink: torch.Tensor) -> torch.Tensor:
    """The ink on paper, dark on light or light on dark: mostly grey, some coloured, with a little noise."""
    count = len(ink)
    contrast = _uniform(count, LEAST_CONTRAST, 1.0)
    darker = torch.rand(count) * (1 - contrast)
    is_light_paper = torch.rand(count) < 0.5
    paper = torch.where(is_light_paper, darker + contrast, darker).view(-1, 1, 1, 1)
    pen = torch.where(is_light_paper, darker, darker + contrast).view(-1, 1, 1, 1)
    tint = torch.randn(count, 3, 1, 1) * 0.1 * (torch.rand(count, 1, 1, 1) < 0.3)
    # One in five is plain white on black, or black on white.
    plain = torch.rand(count).view(-1, 1, 1, 1) < 0.2
    light = is_light_paper.float().view(-1, 1, 1, 1)
    paper, pen, tint = torch.where(plain, light, paper), torch.where(plain, 1 - light, pen), tint * ~plain
    noise = torch.randn(count, 3, ink.shape[2], ink.shape[3]) * _uniform(count, 0, MOST_NOISE).view(-1, 1, 1, 1)
    return (paper + (pen + tint - paper) * ink + noise).clamp(0, 1)
