"""Trains a small EfficientNet-Lite on handwritten digits and writes the weights with their figures.

    weights/digits.weights.h5    the weights, as Keras saves them
    weights/digits.json          their sha256, the training parameters and the measured accuracy
    train/held-out.png           scikit-learn's held-out digits, 20 a row, for the tests

The data are MNIST's training pictures, given with --mnist, and scikit-learn's 1,797 digits.
Training is reproducible: the same versions on the same kind of processor write the same bytes.
"""

import argparse
import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

# TensorFlow reads these on import, so they are set before it. Without them the order of summation depends on which
# thread finishes first.
os.environ |= {"TF_ENABLE_ONEDNN_OPTS": "0", "TF_DETERMINISTIC_OPS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}

import keras
import numpy as np
import tensorflow as tf

from app.network import efficientnet_lite
from train import drawing
from training import digits, mnist
from training.digits import Digits

FOLDER = Path(__file__).resolve().parent.parent

SEED = 1
SIDE = 32
CLASSES = 10
# Fewer stages, with fewer halvings, than for 224 x 224: 32 x 32 becomes 4 x 4.
ARCHITECTURE: dict[str, Any] = {
    "name": "efficientnet_lite",
    "stem": 16,
    "head": 256,
    "stages": [[3, 1, 1, 16, 1], [3, 1, 4, 16, 1], [3, 2, 4, 24, 2], [3, 2, 4, 48, 2], [3, 1, 4, 64, 1]],
}
MEAN = STD = 127.5

# Ordinary values, chosen by hand.
EPOCHS = 7
# How often each of the small digits is used per epoch.
TIMES = 5
BATCH = 64
# Progress is reported once per this many batches.
ROUND = 50
RATE = 3e-3
LABEL_SMOOTHING = 0.05
PACKAGES = ("tensorflow-cpu", "keras", "numpy", "scipy", "scikit-learn")


def repeatable() -> None:
    keras.utils.set_random_seed(SEED)
    tf.config.experimental.enable_op_determinism()
    # With another number of threads, sums are rounded differently.
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def network() -> Any:
    chosen = {name: value for name, value in ARCHITECTURE.items() if name != "name"}
    return efficientnet_lite.network((SIDE, SIDE, 3), CLASSES, **chosen)


def batches(learn: Digits) -> Iterator[tuple[Any, Any]]:
    """The batches of all epochs in order."""
    chance = np.random.default_rng(SEED)
    wanted = np.eye(CLASSES, dtype=np.float32)[learn.labels]
    for _ in range(EPOCHS):
        order = chance.permutation(len(wanted))
        for first in range(0, len(order) - BATCH + 1, BATCH):
            chosen = order[first : first + BATCH]
            yield (drawing.drawn_again(learn.pictures[chosen], SIDE, chance) - MEAN) / STD, wanted[chosen]


def trained(learn: Digits, rounds: int | None) -> tuple[Any, list[float]]:
    """The network after `rounds` rounds, or all of them, and the mean loss of each."""
    model = network()
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.99  # Keras's 0.999 needs more steps than there are here.
    steps = EPOCHS * (len(learn.labels) // BATCH)
    rate = keras.optimizers.schedules.CosineDecay(RATE / 10, steps, warmup_target=RATE, warmup_steps=steps // 10)
    model.compile(
        keras.optimizers.AdamW(rate, weight_decay=1e-4),
        keras.losses.CategoricalCrossentropy(label_smoothing=LABEL_SMOOTHING),
    )
    last = min(steps, rounds * ROUND) if rounds else steps
    started, losses = time.monotonic(), []
    for step, (pictures, wanted) in zip(range(1, last + 1), batches(learn), strict=False):
        loss = float(model.train_on_batch(pictures, wanted))
        if step % ROUND == 0:
            # Keras returns the mean loss since the last reset.
            losses.append(round(loss, 4))
            model.reset_metrics()
            left = (time.monotonic() - started) / step * (last - step)
            say(f"step {step} of {last}: loss {losses[-1]:.4f}, {left:.0f} s left")
    return model, losses


def figures(model: Any, held_out: Digits) -> dict[str, Any]:
    """The accuracy on the held-out digits, dark on light and light on dark."""
    found: dict[str, Any] = {"digits": len(held_out.labels)}
    labels = held_out.labels
    for name, inverted in (("dark_on_light", False), ("light_on_dark", True)):
        right = []
        for first in range(0, len(labels), BATCH):
            shown = drawing.on_paper(held_out.pictures[first : first + BATCH], inverted=inverted)
            values = (drawing.as_served(shown, SIDE).astype(np.float32) - MEAN) / STD
            right.append(model.predict_on_batch(values).argmax(axis=1) == labels[first : first + BATCH])
        hits = np.concatenate(right)
        found[name] = {
            "accuracy": round(float(hits.mean()), 4),
            "by_digit": {
                str(digit): round(float(hits[labels == digit].mean()), 4) for digit in sorted(set(labels.tolist()))
            },
        }
    return found


def say(text: str) -> None:
    print(f"train: {text}", file=sys.stderr, flush=True)


def asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Train a small EfficientNet-Lite on handwritten digits.")
    mnist.add_argument(parser)
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder to write weights/ and train/ to")
    parser.add_argument("--rounds", type=int, help=f"stop after so many times {ROUND} batches, to try it")
    options = parser.parse_args()
    if options.rounds is not None and options.rounds < 1:
        parser.error("--rounds must be at least 1")
    return options


def main() -> None:
    options = asked()
    repeatable()
    large, held_out = mnist.split(mnist.given(options))
    small, small_held_out = digits.small()
    say(f"{len(large.labels)} digits to learn from, {len(held_out.labels)} held out")
    model, losses = trained(digits.mixed(large, small, TIMES), options.rounds)

    weights = options.out / "weights" / "digits.weights.h5"
    for folder in ("weights", "train"):
        (options.out / folder).mkdir(parents=True, exist_ok=True)
    bare = network()  # without the optimizer's state, which would treble the file
    bare.set_weights(model.get_weights())
    bare.save_weights(weights)
    paper = drawing.on_paper(small_held_out.pictures)
    digits.sheet(paper, background=255).save(options.out / "train" / "held-out.png", optimize=True)

    report = {
        "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "bytes": weights.stat().st_size,
        "parameters": int(bare.count_params()),
        "architecture": ARCHITECTURE,
        "held_out": figures(model, held_out),
        "small_held_out": {
            **figures(model, small_held_out),
            "labels": "".join(map(str, small_held_out.labels.tolist())),
        },
        "training": {
            "data_sha256": mnist.sha256(large, held_out),
            "digits": len(large.labels),
            "small_digits": len(small.labels),
            "epochs": EPOCHS,
            "seed": SEED,
            "losses": losses,
        },
        "versions": {name: version(name) for name in PACKAGES},
    }
    (options.out / "weights" / "digits.json").write_text(json.dumps(report, indent=2) + "\n")
    for name in ("dark_on_light", "light_on_dark"):
        say(f"{name}: {report['held_out'][name]['accuracy']:.2%} read")


if __name__ == "__main__":
    main()
