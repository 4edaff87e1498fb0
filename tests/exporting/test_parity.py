"""What is served must answer as the framework does."""

from __future__ import annotations

import pytest

from exporting import parity, pictures

LABELS = ["cat", "dog", "owl"]


def test_the_same_answers_pass() -> None:
    parity.compare("a", [0.7, 0.2, 0.1], [0.7004, 0.1997, 0.0999], LABELS)


def test_of_two_equally_likely_classes_either_may_come_first() -> None:
    parity.compare("a", [0.4, 0.4004, 0.1996], [0.4003, 0.4001, 0.1996], LABELS)


@pytest.mark.parametrize(
    ("got", "said"),
    [
        ([0.7, 0.202, 0.098], "the probability of 'dog' is 0.20000 in the framework and 0.20200 as it is served"),
        ([float("nan"), 0.2, 0.1], "'cat'"),
        ([0.7, 0.3], "gives 3 probabilities, what is served 2"),
    ],
)
def test_another_answer_is_told_apart_and_named(got: list[float], said: str) -> None:
    with pytest.raises(parity.Differs, match=said):
        parity.compare("a", [0.7, 0.2, 0.1], got, LABELS)


def test_an_output_beyond_the_labels_is_called_by_its_number() -> None:
    with pytest.raises(parity.Differs, match="class 3"):
        parity.compare("a", [0.6, 0.2, 0.1, 0.1], [0.6, 0.2, 0.1, 0.2], LABELS)


def test_another_best_class_within_a_wide_tolerance_is_told() -> None:
    with pytest.raises(parity.Differs, match="answers 'cat', what is served 'dog'"):
        parity.compare("a", [0.5, 0.3, 0.2], [0.39, 0.4, 0.21], LABELS, tolerance=0.15)


def test_there_are_real_pictures_and_noise_and_always_the_same() -> None:
    found = dict(pictures.all_kinds())
    assert len([name for name in found if name.endswith(".jpg")]) >= 8
    assert len([name for name in found if name.startswith("noise")]) == 4
    assert found == dict(pictures.all_kinds())
