"""Turns a folder of Hugging Face into ONNX and a tokenizer, and gets the framework's results for some texts.

    python tools models.readers.huggingface FOLDER < REQUEST    print a reading, as JSON

REQUEST is {"to", "texts"}: model.onnx and tokenizer.json appear in the folder `to`. Weights and tokenizers are data;
code that a folder may hold is not run.
"""

from __future__ import annotations

import logging
import os
import warnings
from pathlib import Path
from typing import Any

# No lookups on the network.
os.environ |= {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", "TRANSFORMERS_VERBOSITY": "error"}

import torch
import transformers

from tools.models import huggingface
from tools.models.readers import digits, huggingface_export, program, texts
from tools.models.reading import Reading, Refused, Texts


def read(folder: Path, request: Any) -> Reading:
    given, to = request["texts"] or texts.chosen(), Path(request["to"])
    reader = {"embeddings": _embeddings, "classification": _classification}[huggingface.task(folder)]
    try:
        with warnings.catch_warnings(), torch.inference_mode():
            warnings.simplefilter("ignore")
            return reader(folder, given, to)
    except Refused:
        raise
    except Exception as error:  # whatever the framework raises: it is the folder that it cannot take
        why = f"{type(error).__name__}: {error}".strip().splitlines()[0]
        raise Refused(f"{folder} does not work with transformers {transformers.__version__}", why, "") from None


def _embeddings(folder: Path, given: list[str], to: Path) -> Texts:
    # The import takes a second, and classifiers do not need it.
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True).eval()
    vectors = model.encode(given, convert_to_numpy=True, show_progress_bar=False)
    tokenizer, longest = model.tokenizer, model.max_seq_length
    written = Written(tokenizer, longest, to)
    huggingface_export.write(
        huggingface_export.Vectors(folder, list(model)[1:]), written.inputs, "embeddings", to / "model.onnx"
    )
    return Texts(
        runtime="onnxruntime-texts",
        summary=f"{_name(folder)}, a vector of {vectors.shape[1]} numbers for each text",
        gets="vector",
        longest=longest,
        texts=given,
        answers=digits.rounded(vectors),
        tokens=written.count(given),
    )


def _classification(folder: Path, given: list[str], to: Path) -> Texts:
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder, local_files_only=True).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    longest = _longest(model, tokenizer)
    is_many = model.config.problem_type == "multi_label_classification"
    shares = []
    for text in given:
        tokens = tokenizer(text, truncation=True, max_length=longest, return_tensors="pt")
        [scores] = model(**tokens).logits
        shares.append((torch.sigmoid(scores) if is_many else torch.softmax(scores, -1)).numpy())
    written = Written(tokenizer, longest, to)
    huggingface_export.write(
        huggingface_export.Shares(folder, is_many=is_many), written.inputs, "probabilities", to / "model.onnx"
    )
    labels = [model.config.id2label[number] for number in range(model.config.num_labels)]
    return Texts(
        runtime="onnxruntime-texts",
        summary=f"{_name(folder)}, {len(labels)} {'labels' if is_many else 'classes'} of texts",
        gets="labels" if is_many else "class",
        # Unnamed classes are called LABEL_0 and so on.
        labels=labels,
        longest=longest,
        texts=given,
        answers=digits.rounded(shares),
        tokens=written.count(given),
    )


class Written:
    """The tokenizer as the framework uses it, in a file, with its settings for truncation and padding."""

    def __init__(self, tokenizer: Any, longest: int, to: Path) -> None:
        self.tokenizer, self.longest = tokenizer, longest
        # In the tokenizer's order; the network goes by name.
        self.inputs = [name for name in tokenizer.model_input_names if name != "special_tokens_mask"]
        if tokenizer.padding_side != "right" or tokenizer.truncation_side != "right":
            raise Refused(
                "a tokenizer that fills up or cuts on the left is not taken", "", "export it to .onnx instead"
            )
        backend = type(tokenizer.backend_tokenizer).from_str(tokenizer.backend_tokenizer.to_str())
        backend.enable_truncation(longest)
        backend.enable_padding(
            pad_id=tokenizer.pad_token_id, pad_type_id=tokenizer.pad_token_type_id, pad_token=tokenizer.pad_token
        )
        to.mkdir(exist_ok=True)
        backend.save(str(to / "tokenizer.json"), pretty=False)

    def count(self, given: list[str]) -> list[int]:
        return [len(each) for each in self.tokenizer(given, truncation=True, max_length=self.longest)["input_ids"]]


def _longest(model: Any, tokenizer: Any) -> int:
    """The number of positions; if they are counted from the padding index on, those before are unusable."""
    places = model.config.max_position_embeddings
    table = next((module for name, module in model.named_modules() if name.endswith("position_embeddings")), None)
    filling = getattr(table, "padding_idx", None)
    return int(min(tokenizer.model_max_length, places - (filling + 1 if filling is not None else 0)))


def _name(folder: Path) -> str:
    config = transformers.AutoConfig.from_pretrained(folder, local_files_only=True)
    return str((config.architectures or [config.model_type])[0])


logging.disable(logging.WARNING)

if __name__ == "__main__":
    program.run(read)
