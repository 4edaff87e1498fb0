"""A tiny text network and its tokenizer, as `--new` leaves them in model/, made without a framework."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

import tiny_onnx
from tiny_onnx import Node, Value

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "cold", "warm", "day", "##s", "night"]
WIDTH, LONGEST = 4, 8
TABLE = np.random.default_rng(0).normal(size=(len(WORDS), WIDTH)).astype(np.float32)
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
_FLOAT = 1


def write(folder: Path, *, output: str = "embeddings", last: str = "LpNormalization") -> Path:
    """The mean of the tokens' vectors, scaled to length one; or, with Softmax, probabilities of classes.

    It takes BERT's inputs. All tokens of a single text are of type 0, which adds nothing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer().save(str(folder / "tokenizer.json"))
    nodes = [
        Node("Gather", ["table", "input_ids"], ["vectors"]),
        Node("Cast", ["attention_mask"], ["mask"], {"to": _FLOAT}),
        Node("Unsqueeze", ["mask", "last"], ["wide"]),
        Node("Mul", ["vectors", "wide"], ["seen"]),
        Node("Cast", ["token_type_ids"], ["types"], {"to": _FLOAT}),
        Node("Unsqueeze", ["types", "last"], ["wide_types"]),
        Node("Add", ["seen", "wide_types"], ["masked"]),
        Node("ReduceSum", ["masked", "middle"], ["sum"], {"keepdims": 0}),
        Node("ReduceSum", ["mask", "middle"], ["count"]),
        Node("Div", ["sum", "count"], ["mean"]),
        Node(last, ["mean"], [output]),
    ]
    inputs = [Value(name, "int64", ["batch", "tokens"]) for name in INPUTS]
    weights = {"table": TABLE, "last": np.array([2]), "middle": np.array([1])}
    outputs = [Value(output, "float32", ["batch", WIDTH])]
    return tiny_onnx.write(folder / "model.onnx", nodes, inputs, outputs, weights=weights)


def tokenizer() -> Tokenizer:
    vocabulary = {word: place for place, word in enumerate(WORDS)}
    made = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer()
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    made.enable_truncation(LONGEST)
    made.enable_padding(pad_id=0, pad_token="[PAD]")
    return made


def mean(*words: str) -> np.ndarray[Any, np.dtype[np.float32]]:
    """The expected answer for these tokens and the special ones around them, computed with NumPy."""
    return np.asarray(TABLE[[WORDS.index(word) for word in ("[CLS]", *words, "[SEP]")]].mean(0))


def vector(*words: str) -> np.ndarray[Any, np.dtype[np.float32]]:
    found = mean(*words)
    return np.asarray(found / np.linalg.norm(found), np.float32)
