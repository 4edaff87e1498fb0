"""Keeps the layers of images as files beside the saved state, which is JSON and takes seconds for so many bytes.

A layer's name is the hash of its content, so each is written once, whichever repositories have it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ministack.core import persistence
from ministack.services import ecr

State = dict[str, Any]
FOLDER = Path(persistence.STATE_DIR).with_name("layers")
# Several batches can begin at once, and each saves.
_writing = threading.Lock()


def install() -> None:
    ecr.get_state = _without_layers(ecr.get_state)
    ecr.load_persisted_state = _with_layers(ecr.load_persisted_state)


def _without_layers(state: Callable[[], State]) -> Callable[[], State]:
    def stating() -> State:
        made = state()
        with _writing:
            for layers in _repositories(made):
                for digest, content in layers.items():
                    _write(_file(digest), content)
                    layers[digest] = b""
        return made

    return stating


def _with_layers(load: Callable[[State], None]) -> Callable[[State], None]:
    def loading(made: State) -> None:
        known = set()
        for layers in _repositories(made):
            for digest, content in layers.items():
                file = _file(digest)
                known.add(file)
                # In a state of an earlier release, the content is in there.
                layers[digest] = content or file.read_bytes()
        # Now, because until the state is replaced it names those of images that are deleted.
        for file in set(FOLDER.glob("*")) - known:
            file.unlink()
        load(made)

    return loading


def _repositories(made: State) -> list[dict[str, bytes]]:
    return [layers for _, layers in made["layer_blobs"].all_items()]


def _file(digest: str) -> Path:
    return FOLDER / digest.removeprefix("sha256:")


def _write(file: Path, content: bytes) -> None:
    if file.exists():
        return
    file.parent.mkdir(exist_ok=True)
    part = file.with_suffix(".part")
    part.write_bytes(content)
    part.replace(file)
