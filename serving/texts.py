"""Text models: the request types, the tokenizer and the network.

    def load() -> texts.Network:
        return texts.Network(FOLDER)            # tokenizer.json and model.onnx

    model.run(["A text.", "Another."])          # a tensor for each text, and the total number of tokens

Embeddings are served in two forms: as lists of numbers, and in the format of OpenAI's API.
"""

from binascii import b2a_base64
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from msgspec import Meta
from tokenizers import Tokenizer

from serving.requests.errors import Invalid
from serving.runtimes.onnxruntime import Session
from serving.runtimes.session import Tensor

# The tokenizer reads the whole text before truncating it: a million characters take two seconds.
_LONGEST, _LONGEST_TOGETHER = 100_000, 1_000_000
# The vectors of more texts would exceed 6 MB, Lambda's limit for an answer.
_MOST = 500
# The most tokens per batch, padding included. Larger batches use more memory and are no faster.
_AT_ONCE = 4096

Text = Annotated[str, Meta(max_length=_LONGEST)]
Texts = Annotated[list[Text], Meta(min_length=1, max_length=_MOST)]


class Query(msgspec.Struct, forbid_unknown_fields=True):
    """A text, or several."""

    input: Annotated[Text | Texts, Meta(description="A text, or a list of them")]


class Found(NamedTuple):
    """The network's output for each text, and the total number of tokens."""

    rows: list[Tensor]
    tokens: int


class Network:
    """A tokenizer, and a network that takes its tokens and returns one row of numbers for each text."""

    def __init__(self, folder: str) -> None:
        self._tokenizer = Tokenizer.from_file(folder + "tokenizer.json")
        # Padding is done here, not by the tokenizer, so that texts of similar length can share a batch.
        # A file that says nothing about it is padded with zeros, which the mask hides.
        padding = self._tokenizer.padding or {}
        self._filling = {name: padding[name] for name in ("pad_id", "pad_type_id", "pad_token") if name in padding}
        self._tokenizer.no_padding()
        self._session = Session(folder + "model.onnx")

    @property
    def width(self) -> int:
        return self._session.outputs[0].shape[-1]

    def run(self, texts: Sequence[str]) -> Found:
        tokens = [self._tokenizer.encode(text) for text in texts]
        lengths = [len(each) for each in tokens]
        rows: dict[int, Tensor] = {}
        for places in _batches(lengths):
            for place in places:
                tokens[place].pad(lengths[places[-1]], **self._filling)
            rows.update(zip(places, self._computed([tokens[place] for place in places]), strict=True))
        return Found([rows[place] for place in range(len(texts))], sum(lengths))

    def _computed(self, tokens: list[Any]) -> Iterator[Tensor]:
        sides = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}
        shape = (len(tokens), len(tokens[0]))
        given = [
            Tensor.of(wanted.element, shape, chain.from_iterable(getattr(each, sides[wanted.name]) for each in tokens))
            for wanted in self._session.inputs
        ]
        [found] = self._session.run(given)
        size = len(found.memory) // len(tokens)
        for start in range(0, len(found.memory), size):
            yield Tensor(found.element, found.shape[1:], found.memory[start : start + size])


def listed(query: Query) -> list[str]:
    texts = [query.input] if isinstance(query.input, str) else query.input
    if sum(map(len, texts)) > _LONGEST_TOGETHER:
        message = f"input must be at most {_LONGEST_TOGETHER:,} characters in all: send some of the texts at a time."
        raise Invalid(message, field="input", code="wrong_length")
    return texts


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Indices of the texts of each batch: texts of similar length, the longest of each batch last."""
    batch: list[int] = []
    for place in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[place] > _AT_ONCE:
            yield batch
            batch = []
        batch.append(place)
    yield batch


# --- embeddings -----------------------------------------------------------------------------------


class Usage(msgspec.Struct):
    prompt_tokens: Annotated[int, Meta(description="The tokens of all texts, after truncation")]
    total_tokens: int


class Embeddings(msgspec.Struct):
    embeddings: Annotated[list[list[float]], Meta(description="A vector for each text")]
    usage: Usage


def embeddings(model: Network, query: Query) -> Embeddings:
    rows, tokens = model.run(listed(query))
    return Embeddings([row.nested() for row in rows], Usage(tokens, tokens))


class OpenAIQuery(Query, forbid_unknown_fields=True):
    """The request that `client.embeddings.create` sends."""

    model: Annotated[
        str, Meta(max_length=200, description="Any text, repeated in the answer: there is only one model here")
    ] = ""
    encoding_format: Annotated[
        Literal["float", "base64"], Meta(description="base64 stands for little-endian 32-bit floats")
    ] = "float"
    dimensions: Annotated[
        Annotated[float, Meta(ge=1, multiple_of=1)] | None,
        Meta(description="The length of a vector. Only the model's own is accepted"),
    ] = None
    user: Annotated[Annotated[str, Meta(max_length=1000)] | None, Meta(description="Ignored")] = None


class Embedding(msgspec.Struct):
    index: int
    embedding: list[float] | str
    object: Literal["embedding"] = "embedding"


class OpenAIAnswer(msgspec.Struct):
    data: list[Embedding]
    model: str
    usage: Usage
    object: Literal["list"] = "list"


def openai(model: Network, query: OpenAIQuery) -> OpenAIAnswer:
    """POST /v1/embeddings."""
    if query.dimensions not in (None, model.width):
        raise Invalid(f"dimensions can only be {model.width}: the model has no others.", field="dimensions")
    rows, tokens = model.run(listed(query))
    data = [Embedding(place, _written(row, query.encoding_format)) for place, row in enumerate(rows)]
    return OpenAIAnswer(data, query.model, Usage(tokens, tokens))


def _written(row: Tensor, form: str) -> list[float] | str:
    if form == "float":
        numbers: list[float] = row.nested()
        return numbers
    return b2a_base64(row.memory, newline=False).decode()
