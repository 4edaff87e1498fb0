"""What a file does not say: given by an option, asked on the terminal, or left at its default."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from tools.models.reading import Picture, Reading, Refused, Table, Tensors, Texts

_TRUTHS = 2
_SOME = 5
# The values of --preprocess; docs/models.md explains them.
WAYS = ("imagenet", "-1..1", "0..1", "0..255", "none")


def labels(reading: Reading, file: str | None, *, ask: bool) -> list[str]:
    """The names of a classifier's classes, in their order; empty if unknown."""
    count = classes(reading)
    is_picture = isinstance(reading, Tensors) and reading.picture is not None
    known = reading.labels
    if is_picture and len(known) not in (count, count - 1):
        known = []
    # transformers gives these names to classes without any.
    known = [] if all(re.fullmatch(r"LABEL_\d+", label) for label in known) else known
    if file:
        found = [line.strip() for line in Path(file).read_text().splitlines() if line.strip()]
        _check(found, count, file, is_picture=is_picture)
        return found
    if known or not ask or not count:
        return known
    while True:
        typed = answer(f"Names of the {count} classes, in their order, with commas between them [none]: ")
        found = [name.strip() for name in typed.split(",") if name.strip()]
        try:
            if found:
                _check(found, count, "the answer", is_picture=is_picture)
            return found
        except Refused as refused:
            print(f"          {refused.what}: {refused.why}", file=sys.stderr)


def signature(reading: Reading) -> str | None:
    """The signature that the user chooses instead of the default, if the file has several."""
    if not isinstance(reading, Tensors) or len(reading.signatures) < 2:
        return None
    while True:
        typed = answer(f"Which of the signatures {', '.join(reading.signatures)} [{reading.signatures[0]}]: ")
        if typed in ("", *reading.signatures):
            return typed or None


def preprocess(reading: Reading) -> str | None:
    """How pictures are prepared for what looks like a picture classifier, if no option says so: the user may know
    better than the file."""
    if not isinstance(reading, Tensors) or not (reading.picture or _looks_like_pictures(reading)):
        return None
    default = f"as the file says, {written(reading.picture)}" if reading.picture else WAYS[-1]
    while True:
        typed = answer(f"How pictures are prepared for it, {', '.join(WAYS)} [{default}]: ")
        if typed in ("", *WAYS):
            return typed or None


def _looks_like_pictures(reading: Tensors) -> bool:
    given, wanted = reading.inputs, reading.outputs
    if len(given) != 1 or len(wanted) != 1 or wanted[0].element != "float32":
        return False
    sizes = given[0].sizes
    is_picture = len(sizes) == 4 and 3 in (sizes[1], sizes[3]) and given[0].element in ("float32", "uint8")
    return is_picture and len(wanted[0].sizes) == 2


def said(reading: Reading) -> list[str]:
    """What the file itself says, for people."""
    if not isinstance(reading, Tensors) or not reading.picture or not reading.is_said:
        return []
    notes = [f"pictures are prepared as the file says, {written(reading.picture)}"]
    if reading.labels:
        some = ", ".join(reading.labels[:_SOME]) + ", …" * (len(reading.labels) > _SOME)
        notes.append(f"the file names {len(reading.labels)} classes: {some}")
    return notes


def written(picture: Picture) -> str:
    """A text such as (value - 127.5) / 127.5."""
    if len({*picture.mean}) == len({*picture.std}) == 1:
        return f"(value - {picture.mean[0]:g}) / {picture.std[0]:g}"
    mean, std = (", ".join(f"{each:g}" for each in three) for three in (picture.mean, picture.std))
    return f"(value - [{mean}]) / [{std}]"


def classes(reading: Reading) -> int:
    """The number of classes to name; 0 if it is no classifier."""
    if isinstance(reading, Texts):
        return len(reading.labels)
    if not isinstance(reading, Table):
        return len(reading.answers[0]) if reading.picture else 0
    by_kind = {"probability": _TRUTHS, "probabilities": reading.width, "class": reading.classes}
    return by_kind.get(reading.gets, 0)


def _check(found: list[str], count: int, where: str, *, is_picture: bool) -> None:
    if not count:
        raise Refused("the model has no classes to name", "it is no classifier", "leave --labels out")
    # A network may have an extra class for the background, which has no name.
    if len(found) not in (count, count - is_picture):
        raise Refused(
            f"the model has {count} classes", f"{where} has {len(found)}", "give one name a line, in their order"
        )
    # Picture answers are lists, so names may repeat: ImageNet has two cranes. Other answers are keyed by name.
    if len(set(found)) != len(found) and not is_picture:
        raise Refused("two classes have one name", "", f"mend {where}")


def answer(question: str) -> str:
    """Ask on stderr, as stdout is data."""
    print(f"          {question}", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()
