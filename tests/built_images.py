"""Images of the model folders, for either architecture and by either builder, without a registry."""

from __future__ import annotations

import functools
import io
import os
import platform
import subprocess
from pathlib import Path

from pipeline_runs import MAIN_HOME
from tools.images import context, root_image, weights, wheels

STAND_IN = "pipeline/stand-in:python3.11-bookworm"
STAND_INS = {"x86_64": STAND_IN, "arm64": f"{STAND_IN}-arm64"}
HOST = "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
# The wheels of frameworks are too large to fetch twice.
CACHE = MAIN_HOME / "cache"


def arguments(folder: Path, architecture: str) -> list[str]:
    base = [f"BASE_IMAGE={STAND_IN}", f"RUN_IMAGE={STAND_INS[architecture] if architecture != HOST else STAND_IN}"]
    return [*base, "BACKEND=fast", f"MODEL_NAME={folder.name}"]


def _context_of(folder: Path, architecture: str) -> bytes:
    """The build context, with the weights that ship with the folder."""
    chosen = CACHE / "weights" / folder.name if (folder / "weights.toml").exists() else None
    if chosen:
        weights.from_catalogue(folder, CACHE, chosen, weights.shipped(folder))
    packages = wheels.fetch(context.lock(folder, "fast"), architecture, CACHE)
    framework = wheels.fetch(folder / context.EXPORT, HOST, CACHE) if context.exports(folder) else None
    archive = io.BytesIO()
    settings = [*arguments(folder, architecture), f"ARCHITECTURE={architecture}"]
    context.archive(archive, folder, settings, packages, framework, chosen)
    return archive.getvalue()


@functools.cache
def build(folder: Path, architecture: str, *, buildkit: bool, client: str = "docker") -> str:
    """Build it and return the image's id. The builders do not share a cache, so each builds everything."""
    host, target = (root_image.ARCHITECTURES[name] for name in (HOST, architecture))
    told = [f"BUILDPLATFORM=linux/{host}", *arguments(folder, architecture)]
    command = [client, "build", "--quiet", *(word for argument in told for word in ("--build-arg", argument))]
    if buildkit:
        command += ["--platform", f"linux/{target}"]
    done = subprocess.run(
        [*command, "-"],
        input=_context_of(folder, architecture),
        capture_output=True,
        env=os.environ | {"DOCKER_BUILDKIT": str(int(buildkit)), "BUILDX_NO_DEFAULT_ATTESTATIONS": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().split()[-1]
