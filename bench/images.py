"""The images to compare: the naive ones, built here, and ours, built by the pipeline.

Both sides get the same model: the default weights of weights.toml if they can be downloaded, or else random ones of
the same architecture, which the naive folder's `weights.py` makes in the naive image.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import engine, picture

ROOT = Path(__file__).resolve().parent.parent
TOOL = (sys.executable, str(ROOT / "tools"))
NAIVE = ROOT / "bench" / "naive"
HOME = Path(os.environ.get("PIPELINE_HOME", ROOT / ".pipeline"))
CACHE = HOME / "cache" / "bench"
STAND_IN = "pipeline/stand-in:python3.11-bookworm"
ARCHITECTURE = "x86_64"
# The longest name of a project: lib/steps/names.sh.
LONGEST_NAME = 24
# The exit status of tools/images/weights.py for weights that cannot be downloaded.
UNAVAILABLE = 3
# Files for people and for the bench, which do not go into an image.
NOT_IN_IMAGES = {"bounds.toml", "request.json", "requirements.in", "weights.py"}


class BuildError(Exception):
    """An image cannot be built; the message says why."""


@dataclass(frozen=True)
class Weights:
    """The model that both sides get: one file, or else the contents of the folder's model/."""

    told: str  # for people
    file: Path | None = None
    labels: Path | None = None
    is_from_catalogue: bool = False


def folders() -> list[str]:
    """The model folders with a naive twin to compare them with."""
    return sorted(path.parent.name for path in NAIVE.glob("*/Dockerfile") if path.parent.name != "empty")


def has_twin(folder: str) -> bool:
    """Whether there is a naive twin. Examples are given by name, other folders by path."""
    return folder in folders()


def base_images() -> tuple[str, str]:
    """The images to build in and to run in, chosen as in the pipeline."""
    base = os.environ.get("BASE_IMAGE", "python:3.11-buster")
    if not engine.has_image(base) and engine.has_image(STAND_IN):
        base = STAND_IN
    twin = re.fullmatch(r"((?:.+/)?python):([0-9.]+)-([a-z]+)", base)
    return base, f"{twin[1]}:{twin[2]}-slim-{twin[3]}" if twin else base


def _arguments() -> list[str]:
    base, run = base_images()
    return [f"BASE_IMAGE={base}", f"RUN_IMAGE={run}"]


def naive(folder: str, weights: Weights | None = None) -> str:
    """The image of a naive folder. Its tag depends on its sources."""
    return built(NAIVE / folder, _model_files(folder, weights))


def weights(folder: str) -> Weights:
    """The folder's default weights, or random ones of the same shape."""
    if not (NAIVE / folder / "weights.py").exists():
        return Weights("the folder's own model")
    name = _default_weights(folder)
    chosen = CACHE / "weights" / folder
    command = [
        *TOOL,
        "images.weights",
        str(ROOT / folder),
        str(HOME / "cache"),
        str(chosen),
    ]
    done = subprocess.run([*command, name], capture_output=True, text=True, check=False)
    if done.returncode == 0:
        file = json.loads((chosen / "weights.json").read_text())["file"]
        return Weights(f"weights {name}", chosen / file, chosen / "labels.txt", is_from_catalogue=True)
    if done.returncode != UNAVAILABLE:
        raise BuildError(f"the weights of {folder}: {done.stderr.strip()[-1000:]}")
    file = _random_weights(folder)
    labels = ROOT / folder / "weights" / "imagenet.labels.txt"
    return Weights(f"random weights in the shape of {name}, which cannot be downloaded here", file, labels)


def _default_weights(folder: str) -> str:
    lines = (ROOT / folder / "model.env").read_text().splitlines()
    return next(line.removeprefix("WEIGHTS=") for line in lines if line.startswith("WEIGHTS="))


