"""Whether the scale trick is used is measured when an image is built."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from exporting import scaling
from exporting.chosen import PICTURES
from serving.pictures.decoding import Preprocessing

HOW = Preprocessing(48, 48, 48)


def steep(steepness: float) -> Callable[[bytes], Sequence[float]]:
    """A network whose answer follows how light a picture is on average."""

    def answer(pixels: bytes) -> Sequence[float]:
        mean = sum(pixels) / len(pixels)
        return 0.5 + mean * steepness % 0.5, 0.0

    return answer


@pytest.mark.parametrize("kind", [folder.name for folder in PICTURES.iterdir() if folder.is_dir()])
def test_the_trick_is_used_where_it_changes_no_answer(kind: str) -> None:
    assert scaling.holds(steep(1e-6), HOW, PICTURES / kind)
    assert not scaling.holds(steep(10.0), HOW, PICTURES / kind)


def test_another_best_class_is_another_answer() -> None:
    calls = iter(range(1000))

    def torn(_: bytes) -> Sequence[float]:
        return (0.5, 0.501) if next(calls) % 2 else (0.501, 0.5)

    assert not scaling.holds(torn, HOW, PICTURES / "digits")
