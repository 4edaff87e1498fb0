"""Decides whether JPEGs may be decoded at a fraction of their size, which saves more time than the network takes.

That depends on the weights, so it is measured with the chosen weights: the answers must match those of full decoding,
on pictures of the kind that the weights know, at many sizes.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from exporting import pictures
from serving.pictures import decoding
from serving.pictures.decoding import Preprocessing

TOLERANCE = 0.01


def holds(answer: Callable[[bytes], Sequence[float]], how: Preprocessing, folder: Path) -> bool:
    """Whether the best class is the same, and probabilities are within 0.01, for every picture at every size."""
    for name, content in pictures.at_many_sizes(folder):
        quick, exact = (answer(decoding.pixels(content, how, field=name, exact=exactly)) for exactly in (False, True))
        if not _are_alike(quick, exact):
            return False
    return True


def _are_alike(quick: Sequence[float], exact: Sequence[float]) -> bool:
    best = [max(range(len(scores)), key=scores.__getitem__) for scores in (quick, exact)]
    return best[0] == best[1] and all(abs(a - b) <= TOLERANCE for a, b in zip(quick, exact, strict=True))
