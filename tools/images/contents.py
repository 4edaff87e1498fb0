"""The contents of an image, read from the output of `docker save`: its layers, and the files that identify packages."""

from __future__ import annotations

import hashlib
import io
import json
import re
import tarfile
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, Any

# The files that identify the operating system, Debian's packages and Python's wheels.
RELEASE = ("etc/os-release", "usr/lib/os-release")
DEBIAN = re.compile(r"var/lib/dpkg/status(\.d/[^/.]+)?")
WHEEL = re.compile(r".*\.dist-info/METADATA")
MODEL = re.compile(r"var/task/model/.+")
_READ = re.compile("|".join([*map(re.escape, RELEASE), DEBIAN.pattern, WHEEL.pattern]))
# Markers in a layer: a file of the layers below is deleted, or the whole content of a folder.
_GONE, _EMPTIED = ".wh.", ".wh..wh..opq"
_PIECE = 1 << 20
# The largest JSON file of an engine's archive; anything larger is a layer.
_LONGEST_TEXT = 4 << 20


@dataclass
class Layer:
    size: int = 0
    files: int = 0
    # Bytes by folder, deep enough to recognise it.
    folders: Counter[str] = field(default_factory=Counter)
    removed: list[str] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    sums: dict[str, str] = field(default_factory=dict)


@dataclass
class Image:
    digest: str
    config: dict[str, Any]
    layers: list[Layer]

    def texts(self) -> dict[str, str]:
        """The files that identify packages, as the top layer leaves them."""
        return _from_the_top([(layer.removed, layer.texts) for layer in self.layers])

    def models(self) -> dict[str, str]:
        """The sha256 of each file of the model."""
        return _from_the_top([(layer.removed, layer.sums) for layer in self.layers])

    def environment(self) -> dict[str, str]:
        return dict(entry.partition("=")[::2] for entry in self.config["config"].get("Env") or [])


def read(stream: IO[bytes]) -> Image:
    """The image in an archive with one image. The engine writes last what the parts are."""
    layers: dict[str, Layer] = {}
    texts: dict[str, bytes] = {}
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isfile() else None
            if member.issym():
                layers[member.name] = layers[_target(member)]
            elif content and member.size > _LONGEST_TEXT:
                layers[member.name] = _layer(content)
            elif content:
                text = content.read()
                texts[member.name] = text
                # Newer engines name every part by its digest, which does not tell what it is.
                if not text.startswith(b"{") and not text.startswith(b"["):
                    layers[member.name] = _layer(io.BytesIO(text))
    [manifest] = json.loads(texts["manifest.json"])
    config = texts[manifest["Config"]]
    digest = hashlib.sha256(config).hexdigest()
    return Image(digest, json.loads(config), [layers[name] for name in manifest["Layers"]])


def _layer(content: IO[bytes]) -> Layer:
    layer = Layer()
    with suppress(tarfile.ReadError), tarfile.open(fileobj=content, mode="r|*") as files:
        for member in files:
            folder, _, last = member.name.rpartition("/")
            if last == _EMPTIED:
                layer.removed.append(folder + "/")
            elif last.startswith(_GONE):
                layer.removed.append(f"{folder}/{last.removeprefix(_GONE)}".lstrip("/"))
            elif file := files.extractfile(member) if member.isfile() else None:
                _count(layer, member, file)
    return layer


def _count(layer: Layer, member: tarfile.TarInfo, content: IO[bytes]) -> None:
    name = member.name.removeprefix("./")
    layer.size += member.size
    layer.files += 1
    layer.folders["/".join(["", *name.split("/")[:-1][:3]])] += member.size
    if _READ.fullmatch(name):
        layer.texts[name] = content.read().decode(errors="replace")
    elif MODEL.fullmatch(name):
        layer.sums[name] = hashlib.sha256(b"".join(_pieces(content))).hexdigest()


def _pieces(content: IO[bytes]) -> Iterator[bytes]:
    while piece := content.read(_PIECE):
        yield piece


def _target(link: tarfile.TarInfo) -> str:
    """Identical layers are stored once in an archive; the others are links to it."""
    return link.linkname.removeprefix("../")


def _from_the_top(layers: list[tuple[list[str], dict[str, str]]]) -> dict[str, str]:
    seen: dict[str, str] = {}
    for removed, added in layers:
        for gone in removed:
            for name in [name for name in seen if name == gone or name.startswith(gone.rstrip("/") + "/")]:
                del seen[name]
        seen |= added
    return seen
