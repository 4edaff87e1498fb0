"""Makes an image with one layer from a root file system, for an engine to load.

    python tools images.root_image NAME ARCHITECTURE <root.tar >image.tar

`docker import` does the same, but some engines accept only this machine's architecture there.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import sys
import tarfile
import tempfile
from typing import BinaryIO

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Engines have names of their own for architectures.
ARCHITECTURES = {"x86_64": "amd64", "arm64": "arm64"}


def write(root: BinaryIO, name: str, architecture: str, target: BinaryIO) -> None:
    with tempfile.TemporaryFile() as layer, tarfile.open(fileobj=target, mode="w|") as archive:
        shutil.copyfileobj(root, layer)
        layer.seek(0)
        digest = hashlib.file_digest(layer, "sha256").hexdigest()
        config = {
            "architecture": ARCHITECTURES[architecture],
            "os": "linux",
            "config": {"Env": [f"PATH={PATH}"]},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
        }
        manifest = [{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}]
        for file, content in {"config.json": config, "manifest.json": manifest}.items():
            add(archive, file, io.BytesIO(json.dumps(content).encode()))
        add(archive, "layer.tar", layer)


def add(archive: tarfile.TarFile, name: str, content: BinaryIO) -> None:
    member = tarfile.TarInfo(name)
    member.size = content.seek(0, io.SEEK_END)
    content.seek(0)
    archive.addfile(member, content)


if __name__ == "__main__":
    write(sys.stdin.buffer, sys.argv[1], sys.argv[2], sys.stdout.buffer)
