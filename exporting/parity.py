"""Compares the answers of an export with those of the framework, both given by the caller for the same picture."""

from collections.abc import Sequence

TOLERANCE = 1e-3


class Differs(Exception):
    """The export answers differently from the framework."""


def compare(
    name: str, wanted: Sequence[float], got: Sequence[float], labels: Sequence[str], tolerance: float = TOLERANCE
) -> None:
    if len(wanted) != len(got):
        raise Differs(f"{name}: the framework gives {len(wanted)} probabilities, what is served {len(got)}")
    # Written so that NaN differs from everything.
    apart = [number for number in range(len(wanted)) if not abs(wanted[number] - got[number]) <= tolerance]
    if apart:
        worst = max(apart, key=lambda number: abs(wanted[number] - got[number]))
        raise Differs(
            f"{name}: the probability of {_named(worst, labels)} is {wanted[worst]:.5f} in the framework and "
            f"{got[worst]:.5f} as it is served, more than {tolerance:g} apart"
        )
    best, served = (max(range(len(scores)), key=scores.__getitem__) for scores in (wanted, got))
    # If two classes are equally likely, either may come first.
    if best != served and wanted[best] - wanted[served] > tolerance:
        raise Differs(f"{name}: the framework answers {_named(best, labels)}, what is served {_named(served, labels)}")


def _named(number: int, labels: Sequence[str]) -> str:
    # A network may have one output more than there are labels.
    return repr(labels[number]) if number < len(labels) else f"class {number}"
