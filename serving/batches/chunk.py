"""The event for one invocation of a batch: which inputs to answer, and where to write the results.

    {"batch": {
        "first": 1200,
        "inputs": {"lines": {"bucket": "b", "key": "k", "start": 0, "end": 81234}},
        "output": {"bucket": "b", "key": "batches/ID/results/000001200.jsonl"}}}

`lines` are lines of JSON, each a request's body; `pieces` are bodies one after another in an object; `objects` are
bodies, one per object. The event is validated like untrusted input, because names of buckets become host names.
"""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from serving.requests.errors import cut

# Up to the largest integer that a float, and so most JSON software, represents exactly.
_Count = Annotated[int, Meta(ge=0, le=2**53)]
_Bucket = Annotated[str, Meta(pattern=r"\A[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\Z")]
_Key = Annotated[str, Meta(min_length=1, max_length=1024)]


class BadChunk(ValueError):
    """An event that looks like a chunk of a batch but is not valid. Retrying does not help."""


class Lines(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The bytes of an object from `start` up to `end`."""

    bucket: _Bucket
    key: _Key
    start: _Count
    end: _Count

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError("`end` must be after `start`")


class Pieces(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    bucket: _Bucket
    key: _Key
    start: _Count
    sizes: Annotated[list[_Count], Meta(min_length=1)]


class Objects(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    bucket: _Bucket
    keys: Annotated[list[_Key], Meta(min_length=1)]


Form = Lines | Pieces | Objects


class Inputs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Exactly one of the three forms."""

    lines: Lines | UnsetType = UNSET
    pieces: Pieces | UnsetType = UNSET
    objects: Objects | UnsetType = UNSET

    def __post_init__(self) -> None:
        if [self.lines, self.pieces, self.objects].count(UNSET) != 2:
            raise ValueError("exactly one of `lines`, `pieces` and `objects` is needed")

    @property
    def form(self) -> Form:
        return next(form for form in (self.lines, self.pieces, self.objects) if form is not UNSET)


class Output(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    bucket: _Bucket
    key: _Key


class Chunk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    # The number of its first input within the batch.
    first: _Count
    inputs: Inputs
    output: Output


def read(event: Any) -> Chunk:
    try:
        chunk = msgspec.convert(event["batch"], Chunk)
        # Fails for lone surrogates, which a string can hold but an object's name cannot.
        msgspec.json.encode(chunk)
    except (msgspec.ValidationError, UnicodeEncodeError) as error:
        raise BadChunk(f"This is not a valid chunk of a batch: {cut(str(error), 300)}") from None
    return chunk
