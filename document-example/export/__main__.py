"""Runs during the build: exports the network, and fails unless the export answers as TensorFlow does.

python -m export FOLDER MODEL BACKEND        FOLDER is model/ in the repository, MODEL is model/ in the image
"""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import keras
import msgspec
import numpy as np
import tensorflow as tf

from app.network import litert, native, picture
from app.network.classes import CLASSES, SIDE
from app.network.facts import Facts
from exporting import chosen, parity, pictures
from serving.runtimes.session import Failed

WEIGHTS = "document.weights.h5"
# For raw scores; their softmax is then at least as close.
TOLERANCE = 1e-3


def export(source: Path, model: Path, backend: str) -> Facts:
    model.mkdir(parents=True, exist_ok=True)
    figures = msgspec.json.decode((source / "figures.json").read_bytes())
    network = native.loaded(str(source / WEIGHTS))
    if backend == "native":
        file = model / WEIGHTS
        shutil.copyfile(source / WEIGHTS, file)
    else:
        file = model / "model.tflite"
        file.write_bytes(converted(network))
        check(network, litert.Network(str(file)))
    return Facts(name=figures["weights"], file=file.name, model_sha256=chosen.sha256(file))


def converted(network: Any) -> bytes:
    """The network in LiteRT's file format: pixels in, scores out."""
    given = keras.Input((SIDE, SIDE, 3), dtype="uint8")
    whole = keras.Model(given, network(keras.ops.cast(given, "float32"), training=False))
    with tempfile.TemporaryDirectory() as folder:
        whole.export(folder, format="tf_saved_model", verbose=False)
        content: bytes = tf.lite.TFLiteConverter.from_saved_model(folder).convert()
    return content


def check(network: Any, served: litert.Network) -> None:
    """Compare the export with TensorFlow, on photographs and on noise."""
    for name, content in pictures.all_kinds():
        pixels, _ = picture.read(content, field=name)
        given = np.frombuffer(pixels, np.uint8).reshape(1, SIDE, SIDE, 3).astype(np.float32)
        wanted = network(given, training=False).numpy()[0].tolist()
        parity.compare(name, wanted, served.scores(pixels), CLASSES, TOLERANCE)


if __name__ == "__main__":
    try:
        facts = export(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
    except (parity.Differs, Failed, ValueError, OSError) as error:
        sys.exit(f"export: {error}")
    Path(sys.argv[2], "model.json").write_bytes(msgspec.json.format(msgspec.json.encode(facts), indent=1) + b"\n")
    print(f"export: {facts.name}: {facts.file}, {facts.version}", file=sys.stderr)
