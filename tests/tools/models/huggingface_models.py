"""Tiny networks of transformers with weights by chance, saved as people save them; and what the framework says.

    write FOLDER                   a folder for each kind of network and of tokenizer
    encode FOLDER < TEXTS          vectors of sentence-transformers, as JSON
    ask FOLDER STARTED < TEXTS     the obvious way: seconds to the first answer, and of each later
    poison FILE OTHER              weights which, when they are read as a pickle, write OTHER

It runs with the framework, which the tests do without.
"""
# mypy: ignore-errors

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

from tools.models.readers import texts

SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
SIZES = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
SHORTENED = {"max_position_embeddings": 66, "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2}
# What one network calls otherwise than the others.
OTHERS: dict[str, dict[str, Any]] = {
    "albert": {"embedding_size": 16},
    "deberta-v2": {"relative_attention": True, "pos_att_type": ["p2c", "c2p"], "position_buckets": 16},
    "distilbert": {"dim": 32, "n_layers": 2, "n_heads": 2, "hidden_dim": 64},
    "electra": {"embedding_size": 16},
}
# Of each way to make tokens, the networks that it is tried with.
TOKENIZERS = {"byte-level": ("roberta", "mpnet"), "unigram": ("xlm-roberta", "camembert", "deberta-v2", "albert")}


def tokenizer(way: str) -> Any:
    if way == "unigram":
        made = Tokenizer(models.Unigram())
        made.pre_tokenizer, made.normalizer = pre_tokenizers.Metaspace(), normalizers.NFKC()
        trainer: Any = trainers.UnigramTrainer(vocab_size=1000, special_tokens=SPECIAL, unk_token="<unk>")
    elif way == "byte-level":
        made = Tokenizer(models.BPE())
        made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(vocab_size=1000, special_tokens=SPECIAL, initial_alphabet=alphabet)
    else:
        made = Tokenizer(models.WordPiece(unk_token="<unk>"))
        made.pre_tokenizer, made.normalizer = pre_tokenizers.BertPreTokenizer(), normalizers.BertNormalizer()
        trainer = trainers.WordPieceTrainer(vocab_size=1000, special_tokens=SPECIAL)
    made.train_from_iterator(texts.chosen(), trainer)
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=made,
        bos_token="<s>",
        eos_token="</s>",
        cls_token="<s>",
        sep_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        mask_token="<mask>",
        model_max_length=64,
    )


def configured(kind: str, words: Any, **more: Any) -> Any:
    settings = {**SIZES, **SHORTENED, **OTHERS.get(kind, {}), **more, "vocab_size": len(words)}
    return transformers.AutoConfig.for_model(kind, **settings)


def write(to: Path) -> None:
    from tools.models.huggingface import ENCODERS

    torch.manual_seed(0)
    for kind in ENCODERS:
        way = next((way for way, kinds in TOKENIZERS.items() if kind in kinds), "words")
        words = tokenizer(way)
        network = transformers.AutoModel.from_config(configured(kind, words))
        save_vectors(to / kind, network, words, "mean", normalize=True)
    words = tokenizer("words")
    network = transformers.AutoModel.from_config(configured("bert", words))
    save_vectors(to / "cls", network, words, "cls", normalize=False)
    save_vectors(to / "dense", network, words, ("mean", "max"), normalize=True, dense=8)
    for name, kind, more in (
        ("classes", "distilbert", {"id2label": {0: "bad", 1: "so-so", 2: "good"}}),
        ("labels", "roberta", {"num_labels": 3, "problem_type": "multi_label_classification"}),
    ):
        classifier = transformers.AutoModelForSequenceClassification.from_config(configured(kind, words, **more))
        spread(classifier)
        classifier.save_pretrained(to / name)
        words.save_pretrained(to / name)
    # As it was written for years.
    folder = to / "pickled"
    classifier.save_pretrained(folder)
    words.save_pretrained(folder)
    torch.save(classifier.state_dict(), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()


def spread(network: Any) -> None:
    """As they are made, weights are so small that every text gets about the same."""
    with torch.no_grad():
        for weights in network.parameters():
            if weights.dim() > 1:
                weights.mul_(4)


def save_vectors(to: Path, network: Any, words: Any, pooling: Any, *, normalize: bool, dense: int = 0) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Dense, Normalize, Pooling, Transformer

    spread(network)
    network.save_pretrained(to.with_suffix(".plain"))
    words.save_pretrained(to.with_suffix(".plain"))
    modules: list[Any] = [Transformer(str(to.with_suffix(".plain")))]
    modules.append(Pooling(modules[0].get_word_embedding_dimension(), pooling))
    if dense:
        modules.append(Dense(modules[1].get_sentence_embedding_dimension(), dense))
    SentenceTransformer(modules=modules + [Normalize()] * normalize, device="cpu").save(str(to))


def encode(folder: Path, given: list[str]) -> None:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    json.dump(model.encode(given, show_progress_bar=False).tolist(), sys.stdout)


def ask(folder: Path, given: list[str], started: float) -> None:
    """As the model's card says, of which this is the shortest form."""
    words = transformers.AutoTokenizer.from_pretrained(folder)
    network = transformers.AutoModel.from_pretrained(folder)
    seconds = []
    for text in given:
        tokens = words(text, padding=True, truncation=True, return_tensors="pt")
        with torch.no_grad():
            vectors = network(**tokens)[0]
        mask = tokens["attention_mask"].unsqueeze(-1).float()
        mean = (vectors * mask).sum(1) / mask.sum(1)
        json.dumps(torch.nn.functional.normalize(mean, dim=1).tolist())
        seconds.append(time.time() - started)
        started = time.time()
    json.dump(seconds, sys.stdout)


class Poison:
    def __init__(self, file: str) -> None:
        self.file = file

    def __reduce__(self) -> Any:
        return open, (self.file, "w")


if __name__ == "__main__":
    command, where, *rest = sys.argv[1:]
    if command == "write":
        write(Path(where))
    elif command == "encode":
        encode(Path(where), json.load(sys.stdin))
    elif command == "poison":
        torch.save({"weight": Poison(rest[0])}, where)
    else:
        ask(Path(where), json.load(sys.stdin), float(rest[0]))
