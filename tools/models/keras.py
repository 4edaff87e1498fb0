"""What a Keras file holds, as far as can be told without Keras: its configuration."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.models.reading import Refused

Config = dict[str, Any]

# A tiny zip archive may unpack to gigabytes. The configurations of the largest networks have a few megabytes.
_MOST = 64 << 20
_HDF5 = b"\x89HDF\r\n\x1a\n"
# HDF5 stores a text of any length in one piece.
_CONFIG = re.compile(r'\{"(?:class_name|module|name)": ')
EXPORT = "where its code is, write model.export('saved') and give --from that folder"
# Layers for texts and lookup tables, which the runtime does not support.
_LOOKUPS = ("CategoryEncoding", "HashedCrossing", "Hashing", "IntegerLookup", "StringLookup", "TextVectorization")


def config(file: Path) -> Config | None:
    """The configuration; None for a SavedModel, which is a program and has none."""
    if file.is_dir():
        return None
    no_file = Refused(f"{file.name} is no file of Keras", "", "write it with model.save('model.keras')")
    try:
        with zipfile.ZipFile(file) as archive:
            if archive.getinfo("config.json").file_size > _MOST:
                raise Refused(f"the configuration in {file.name} has more than 64 MB", "no network's has", EXPORT)
            return dict(json.loads(archive.read("config.json")))
    except zipfile.BadZipFile:
        content = file.read_bytes()
    except (KeyError, TypeError, ValueError, RecursionError):
        raise no_file from None
    if not content.startswith(_HDF5):
        raise no_file
    if b"model_config" not in content:
        raise Refused(
            f"{file.name} holds weights alone",
            "what computes with them is not in it",
            "write the whole model: model.save('model.keras')",
        )
    return _in_hdf5(content.decode("latin-1"))


def _in_hdf5(content: str) -> Config | None:
    for found in _CONFIG.finditer(content):
        try:
            read, _ = json.JSONDecoder().raw_decode(content, found.start())
        except (ValueError, RecursionError):
            continue
        if {"class_name", "config"} <= read.keys():
            return dict(read)
    return None


def objects(found: Any) -> Iterator[Config]:
    """Layers and everything else that has a class, outer ones first."""
    if isinstance(found, dict):
        if isinstance(found.get("class_name"), str):
            yield found
        for inner in found.values():
            yield from objects(inner)
    elif isinstance(found, list):
        for inner in found:
            yield from objects(inner)


def check(name: str, found: Config) -> None:
    """Refuse code, and what cannot be served; a SavedModel has its code as a graph, without class names."""
    for each in objects(found):
        called = each["class_name"]
        if called in ("Lambda", "__lambda__"):
            what = f"{name} holds a Lambda layer{_called(each)}"
            raise Refused(what, "what it computes is Python code out of the file, which is not run", EXPORT)
        if is_custom(each):
            raise Refused(f"{name} holds {called}, which is no part of Keras", "its code is not in the file", EXPORT)
        if called in _LOOKUPS:
            raise Refused(
                f"{name} holds a {called}{_called(each)}, which LiteRT cannot run",
                "it has no texts and no tables to look things up in",
                "give what comes behind it: keras.Model(layer.output, model.output).save('model.keras')",
            )


def is_custom(each: Config) -> bool:
    module, registered = each.get("module"), each.get("registered_name") or ""
    is_elsewhere = isinstance(module, str) and module.partition(".")[0] not in ("keras", "tf_keras", "builtins")
    return is_elsewhere or ">" in registered or ">" in each["class_name"]


def _called(each: Config) -> str:
    name = each["config"].get("name") if isinstance(each.get("config"), dict) else None
    return f", {name}" if name else ""
