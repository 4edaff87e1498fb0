"""Turns Keras weights into the file that is served."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from app.network import native
from app.network.facts import Facts


def network(source: Path, facts: Facts) -> Any:
    return native.network(source, facts.architecture, facts.preprocessing, len(facts.labels))


def keep(source: Path, model: Path, facts: Facts) -> Facts:
    """Keep the weights as they are, for the native back end, after one trial prediction."""
    how = facts.preprocessing
    shutil.copyfile(source, model / facts.file)
    served = native.Network(model / facts.file, facts.architecture, how, len(facts.labels))
    [scores] = served.scores([bytes(how.width * how.height * 3)])
    if len(scores) != len(facts.labels):
        raise native.Unfit(f"the model has {len(scores)} outputs and there are {len(facts.labels)} labels")
    return facts


def convert(source: Path, model: Path, facts: Facts) -> Facts:
    """Convert the weights for the fast back end: pixels in, probabilities out, with an open batch dimension."""
    (model / facts.file).write_bytes(converted(network(source, facts), facts))
    return facts


def converted(classifier: Any, facts: Facts) -> bytes:
    """The network, preceded by its normalisation, in LiteRT's file format."""
    import keras
    import numpy as np
    import tensorflow as tf

    how = facts.preprocessing
    given = keras.Input((how.height, how.width, 3), dtype="uint8")
    mean, std = np.array(how.mean, np.float32), np.array(how.std, np.float32)
    values = (keras.ops.cast(given, "float32") - mean) / std
    whole = keras.Model(given, classifier(values, training=False))
    with tempfile.TemporaryDirectory() as folder:
        whole.export(folder, format="tf_saved_model", verbose=False)
        content: bytes = tf.lite.TFLiteConverter.from_saved_model(folder).convert()
    return content
