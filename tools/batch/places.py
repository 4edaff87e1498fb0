"""Where in the bucket the parts of a batch are."""

from __future__ import annotations

BATCHES = "batches/"


def plan(batch: str) -> str:
    return f"{BATCHES}{batch}/plan.json"


def packing(batch: str) -> str:
    """The version that is asked, while there is no plan yet."""
    return f"{BATCHES}{batch}/packing"


def chunks(batch: str) -> str:
    """All of them, one a line, in one JSON list: the items of the Map."""
    return f"{BATCHES}{batch}/chunks.json"


def missing(batch: str) -> str:
    """Those that are still to be done, in the same form."""
    return f"{BATCHES}{batch}/missing.json"


def names(batch: str) -> str:
    """What each input is called, a JSON string a line, where its body does not say it."""
    return f"{BATCHES}{batch}/names"


def pack(batch: str, number: int) -> str:
    return f"{BATCHES}{batch}/input/{number:05d}"


def results(batch: str) -> str:
    return f"{BATCHES}{batch}/results/"


def result(batch: str, first: int) -> str:
    return f"{results(batch)}{first:09d}.jsonl"


def trial(batch: str) -> str:
    """A batch within the batch: its first inputs."""
    return f"{batch}/trial"


def ended(batch: str) -> str:
    """What the Map writes down of its chunks."""
    return f"{BATCHES}{batch}/ended"


def done(batch: str) -> str:
    """Written last, when the results have been put together."""
    return f"{BATCHES}{batch}/done.json"
