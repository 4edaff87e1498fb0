"""Trains `digits`: a small MobileNetV2 that reads one handwritten digit.

    weights/digits.pth      the weights, a state dict
    weights/digits.json     its sha256, how it was trained, how well it reads what it has not seen
    train/held-out.png      the digits that it has not seen, a sheet of 8x8 pictures, for the tests

The data are scikit-learn's 1,797 digits of 8x8 pixels. Everything random has its seed, and the number of
threads is set, for sums in another order are other sums.
"""

import argparse
import hashlib
import json
import random
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from app.network import architecture
from train.strokes import varied

FOLDER = Path(__file__).resolve().parent.parent
SHEET = FOLDER / "train" / "held-out.png"
SIZE = 32
# The first layer halves the picture and two of these halve it again: 4 x 4 places remain of 32 x 32, where all of
# MobileNetV2's five halvings, meant for 224 x 224, would leave one.
ARCHITECTURE: dict[str, Any] = {
    "name": "mobilenet_v2",
    "width": 0.5,
    "blocks": [[1, 16, 1, 1], [6, 24, 1, 2], [6, 32, 2, 1], [6, 64, 2, 2], [6, 96, 1, 1]],
}
CLASSES = 10
HELD_OUT = 0.2
SEED = 42
EPOCHS = 60
BATCH = 48
LEARNING_RATE = 4e-3
WEIGHT_DECAY = 1e-2
THREADS = 1
SHEET_COLUMNS = 20
PACKAGES = ("numpy", "pillow", "scikit-learn", "torch", "torchvision")

Pixels = NDArray[np.uint8]
Labels = NDArray[np.int64]


def digits() -> tuple[Pixels, Pixels, Labels, Labels]:
    """Grey pictures of 8x8, light strokes on black, and which digit each is: training and held-out part."""
    data = load_digits()
    pictures = np.round(data.images * 255 / 16).astype(np.uint8)
    training, held_out, training_labels, held_out_labels = train_test_split(
        pictures, data.target, test_size=HELD_OUT, stratify=data.target, random_state=SEED
    )
    return training, held_out, training_labels, held_out_labels


def scaled(pictures: Pixels) -> torch.Tensor:
    """As the function prepares them: scaled by Pillow, three colours, from -1 to 1."""
    size = (SIZE, SIZE)
    grey = [np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BILINEAR)) for picture in pictures]
    tensor = torch.from_numpy(np.stack(grey)).float().sub(127.5).div(127.5)
    return tensor.unsqueeze(1).expand(-1, 3, -1, -1).contiguous()


def train(pictures: Pixels, labels: Labels, epochs: int) -> tuple[torch.nn.Module, list[float]]:
    """The network after so many of the epochs, and the mean loss of each."""
    # A third less work on a processor, in this order of the numbers.
    model = architecture.build(ARCHITECTURE, CLASSES).to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    batches = len(pictures) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=EPOCHS * batches)
    strokes = torch.from_numpy(pictures).float().div(255).unsqueeze(1)
    targets = torch.from_numpy(labels)
    began, losses = time.monotonic(), []
    for epoch in range(1, epochs + 1):
        model.train()
        total = 0.0
        for chosen in torch.randperm(len(strokes))[: batches * BATCH].split(BATCH):
            pictures_now = varied(strokes[chosen], SIZE).contiguous(memory_format=torch.channels_last)
            loss = torch.nn.functional.cross_entropy(model(pictures_now), targets[chosen])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += loss.item()
        losses.append(round(total / batches, 4))
        if epoch == 1 or epoch % 5 == 0:
            left = (time.monotonic() - began) / epoch * (epochs - epoch)
            said = f"epoch {epoch:3d} of {epochs}, loss {losses[-1]:.4f}, {left:4.0f} s left"
            print(f"train: {said}", file=sys.stderr)
    return model.to(memory_format=torch.contiguous_format).eval(), losses


def read(model: torch.nn.Module, pictures: Pixels) -> Labels:
    with torch.inference_mode():
        found = torch.cat([model(part).argmax(1) for part in scaled(pictures).split(90)])
    return np.asarray(found.numpy(), dtype=np.int64)


def score(model: torch.nn.Module, pictures: Pixels, labels: Labels) -> dict[str, Any]:
    """Of the digits nobody trained with: light on dark as they are, and dark on light."""
    hits = {"light_on_dark": read(model, pictures) == labels, "dark_on_light": read(model, 255 - pictures) == labels}
    both = np.concatenate(list(hits.values()))
    twice = np.concatenate([labels, labels])
    return {
        "accuracy": round(float(both.mean()), 4),
        **{name: round(float(hit.mean()), 4) for name, hit in hits.items()},
        "per_class": {str(digit): round(float(both[twice == digit].mean()), 4) for digit in range(CLASSES)},
    }


def sheet(pictures: Pixels) -> Image.Image:
    """All in one picture, row by row."""
    rows = -(-len(pictures) // SHEET_COLUMNS)
    filled = np.zeros((rows * SHEET_COLUMNS, 8, 8), np.uint8)
    filled[: len(pictures)] = pictures
    grid = filled.reshape(rows, SHEET_COLUMNS, 8, 8).swapaxes(1, 2).reshape(rows * 8, SHEET_COLUMNS * 8)
    return Image.fromarray(grid)


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the network that reads handwritten digits.")
    parser.add_argument("--out", type=Path, default=FOLDER / "weights", help="folder to write the weights to")
    parser.add_argument("--sheet", type=Path, default=SHEET, help="picture of the held-out part")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help=f"stop after so many of the {EPOCHS}, to try it")
    options = parser.parse_args()
    if not 1 <= options.epochs <= EPOCHS:
        parser.error(f"--epochs must be from 1 to {EPOCHS}")

    random.seed(SEED)
    torch.manual_seed(SEED)
    torch.set_num_threads(THREADS)
    torch.use_deterministic_algorithms(True)

    training, held_out, training_labels, held_out_labels = digits()
    model, losses = train(training, training_labels, options.epochs)

    options.out.mkdir(parents=True, exist_ok=True)
    weights = options.out / "digits.pth"
    torch.save(model.state_dict(), weights)
    sheet(held_out).save(options.sheet, optimize=True)
    figures = {
        "sha256": {weights.name: hashlib.sha256(weights.read_bytes()).hexdigest()},
        "bytes": {weights.name: weights.stat().st_size},
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "pictures": {"training": len(training), "held_out": len(held_out)},
        "held_out": score(model, held_out, held_out_labels),
        "held_out_digits": "".join(map(str, held_out_labels.tolist())),
        "architecture": ARCHITECTURE,
        "training": {
            "size": SIZE,
            "seed": SEED,
            "epochs": options.epochs,
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
