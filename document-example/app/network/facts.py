"""The facts about the model that export/ writes to model/model.json, and where to find them.

This module runs at every cold start, so it uses os.path: pathlib takes 5 ms to import.
"""
# ruff: noqa: PTH100, PTH118, PTH123

import os

import msgspec

FOLDER = os.environ.get("MODEL_FOLDER") or os.path.abspath(os.path.join(__file__, "..", "..", "..", "model"))


class Facts(msgspec.Struct, frozen=True):
    # "demonstration", or "own" if train/ was given its user's own pictures.
    name: str
    # The model file beside model.json, and its sha256.
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
