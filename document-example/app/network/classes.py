"""What the network tells apart, in the order of its outputs, and what it sees of a picture."""

from serving.pictures.decoding import Preprocessing

CLASSES = ("selfie", "document", "invalid")
SIDE = 64
PREPROCESSING = Preprocessing(width=SIDE, height=SIDE, shorter_side=SIDE)
