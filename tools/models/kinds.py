"""The kind of a model file, by its content or else by its name. Unknown files are refused.

python tools models.kinds PATH    print it
"""

from __future__ import annotations

import sys
from pathlib import Path

from tools.models import huggingface
from tools.models.reading import Refused, told

# The names of the kinds, which are also those of their readers.
XGBOOST, LIGHTGBM, ONNX, LITERT, SKLEARN = "xgboost", "lightgbm", "onnxruntime", "litert", "sklearn"
TORCH, KERAS = "torch", "keras"
HUGGINGFACE = "huggingface"
CATBOOST = "catboost"
FOLDER = "folder"
TAKEN = (
    "XGBoost .json and .ubj, LightGBM .txt, CatBoost .cbm, .onnx, .tflite, scikit-learn .skops, .joblib and .pkl, "
    "PyTorch .pt2, .pt and .pth, Keras .keras and .h5, a SavedModel, a folder of Hugging Face, or a model folder"
)

_LATER = {
    ".model": ("XGBoost in its old binary form", "write it with booster.save_model('model.ubj')"),
    ".bin": (
        "of no kind that its name tells",
        "of XGBoost, write it with save_model('model.ubj'); of Hugging Face, give its folder; else export it to .onnx",
    ),
    ".safetensors": ("weights alone", "give the folder of Hugging Face that it is of, or export the model to .onnx"),
}


def of(file: Path) -> str:
    with file.open("rb") as opened:
        head = opened.read(4096)
    if head[4:8] == b"TFL3":
        return LITERT
    if head.startswith(b"CBM1"):
        return CATBOOST
    if head.startswith(b"tree\n") or head.startswith(b"tree\r\n"):
        return LIGHTGBM
    if file.suffix == ".ubj" or (file.suffix == ".json" and b'"learner"' in head):
        return XGBOOST
    if file.suffix == ".onnx":
        return ONNX
    if file.suffix in (".skops", ".joblib", ".pkl", ".pickle"):
        return SKLEARN
    if file.suffix in (".pt", ".pth", ".pt2"):
        return TORCH
    if file.suffix in (".keras", ".h5", ".hdf5"):
        return KERAS
    raise _refused(file, head)


def main(path: Path) -> str:
    if not path.is_dir():
        return of(path)
    if not (path / "Dockerfile").is_file() or not (path / "app" / "main.py").is_file():
        if huggingface.is_one(path):
            huggingface.task(path)
            return HUGGINGFACE
        if (path / "saved_model.pb").is_file():
            return KERAS
        raise of_folder(path)
    return FOLDER


def of_folder(folder: Path) -> Refused:
    """The refusal of a folder that is no model folder."""
    return Refused(
        f"{folder} is not a model folder", "it holds no Dockerfile and no app/main.py", f"--from takes {TAKEN}"
    )


def _refused(file: Path, head: bytes) -> Refused:
    if file.suffix in _LATER:
        what, then = _LATER[file.suffix]
        return Refused(f"{file.name} is {what}, and that is not taken yet", "", then)
    if file.suffix == ".json":
        return Refused(
            f"{file.name} is no model of XGBoost",
            'it has no "learner"; a configuration, or the file of another program' if head else "it is empty",
            "give the file that booster.save_model('model.json') wrote",
        )
    if file.suffix == ".cbm":
        return Refused(
            f"{file.name} is no model of CatBoost", "", "give the file that model.save_model('model.cbm') wrote"
        )
    return Refused(f"cannot tell what {file.name} is", "", f"--from takes {TAKEN}")


if __name__ == "__main__":
    with told():
        print(main(Path(sys.argv[1])))
