"""Compares the exported model with TensorFlow, on photographs and on noise, before an image is built.

Both sides start from the picture file: Keras loads, scales and normalises it its own way, the export uses ours.
"""

import io
from pathlib import Path
from typing import Any

import keras
import numpy as np

from app.network.facts import Facts
from app.network.litert import Network
from export import checkpoint
from exporting import pictures
from exporting.parity import compare
from serving.pictures import decoding


def check(source: Path, model: Path, facts: Facts) -> None:
    reference = checkpoint.network(source, facts)
    served = Network(str(model / facts.file), facts.preprocessing, softmax=facts.softmax, batch=2)
    compared, found = [], []
    for name, content in pictures.all_kinds():
        pixels = decoding.pixels(content, facts.preprocessing, field=name, exact=True)
        wanted = reference(_as_keras_does(content, facts), training=False).numpy()[0].tolist()
        compare(name, wanted, served.scores([pixels])[0], facts.labels)
        compared.append((name, pixels, wanted))
        found.append(pixels)
    # Batches too: LiteRT compiles another network for them.
    for (name, _, wanted), got in zip(compared, served.scores(found), strict=True):
        compare(f"{name} in a batch", wanted, got, facts.labels)


def _as_keras_does(content: bytes, facts: Facts) -> Any:
    """The picture preprocessed by Keras; if Keras has no preprocess_input for the network, by the same arithmetic."""
    how = facts.preprocessing
    if (how.shorter_side, how.shorter_side) == (how.width, how.height):
        picture = keras.utils.load_img(
            io.BytesIO(content), target_size=(how.height, how.width), keep_aspect_ratio=True, interpolation=how.filter
        )
        values = keras.utils.img_to_array(picture)
    else:
        pixels = decoding.pixels(content, how, field="picture", exact=True)
        values = np.frombuffer(pixels, np.uint8).reshape(how.height, how.width, 3).astype(np.float32)
    own = getattr(keras.applications, facts.architecture.name, None)
    if own and (how.mean, how.std) == ((127.5,) * 3, (127.5,) * 3):
        return own.preprocess_input(values[None].copy())
    return (values[None] - np.array(how.mean, np.float32)) / np.array(how.std, np.float32)
