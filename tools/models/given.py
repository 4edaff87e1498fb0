"""What the user gives besides the file: samples, pictures, the network of weights."""

from __future__ import annotations

import argparse
import base64
import csv
import io
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import msgspec

from tools.models import inside, keras, keras_pictures, kinds, pytorch
from tools.models.conversion import Request
from tools.models.reading import Reading, Refused, Tensors

ROOT = Path(__file__).resolve().parents[2]

_PICTURES = (".bmp", ".gif", ".jpg", ".jpeg", ".png", ".webp")
# The model takes numbers, whatever the file says.
_NONE = "none"
_MOST_ROWS = 100
# Options that apply to some kinds of file only, with these kinds.
_MEANT_FOR = {
    "preprocess": ((kinds.ONNX, kinds.LITERT, kinds.TORCH, kinds.KERAS), "models that take pictures as tensors"),
    "arch": ((kinds.TORCH,), "weights of PyTorch, which do not say what network they are of"),
    "signature": ((kinds.LITERT, kinds.KERAS), "LiteRT and SavedModels, where a file may hold several"),
    "inputs": ((kinds.TORCH,), "models of PyTorch, which do not say what they take"),
}


def check(given: argparse.Namespace, kind: str) -> None:
    """Refuse options that would have no effect."""
    for option, (taken, meant) in _MEANT_FOR.items():
        if getattr(given, option) and kind not in taken:
            raise Refused(f"--{option} has no effect here", f"it is for {meant}", f"leave --{option} out")


def request(given: argparse.Namespace) -> Request:
    """The request to a converter."""
    source = Path(given.source)
    kind = kinds.main(source)
    check(given, kind)
    if kind == kinds.TORCH:
        pytorch.check(source, given.arch, given.inputs)
    if kind == kinds.KERAS:
        given.preprocess = _of_keras(source, given)
    return Request(
        model=packed(source) if source.is_dir() else source.read_bytes(),
        suffix="" if source.is_dir() else source.suffix,
        samples=asked(given, kind),
        arch=given.arch,
        sources=_sources(given.arch) if given.arch else {},
        inputs=given.inputs,
        signature=given.signature,
    )


def _of_keras(source: Path, given: argparse.Namespace) -> str | None:
    """How pictures are prepared, if the model takes pictures."""
    found = keras.config(source)
    if found:
        keras.check(source.name, found)
        if given.signature:
            raise Refused("--signature has no effect here", f"{source.name} is no SavedModel", "leave --signature out")
    if not given.preprocess and (given.samples or "").endswith(".json"):
        return None
    way, why = keras_pictures.way(found, given.preprocess, has_labels=bool(given.labels), ask=given.ask)
    if why:
        print(f"          {why}", file=sys.stderr)
    return way


def packed(folder: Path) -> bytes:
    """A SavedModel as a zip archive, without other files in the folder."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", strict_timestamps=False) as archive:
        for pattern in ("saved_model.pb", "variables/*", "assets/*"):
            for file in sorted(folder.glob(pattern)):
                if inside.is_file(file, folder):
                    archive.write(file, file.relative_to(folder))
    return content.getvalue()


def asked(given: argparse.Namespace, kind: str) -> Any:
    """The samples to send to the framework."""
    is_folder = bool(given.samples) and Path(given.samples).is_dir()
    # The file itself may say how pictures are prepared.
    may_say = kind in (kinds.ONNX, kinds.LITERT) and given.preprocess is None and (is_folder or not given.samples)
    if may_say or given.preprocess not in (None, _NONE):
        return _pictures(given.samples, given.preprocess)
    return _samples(given.samples)


def _pictures(folder: str | None, way: str | None) -> dict[str, Any]:
    """The given pictures, or those that serving has for tests. Their content is included, as the container that
    prepares them may not see the files."""
    contents = {str(path): base64.b64encode(path.read_bytes()).decode() for path in _files_of_pictures(folder)}
    return {"preprocess": way, "pictures": contents, "are_given": folder is not None}


def _files_of_pictures(folder: str | None) -> list[Path]:
    place = Path(folder) if folder else ROOT / "serving" / "pictures" / "samples" / "photographs"
    found = sorted(path for path in place.iterdir() if path.suffix.lower() in _PICTURES)
    if not found:
        raise Refused(f"{place} holds no pictures", "", f"give --samples a folder of {', '.join(_PICTURES)}")
    return found


def check_pictures(reading: Reading, samples: str | None) -> None:
    """An answer names files to read and copy; from a stranger's code, that could be any of the user's files."""
    if not isinstance(reading, Tensors) or not reading.picture:
        return
    asked_about = [[str(path)] for path in _files_of_pictures(samples)]
    for call in reading.calls:
        if call not in asked_about:
            raise Refused(f"the model answers about {call}", "it was not asked about that", "do not trust its file")


def _samples(file: str | None) -> list[dict[str, Any]]:
    if not file:
        return []
    if file.endswith(".json"):
        return list(json.loads(Path(file).read_text()))
    with Path(file).open(newline="", encoding="utf-8-sig") as opened:
        return [dict(row) for _, row in zip(range(_MOST_ROWS), csv.DictReader(opened))]  # noqa: B905 - or fewer


def _sources(arch: str) -> dict[str, str]:
    """The Python file that makes the network, and those beside it, which it may import."""
    file, _, function = arch.rpartition(":")
    if file == "torchvision":
        return {}
    path = Path(file)
    if not function.isidentifier() or path.suffix != ".py":
        raise Refused(
            f"--arch {arch} names no network",
            "it is torchvision:NAME, or FILE.py:FUNCTION, where the function returns the network",
            "for instance --arch torchvision:resnet18, or --arch network.py:make",
        )
    if not path.is_file():
        raise Refused(f"there is no {path}", "", "mend the path in --arch")
    return {each.name: each.read_text() for each in [path, *path.parent.glob("*.py")]}


def write(request: Request) -> str:
    return msgspec.json.encode(request).decode()
