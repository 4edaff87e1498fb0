"""A folder of Hugging Face, as far as its JSON files tell: its task, or why it is refused.

This needs no framework, so that nothing is installed for a folder that is refused.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from tools.models.reading import Refused

Task = Literal["embeddings", "classification"]

# Networks that read a whole text at once; each was tested to become ONNX with the same results.
ENCODERS = (
    "albert",
    "bert",
    "camembert",
    "deberta-v2",
    "distilbert",
    "electra",
    "mpnet",
    "roberta",
    "xlm-roberta",
)
_MOST_SAMPLES = 100
_WEIGHTS = ("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json")
# Supported ways to pool tokens into a vector. Others depend on the prompt, or on the last token, as in a decoder.
_POOLING = ("cls", "max", "mean", "mean_sqrt_len_tokens")
_OLD_POOLING = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
_MODULES = ("Transformer", "Pooling", "Dense", "Normalize")


def is_one(folder: Path) -> bool:
    return (folder / "config.json").is_file()


def task(folder: Path) -> Task:
    """The folder's task; raises if it is refused."""
    config = _read(folder / "config.json", dict)
    _check_network(folder, config)
    _check_files(folder)
    if (folder / "modules.json").is_file():
        _check_modules(folder)
        return "embeddings"
    if any(name.endswith("ForSequenceClassification") for name in config.get("architectures") or ()):
        _check_labels(folder, config)
        return "classification"
    raise Refused(
        f"cannot tell what {folder} is for",
        "it has no modules.json, which says how tokens become a vector, and is no ...ForSequenceClassification",
        "for embeddings save it with SentenceTransformer(model).save(folder), and give that folder",
    )


def request(to: Path, samples: str | None) -> dict[str, Any]:
    """The request to the reader: where to write, and the user's texts, if there are any."""
    return {"to": str(to.resolve()), "texts": _texts(Path(samples)) if samples else []}


def _texts(file: Path) -> list[str]:
    """The texts of a JSON list, or the lines of a file."""
    found = _read(file, list) if file.suffix == ".json" else file.read_text(encoding="utf-8-sig").splitlines()
    if not found or not all(isinstance(text, str) for text in found):
        raise Refused(f"{file} holds no texts", "", "give --samples a file with a text a line, or a JSON list of texts")
    return found[:_MOST_SAMPLES]


def pooling(config: dict[str, Any]) -> list[str]:
    """The pooling modes, by the names that sentence-transformers uses today."""
    said = config.get("pooling_mode")
    if said is None:
        return [name for key, name in _OLD_POOLING.items() if config.get(key)] or ["mean"]
    return [said] if isinstance(said, str) else list(said)


def _check_network(folder: Path, config: dict[str, Any]) -> None:
    kind = config.get("model_type")
    if not isinstance(kind, str):
        raise Refused(
            f"{folder / 'config.json'} names no model_type",
            "Hugging Face's transformers writes one",
            "give the folder that model.save_pretrained(folder) wrote",
        )
    is_decoder = config.get("is_decoder") or config.get("is_encoder_decoder")
    if kind not in ENCODERS or is_decoder:
        why = f"only encoders are: {', '.join(ENCODERS)}"
        if is_decoder:
            why = "its config.json calls it a decoder, and only encoders are"
        then = "export it to .onnx (optimum-cli export onnx) and give that file: then it takes tokens"
        raise Refused(f"{folder} holds a network of the kind {kind}, which is not taken", why, then)


def _check_files(folder: Path) -> None:
    if not (folder / "tokenizer.json").is_file():
        raise Refused(
            f"{folder} has no tokenizer.json",
            "texts become tokens by it, and only by it as they do in the framework",
            f"write it: AutoTokenizer.from_pretrained('{folder}').save_pretrained('{folder}')",
        )
    if not any((folder / name).is_file() for name in _WEIGHTS):
        raise Refused(f"{folder} has no weights", "", "put model.safetensors beside config.json")


def _check_modules(folder: Path) -> None:
    modules = _read(folder / "modules.json", list)
    kinds = [str(module.get("type", "")).rpartition(".")[2] for module in modules]
    ours = [str(module.get("type", "")).startswith("sentence_transformers.") for module in modules]
    if kinds[:2] != ["Transformer", "Pooling"] or not set(kinds) <= set(_MODULES) or not all(ours):
        raise Refused(
            f"the modules of {folder} are not taken",
            f"it has {', '.join(kinds) or 'none'}; a Transformer and a Pooling are, then Dense or Normalize",
            "export it to .onnx and give that file",
        )
    for module, kind in zip(modules, kinds, strict=True):
        if kind == "Pooling":
            _check_pooling(_read(folder / module["path"] / "config.json", dict), folder / module["path"])
    settings = folder / "config_sentence_transformers.json"
    _check_prompt(_read(settings, dict) if settings.is_file() else {}, settings)


def _check_pooling(config: dict[str, Any], folder: Path) -> None:
    others = [name for name in pooling(config) if name not in _POOLING]
    if others or not config.get("include_prompt", True):
        what = f"the pooling {', '.join(others)}" if others else "pooling that leaves the prompt out"
        raise Refused(f"{what} of {folder} is not taken", f"{', '.join(_POOLING)} are", "export it to .onnx instead")


def _check_prompt(settings: dict[str, Any], file: Path) -> None:
    name = settings.get("default_prompt_name")
    if name and (settings.get("prompts") or {}).get(name):
        raise Refused(
            f"{file} puts a prompt before every text ({name}), and that is not taken",
            "",
            'set "default_prompt_name" to null there, and put the prompt before your texts yourself',
        )


def _check_labels(folder: Path, config: dict[str, Any]) -> None:
    labels = config.get("id2label") or {0: "", 1: ""}
    if len(labels) < 2 or config.get("problem_type") == "regression":
        raise Refused(
            f"{folder} gives one number for a text and no class",
            "it rates texts, or pairs of them",
            "export it to .onnx (optimum-cli export onnx) and give that file: then it takes tokens",
        )


def _read(file: Path, kind: type) -> Any:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Refused(f"there is no {file}", "", "give the folder whole") from None
    except ValueError as error:
        raise Refused(f"{file} is not JSON", str(error), "give the folder whole") from None
    if not isinstance(found, kind):
        raise Refused(f"{file} holds something else than is written there", "", "give the folder whole")
    return found
