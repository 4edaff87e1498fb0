"""The classes, in the order of the network's outputs, and the preprocessing of pictures."""

from serving.pictures.decoding import Preprocessing

CLASSES = ("selfie", "document", "invalid")
SIDE = 64
PREPROCESSING = Preprocessing(width=SIDE, height=SIDE, shorter_side=SIDE)
