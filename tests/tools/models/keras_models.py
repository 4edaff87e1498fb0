"""Writes models of Keras and SavedModels, in an environment that has both: python keras_models.py FOLDER"""
# mypy: ignore-errors

import os
import sys
from pathlib import Path

os.environ |= {"KERAS_HOME": sys.argv[1], "TF_CPP_MIN_LOG_LEVEL": "3"}

import keras
import numpy as np
import tensorflow as tf
import tf_keras
from keras import layers

folder = Path(sys.argv[1])
keras.utils.set_random_seed(0)
a, b = keras.Input((3,), name="a"), keras.Input((2,), name="b:0")
both = layers.Concatenate()([a, b])
gives = {"sum": layers.Dense(4)(both), "shares": layers.Dense(2, activation="softmax")(both)}
two = keras.Model({"a": a, "b:0": b}, gives)
two.save(folder / "two.keras")
np.save(folder / "two.npy", two({"a": np.array([[1.0, 2, 3]]), "b:0": np.array([[4.0, 5]])})["sum"].numpy())
keras.Model([a, b], list(gives.values())).save(folder / "two.h5")

steps = keras.Sequential([keras.Input((5, 3), name="given"), layers.LSTM(4), layers.Dense(1)])
steps.save(folder / "steps.keras")
places = [layers.Embedding(10, 4), layers.GlobalAveragePooling1D(), layers.Dense(3, name="scores")]
keras.Sequential([keras.Input((None,), name="given"), *places]).save(folder / "places.keras")

# Keras 3 does not read what Keras 2 wrote of either.
given = tf_keras.Input((4, 4, 2), name="given")
old = tf_keras.layers.Flatten()(tf_keras.layers.DepthwiseConv2D(3)(given / 2))
old = tf_keras.Model({"given": given}, {"scores": tf_keras.layers.Dense(2)(old)})
old.save(folder / "old.h5")
old.save(folder / "old.keras")
steps = [tf_keras.Input((5, 3), name="given"), tf_keras.layers.Bidirectional(tf_keras.layers.LSTM(4))]
tf_keras.Sequential(steps).save(folder / "old-steps.h5")
tf_keras.Sequential(steps).save(folder / "old-steps", save_format="tf")


def pictures(name, *before, ends="softmax", called="net"):
    """Scores colours by how much of each there is; the names of the network say how it wants its pictures."""
    given = keras.Input((8, 8, 3))
    values = given
    for layer in before:
        values = layer(values)
    pooled = layers.GlobalAveragePooling2D()(layers.Conv2D(3, 1, use_bias=False, name="colours")(values))
    model = keras.Model(given, layers.Activation(ends)(pooled), name=called)
    model.get_layer("colours").set_weights([np.eye(3, dtype=np.float32).reshape(1, 1, 3, 3) / 25])
    model.save(folder / name) if Path(name).suffix else model.export(folder / name, verbose=False)


pictures("resnet50.keras", called="resnet50")
pictures("mobile.h5", called="mobilenetv2_1.00_224")
pictures("scaled.keras", layers.Rescaling(1 / 10))
pictures("logits.keras", ends="linear")
pictures("pictures")


@keras.saving.register_keras_serializable("ours")
class Twice(layers.Layer):
    def call(self, given):
        return given * 2


class Unknown(layers.Layer):
    def call(self, given):
        return given * 2


keras.Sequential([keras.Input((3,)), Twice()]).save(folder / "custom.keras")
keras.Sequential([keras.Input((3,)), Unknown()]).save(folder / "unknown.h5")
computed = keras.Sequential([keras.Input((3,), name="given"), layers.Lambda(lambda given: given * 2), Twice()])
computed.save(folder / "lambda.h5")
computed.export(folder / "computed", verbose=False)
two.save_weights(folder / "two.weights.h5")
keras.Sequential([layers.Dense(2)]).save(folder / "open.keras")


def of(*sizes, element="float32", name="x"):
    return tf.TensorSpec(sizes, getattr(tf, element), name)


class Several(tf.Module):
    @tf.function(input_signature=[of(None, 3, name="x"), of(None, 3, name="y")])
    def add(self, x, y):
        return {"sum": x + y, "difference": x - y}

    @tf.function(input_signature=[of(None, 2)])
    def double(self, x):
        return {"doubled": x * 2}


several = Several()
tf.saved_model.save(several, folder / "several", signatures={"add": several.add, "double": several.double})


class Called(tf.Module):
    """As models of TensorFlow Hub are."""

    @tf.function
    def __call__(self, images, training=False):
        return images * (2.0 if training else 3.0)


hub = Called()
for training in (True, False):
    hub.__call__.get_concrete_function(of(None, 4, name="images"), training=training)
tf.saved_model.save(hub, folder / "hub")


class Texts(tf.Module):
    @tf.function(input_signature=[of(None, element="string", name="text")])
    def texts(self, text):
        return {"length": tf.strings.length(text)}

    @tf.function(input_signature=[of(3, 3)])
    def determinant(self, x):
        return {"determinant": tf.linalg.det(x)}


texts = Texts()
tf.saved_model.save(texts, folder / "texts", signatures={"texts": texts.texts, "determinant": texts.determinant})

with tf.Graph().as_default(), tf.compat.v1.Session() as session:
    given = tf.compat.v1.placeholder(tf.float32, (None, 2), name="given")
    weights = tf.compat.v1.get_variable("weights", initializer=[[1.0], [2.0]], use_resource=False)
    session.run(tf.compat.v1.global_variables_initializer())
    tf.compat.v1.saved_model.simple_save(session, str(folder / "first"), {"given": given}, {"found": given @ weights})
