"""Writes the files of a new model folder, except its events."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
# LightGBM finds OpenMP there: building/trim.sh.
_LIBRARIES = "PYTHONPATH=/opt/python:/var/task LD_LIBRARY_PATH=/opt/python/lightgbm/lib"


def weights_beside(model: Path) -> list[Path]:
    """The files with large weights of an ONNX model. They must stay beside the model, which refers to them by name."""
    if model.suffix != ".onnx":
        return []
    content = model.read_bytes()
    others = [path for path in model.parent.iterdir() if path.is_file() and path != model]
    return sorted(path for path in others if path.name.encode() in content)


def write(folder: Path, runtime: str, model: Path, model_file: str, source: str, readme: str) -> None:
    for name in ("app", "model"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    place = folder / "model" / model_file
    # A converted model is in its place already, with its other files.
    if model != place:
        shutil.copyfile(model, place)
        for beside in weights_beside(model):
            shutil.copyfile(beside, folder / "model" / beside.name)
    (folder / "app" / "__init__.py").touch()
    (folder / "app" / "main.py").write_text(source)
    (folder / "README.md").write_text(readme)
    dockerfile = (ROOT / "building" / "Dockerfile").read_text()
    if runtime == "lightgbm":
        dockerfile = dockerfile.replace("PYTHONPATH=/opt/python:/var/task", _LIBRARIES)
    (folder / "Dockerfile").write_text(dockerfile)
    for ending in ("in", "txt"):
        shutil.copyfile(ROOT / "building" / "runtimes" / f"{runtime}.{ending}", folder / f"requirements.{ending}")
