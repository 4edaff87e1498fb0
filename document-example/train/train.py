"""Trains the classifier on folders of pictures and writes the weights with their figures.

    model/document.weights.h5    the weights, as Keras saves them
    model/figures.json           their sha256, the training parameters and the measured accuracy
    train/loss.png               the loss of each epoch

    bash train.sh FOLDER                                       draws pictures to train with and others to evaluate with
    bash train.sh FOLDER --data DIR [--held-out DIR]           with your own: DIR/{selfie,document,invalid}/*.jpg

A fifth of the pictures is kept for validation and decides when training stops. Training is reproducible: the same
versions on the same kind of processor write the same weights.
"""

import argparse
import hashlib
import json
import os
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

# TensorFlow reads these on import, so they are set before it. Without them the order of summation depends on which
# thread finishes first.
os.environ |= {"TF_ENABLE_ONEDNN_OPTS": "0", "TF_DETERMINISTIC_OPS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}

import keras
import matplotlib as mpl
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from app.network import native
from app.network.classes import CLASSES, PREPROCESSING, SIDE
from serving.pictures import decoding
from serving.requests.errors import Invalid
from train import drawn

FOLDER = Path(__file__).resolve().parent.parent

SEED = 1
# Numbers of drawn pictures per class.
DRAWN, DRAWN_HELD_OUT = 2500, 400
DRAWN_SEED, HELD_OUT_SEED = "to learn from", "held out"
LEARNED = 0.8

# Ordinary values, chosen by hand.
EPOCHS = 40
PATIENCE = 6
BATCH = 64
RATE = 2e-3

Pixels = NDArray[np.uint8]
Labels = NDArray[np.int64]


def repeatable() -> None:
    keras.utils.set_random_seed(SEED)
    tf.config.experimental.enable_op_determinism()
    # With another number of threads, sums are rounded differently.
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def read(folder: Path) -> tuple[Pixels, Labels]:
    """The pictures of all classes, preprocessed as in the handler, and their labels."""
    pixels, labels = [], []
    for label, name in enumerate(CLASSES):
        files = sorted(path for path in (folder / name).glob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
        if not files:
            sys.exit(f"train: there are no pictures in {folder / name}")
        for file in files:
            try:
                found = decoding.pixels(file.read_bytes(), PREPROCESSING, field=str(file), exact=True)
            except Invalid as error:
                sys.exit(f"train: {error.message}")
            pixels.append(np.frombuffer(found, np.uint8).reshape(SIDE, SIDE, 3))
            labels.append(label)
    return np.stack(pixels), np.array(labels)


def split(labels: Labels) -> tuple[Labels, Labels]:
    """Indices of the training and the validation pictures, with the same share of each class."""
    chance = np.random.default_rng(SEED)
    learned, watched = [], []
    for label in range(len(CLASSES)):
        numbers = chance.permutation(np.flatnonzero(labels == label))
        first = round(LEARNED * len(numbers))
        learned.append(numbers[:first])
        watched.append(numbers[first:])
    return chance.permutation(np.concatenate(learned)), np.concatenate(watched)


def trained(pixels: Pixels, labels: Labels, learned: Labels, watched: Labels) -> tuple[Any, dict[str, list[float]]]:
    model = native.network()
    # Mirroring a picture does not change its class.
    learner = keras.Sequential([keras.layers.RandomFlip("horizontal", seed=SEED), model])
    learner.compile(
        keras.optimizers.AdamW(RATE, weight_decay=1e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    stop = keras.callbacks.EarlyStopping(patience=PATIENCE, restore_best_weights=True)
    calm = keras.callbacks.ReduceLROnPlateau(factor=0.4, patience=2)
    tell = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: say(f"epoch {epoch + 1}: loss {logs['loss']:.4f}, {logs['val_loss']:.4f}")
    )
    history = learner.fit(
        pixels[learned],
        labels[learned],
        validation_data=(pixels[watched], labels[watched]),
        epochs=EPOCHS,
        batch_size=BATCH,
        callbacks=[stop, calm, tell],
        verbose=0,
    ).history
    return model, {"learned": history["loss"], "watched": history["val_loss"]}


def figures(model: Any, pixels: Pixels, labels: Labels) -> dict[str, Any]:
    """Accuracy, precision and recall per class, and the confusion matrix; its rows are the true classes."""
    found = model.predict(pixels.astype(np.float32), batch_size=BATCH, verbose=0).argmax(axis=1)
    count = len(CLASSES)
    confusion = np.bincount(labels * count + found, minlength=count * count).reshape(count, count)
    right = confusion.diagonal()
    precision, recall = (right / np.maximum(confusion.sum(axis=axis), 1) for axis in (0, 1))
    return {
        "pictures": len(labels),
        "accuracy": round(float(right.sum() / len(labels)), 4),
        "precision": {name: round(float(value), 4) for name, value in zip(CLASSES, precision, strict=True)},
        "recall": {name: round(float(value), 4) for name, value in zip(CLASSES, recall, strict=True)},
        "confusion": confusion.tolist(),
    }


def plot(losses: dict[str, list[float]], file: Path) -> None:
    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6, 3.5), layout="constrained")
    for name, values in losses.items():
        axes.plot(range(1, len(values) + 1), values, label=f"pictures that were {name}")
    axes.set(xlabel="epoch", ylabel="loss", yscale="log")
    axes.legend()
    figure.savefig(file, dpi=100)


def say(text: str) -> None:
    print(f"train: {text}", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the classifier of selfies and documents.")
    parser.add_argument("--data", type=Path, metavar="DIR", help="a folder of pictures for each class; default: drawn")
    parser.add_argument("--held-out", type=Path, metavar="DIR", help="others of your own, only to measure with")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder to write model/ and train/ to")
    options = parser.parse_args()

    repeatable()
    with tempfile.TemporaryDirectory() as made:
        data, held_out = options.data, options.held_out
        if not data:
            data, held_out = Path(made, "data"), Path(made, "held-out")
            say(f"draw {DRAWN} pictures of each class, and {DRAWN_HELD_OUT} to measure with")
            drawn.fill(data, DRAWN_SEED, DRAWN)
            drawn.fill(held_out, HELD_OUT_SEED, DRAWN_HELD_OUT)
        pixels, labels = read(data)
        measured = read(held_out) if held_out else None
    learned, watched = split(labels)
    say(f"{len(learned)} pictures to learn from, {len(watched)} to say when to stop")
    model, losses = trained(pixels, labels, learned, watched)

    weights = options.out / "model" / "document.weights.h5"
    for folder in ("model", "train"):
        (options.out / folder).mkdir(parents=True, exist_ok=True)
    model.save_weights(weights)
    plot(losses, options.out / "train" / "loss.png")
    report = {
        "weights": "own" if options.data else "demonstration",
        "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "bytes": weights.stat().st_size,
        "parameters": int(model.count_params()),
        "classes": CLASSES,
        "held_out": figures(model, *measured) if measured else None,
        "watched": figures(model, pixels[watched], labels[watched]),
        "training": {"pictures": len(learned), "epochs": len(losses["learned"]), "seed": SEED},
        "versions": {name: version(name) for name in ("tensorflow-cpu", "keras", "numpy", "pillow")},
    }
    (options.out / "model" / "figures.json").write_text(json.dumps(report, indent=1) + "\n")
    say(f"{(report['held_out'] or report['watched'])['accuracy']:.2%} told right")


if __name__ == "__main__":
    main()
