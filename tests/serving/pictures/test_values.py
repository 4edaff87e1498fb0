"""The numbers that a network takes are those of the pixels, and probabilities add up to one."""

from __future__ import annotations

from array import array

import pytest

from serving.pictures.preprocessing import Preprocessing
from serving.pictures.values import floats, softmax

HOW = Preprocessing(2, 1, 1, mean=(10.0, 20.0, 30.0), std=(2.0, 4.0, 5.0))
PIXELS = bytes([10, 24, 40, 255, 0, 30, 12, 20, 35])


def test_each_colour_is_shifted_and_scaled_by_its_own_numbers() -> None:
    assert array("f", floats(PIXELS, HOW)).tolist() == pytest.approx([0, 1, 2, 122.5, -5, 0, 1, 0, 1], abs=1e-5)
    planes = array("f", floats(PIXELS, HOW, planar=True)).tolist()
    assert planes == pytest.approx([0, 122.5, 1, 1, -5, 0, 2, 0, 1], abs=1e-5)


def test_probabilities_add_up_to_one_however_large_the_numbers() -> None:
    assert softmax([0.0, 0.0]) == [0.5, 0.5]
    assert softmax([1000.0, 1001.0]) == pytest.approx([0.2689414, 0.7310586])