def _random_weights(folder: str) -> Path:
    """Make random weights in the naive image, because only that has the framework."""
    program = NAIVE / folder / "weights.py"
    seen = picture.cached(CACHE)
    image = built(NAIVE / folder, {}, "packages")
    kept = CACHE / f"random-{_digest([program, seen], image)}"
    if not kept.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as partial:
            made = Path(partial) / "made"
            made.mkdir()
            mounts = [f"{program}:/weights.py:ro", f"{seen}:/picture.jpg:ro", f"{made}:/made"]
            words = [word for mount in mounts for word in ("--volume", mount)]
            command = ["python3", "/weights.py", "/picture.jpg", "/made"]
            engine.run("run", "--rm", "--network", "none", *words, image, *command)
            made.rename(kept)
    [file] = kept.iterdir()
    return file


def ours(folder: str, weights: Weights, **chosen: str) -> str:
    """The image of a model folder, built by the pipeline under a project name of the bench's own."""
    project = f"bench-{Path(folder).name}"[:LONGEST_NAME].rstrip("-")
    environment = os.environ | {"PROJECT_LAMBDA": project, "NO_COLOR": "1"} | chosen
    if weights.file and not weights.is_from_catalogue:
        environment |= {"WEIGHTS_FILE": str(weights.file), "LABELS_FILE": str(weights.labels)}
    command = ["bash", str(ROOT / "pipeline.sh"), "-s", "local", "-r", "-p", str(ROOT / folder)]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(f"{' '.join(command[1:])}\n{done.stderr.strip()[-2000:]}")
    # The pipeline prints the name of the image that it built or found.
    found = re.search(rf"\b{re.escape(project)}:([0-9a-f]{{20}})\b", done.stderr)
    if not found:
        raise BuildError(f"the pipeline names no image:\n{done.stderr.strip()[-2000:]}")
    port = subprocess.run(
        [*TOOL, "local_aws.process", "port"],
        env=os.environ | {"PIPELINE_HOME": str(HOME)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    image = f"localhost:{port}/{project}-local:{found[1]}"
    if not engine.has_image(image):
        engine.run("pull", "--quiet", image)
    return image


def size(image: str) -> int:
    """The size of the image as pushed, without the base's layers. Cached, because it takes a while."""
    identity = engine.inspect(image)["Id"].removeprefix("sha256:")
    kept = CACHE / "sizes" / identity
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        counted = str(engine.compressed_size(image, base_images()[1]))
        partial = kept.with_suffix(".partial")
        partial.write_text(counted)
        partial.rename(kept)
    return int(kept.read_text())


def _model_files(folder: str, weights: Weights | None) -> dict[str, Path]:
    if folder == "empty":
        return {}
    if weights is None or weights.file is None:
        model = ROOT / folder / "model"
        return {f"model/{path.name}": path for path in sorted(model.iterdir())}
    assert weights.labels
    return {f"model/{weights.file.name}": weights.file, "model/labels.txt": weights.labels}


def built(here: Path, model: dict[str, Path], target: str | None = None) -> str:
    sources = {path.name: path for path in sorted(here.iterdir()) if path.is_file() and path.name not in NOT_IN_IMAGES}
    sources |= model
    if target == "packages":
        del sources["app.py"]
    image = f"bench/naive-{here.name}:{_digest([*sources.values()], target or '', *_arguments())}"
    if not engine.has_image(image):
        wheels = _wheels(here / "requirements.txt")
        with _context(sources, wheels) as context:
            engine.build(context, image, _arguments(), target)
    return image


def _wheels(requirements: Path) -> Path:
    command = [
        *TOOL,
        "images.wheels",
        str(requirements),
        ARCHITECTURE,
        str(HOME / "cache"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(f"cannot fetch the wheels of {requirements}\n{done.stderr.strip()[-1000:]}")
    return Path(done.stdout.strip())


@contextmanager
def _context(sources: dict[str, Path], wheels: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="bench-") as made:
        context = Path(made)
        (context / "model").mkdir()
        for name, path in sources.items():
            shutil.copyfile(path, context / name)
        shutil.copytree(wheels, context / "wheels")
        yield context


def _digest(files: list[Path], *words: str) -> str:
    content = hashlib.sha256("\0".join(words).encode())
    for path in files:
        content.update(f"\0{path.name}\0".encode())
        content.update(hashlib.sha256(path.read_bytes()).digest())
    return content.hexdigest()[:20]
