"""Trains `digits`: a small MobileNetV2 that reads one handwritten digit.

    weights/digits.pth      the weights, a state dict
    weights/digits.json     their sha256, the training parameters and the accuracy on held-out digits
    train/held-out.png      scikit-learn's held-out digits, 8x8 pixels each, for the tests

The data are MNIST's training pictures, given with --mnist, and scikit-learn's 1,797 digits. Training is reproducible:
all random numbers are seeded, and the number of threads is fixed because it changes how sums are rounded.
"""

import argparse
import hashlib
import json
import random
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from app.network import architecture
from train.strokes import varied
from training import digits, mnist
from training.digits import Digits, Labels, Pixels

FOLDER = Path(__file__).resolve().parent.parent
SHEET = FOLDER / "train" / "held-out.png"
SIZE = 32
# The first layer and two of the blocks halve the resolution, from 32 x 32 to 4 x 4. MobileNetV2's own five halvings,
# meant for 224 x 224, would leave 1 x 1.
ARCHITECTURE: dict[str, Any] = {
    "name": "mobilenet_v2",
    "width": 0.5,
    "blocks": [[1, 16, 1, 1], [6, 24, 1, 2], [6, 32, 2, 1], [6, 64, 2, 2], [6, 96, 1, 1]],
}
CLASSES = 10
SEED = 42
EPOCHS = 12
# How often each of the small digits is used per epoch.
TIMES = 5
BATCH = 96
# Progress is reported once per this many batches.
ROUND = 50
LEARNING_RATE = 4e-3
WEIGHT_DECAY = 1e-2
THREADS = 1
PACKAGES = ("numpy", "pillow", "scikit-learn", "torch", "torchvision")


def scaled(pictures: Pixels) -> torch.Tensor:
    """The pictures preprocessed as in the deployed function: scaled by Pillow, three channels, from -1 to 1."""
    size = (SIZE, SIZE)
    grey = [np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BILINEAR)) for picture in pictures]
    tensor = torch.from_numpy(np.stack(grey)).float().sub(127.5).div(127.5)
    return tensor.unsqueeze(1).expand(-1, 3, -1, -1).contiguous()


def batches(learn: Digits) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """The batches of all epochs in order."""
    strokes = torch.from_numpy(learn.pictures).float().div(255).unsqueeze(1)
    targets = torch.from_numpy(learn.labels)
    for _ in range(EPOCHS):
        for chosen in torch.randperm(len(strokes)).split(BATCH):
            if len(chosen) == BATCH:
                yield varied(strokes[chosen], SIZE), targets[chosen]


def train(learn: Digits, rounds: int | None) -> tuple[torch.nn.Module, list[float]]:
    """The network after `rounds` rounds, or all of them, and the mean loss of each."""
    # On a CPU, the channels_last layout saves a third of the time.
    model = architecture.build(ARCHITECTURE, CLASSES).to(memory_format=torch.channels_last).train()
    optimiser = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    steps = len(learn.labels) // BATCH * EPOCHS
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=steps)
    last = min(steps, rounds * ROUND) if rounds else steps
    began, losses, total = time.monotonic(), [], 0.0
    for step, (pictures, targets) in zip(range(1, last + 1), batches(learn), strict=False):
        loss = torch.nn.functional.cross_entropy(model(pictures.contiguous(memory_format=torch.channels_last)), targets)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        total += loss.item()
        if step % ROUND == 0:
            losses.append(round(total / ROUND, 4))
            total = 0.0
            left = (time.monotonic() - began) / step * (last - step)
            print(f"train: step {step:5d} of {last}, loss {losses[-1]:.4f}, {left:4.0f} s left", file=sys.stderr)
    return model.to(memory_format=torch.contiguous_format).eval(), losses


def read(model: torch.nn.Module, pictures: Pixels) -> Labels:
    with torch.inference_mode():
        found = torch.cat([model(part).argmax(1) for part in scaled(pictures).split(100)])
    return np.asarray(found.numpy(), dtype=np.int64)


def score(model: torch.nn.Module, held_out: Digits) -> dict[str, Any]:
    """The accuracy on the held-out digits: light on dark, as they come, and inverted to dark on light."""
    pictures, labels = held_out
    hits = {"light_on_dark": read(model, pictures) == labels, "dark_on_light": read(model, 255 - pictures) == labels}
    both = np.concatenate(list(hits.values()))
    twice = np.concatenate([labels, labels])
    return {
        "accuracy": round(float(both.mean()), 4),
        **{name: round(float(hit.mean()), 4) for name, hit in hits.items()},
        "per_class": {
            str(digit): round(float(both[twice == digit].mean()), 4) for digit in sorted(set(labels.tolist()))
        },
    }


def asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Train the network that reads handwritten digits.")
    mnist.add_argument(parser)
    parser.add_argument("--out", type=Path, default=FOLDER / "weights", help="folder to write the weights to")
    parser.add_argument("--sheet", type=Path, default=SHEET, help="picture of the held-out small digits")
    parser.add_argument("--rounds", type=int, help=f"stop after so many times {ROUND} batches, to try it")
    options = parser.parse_args()
    if options.rounds is not None and options.rounds < 1:
        parser.error("--rounds must be at least 1")
    return options


def main() -> None:
    options = asked()
    random.seed(SEED)
    torch.manual_seed(SEED)
    torch.set_num_threads(THREADS)
    torch.use_deterministic_algorithms(True)

    large, held_out = mnist.split(mnist.given(options))
    small, small_held_out = digits.small()
    model, losses = train(digits.mixed(large, small, TIMES), options.rounds)

    options.out.mkdir(parents=True, exist_ok=True)
    weights = options.out / "digits.pth"
    torch.save(model.state_dict(), weights)
    digits.sheet(small_held_out.pictures, background=0).save(options.sheet, optimize=True)
    figures = {
        "sha256": {weights.name: hashlib.sha256(weights.read_bytes()).hexdigest()},
        "bytes": {weights.name: weights.stat().st_size},
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "pictures": {"training": len(large.labels), "held_out": len(held_out.labels)},
        "held_out": score(model, held_out),
        "small_pictures": {"training": len(small.labels), "held_out": len(small_held_out.labels)},
        "small_held_out": score(model, small_held_out),
        "small_held_out_digits": "".join(map(str, small_held_out.labels.tolist())),
        "architecture": ARCHITECTURE,
        "training": {
            "data_sha256": mnist.sha256(large, held_out),
            "size": SIZE,
            "seed": SEED,
            "epochs": EPOCHS,
            "batch": BATCH,
            "learning_rate": LEARNING_RATE,
            "losses": losses,
        },
        "versions": {name: version(name).partition("+")[0] for name in PACKAGES},
    }
    (options.out / "digits.json").write_text(json.dumps(figures, indent=2) + "\n")
    print(f"train: {figures['held_out']}", file=sys.stderr)


if __name__ == "__main__":
    main()
