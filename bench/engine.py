"""The container engine: the only module here that calls docker."""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

_PIECE = 1 << 20


class EngineError(Exception):
    """A docker command failed. The message has the last lines of its output."""


def run(*arguments: str, stdin: IO[bytes] | int = subprocess.DEVNULL) -> str:
    environment = os.environ | {"DOCKER_BUILDKIT": os.environ.get("DOCKER_BUILDKIT", has_buildkit())}
    environment["BUILDX_NO_DEFAULT_ATTESTATIONS"] = "1"
    done = subprocess.run(["docker", *arguments], stdin=stdin, capture_output=True, env=environment, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
        raise EngineError("\n".join([f"docker {arguments[0]} failed", *said[-12:]]))
    return done.stdout.decode()


def has_buildkit() -> str:
    found = subprocess.run(["docker", "buildx", "version"], capture_output=True, check=False)
    return "0" if found.returncode else "1"


def has_image(image: str) -> bool:
    return subprocess.run(["docker", "image", "inspect", image], capture_output=True, check=False).returncode == 0


def inspect(image: str) -> Any:
    return json.loads(run("image", "inspect", image))[0]


def logs(container: str) -> str:
    return run("logs", container)


def address(container: str) -> str:
    return run("inspect", "--format", "{{.NetworkSettings.IPAddress}}", container).strip()


def compressed_size(image: str, base: str) -> int:
    """The bytes that pushing the image sends: its layers, each gzipped, without those of its base."""
    own_from = len(inspect(base)["RootFS"]["Layers"])
    if inspect(image)["RootFS"]["Layers"][:own_from] != inspect(base)["RootFS"]["Layers"]:
        raise EngineError(f"{image} is not made from {base}")
    sizes: dict[str, int] = {}
    manifest: Any = None
    with (
        subprocess.Popen(["docker", "save", image], stdout=subprocess.PIPE) as saving,
        tarfile.open(fileobj=saving.stdout, mode="r|") as archive,
    ):
        for member in archive:
            content = archive.extractfile(member) if member.isfile() else None
            if content is None:
                continue
            if member.name == "manifest.json":
                manifest = json.load(content)
            elif member.name.endswith(".tar") or member.name.startswith("blobs/"):
                sizes[member.name] = _gzipped(content)
    if saving.returncode or manifest is None:
        raise EngineError(f"docker save {image} failed")
    return sum(sizes[layer] for layer in manifest[0]["Layers"][own_from:])


def _gzipped(content: IO[bytes]) -> int:
    # Level 6 is what docker push uses.
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    size = 0
    while piece := content.read(_PIECE):
        size += len(packer.compress(piece))
    return size + len(packer.flush())


def build(context: Path, tag: str, arguments: Sequence[str], target: str | None = None) -> None:
    words = [word for argument in arguments for word in ("--build-arg", argument)]
    if target:
        words += ["--target", target]
    run("build", "--force-rm", "--tag", tag, *words, str(context))


@contextmanager
def started(container: str) -> Iterator[Callable[[], str]]:
    """Start the container without waiting for docker to report it; yields a function that returns docker's output."""
    with subprocess.Popen(["docker", "start", container], stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as starting:

        def said() -> str:
            return starting.communicate()[0].decode(errors="replace").strip()

        yield said
