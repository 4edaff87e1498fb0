"""What the build says of the model: model/model.json, written by export/. And where it is.

os.path and not pathlib, here and wherever a start passes: pathlib takes 5 ms to import.
"""
# ruff: noqa: PTH100, PTH118, PTH123

import os

import msgspec

FOLDER = os.environ.get("MODEL_FOLDER") or os.path.abspath(os.path.join(__file__, "..", "..", "..", "model"))


class Facts(msgspec.Struct, frozen=True):
    # "demonstration", or "own": what train/ made of somebody's own pictures.
    name: str
    # The file beside model.json that is served, and its sha256.
    file: str
    model_sha256: str

    @property
    def version(self) -> str:
        return self.model_sha256[:12]


def read(folder: str) -> Facts:
    return msgspec.json.decode(content(os.path.join(folder, "model.json")), type=Facts)


def content(file: str) -> bytes:
    with open(file, "rb") as opened:
        return opened.read()
