"""Real numbers go into a file of whole ones, and come out, as LiteRT's own interpreter has them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

import tiny_tflite
from serving.runtimes import quantisation
from serving.runtimes.litert import Session
from serving.runtimes.litert_library import Quantisation
from serving.runtimes.quantisation import Pixels, Real
from serving.runtimes.session import Description, Failed, Tensor
from tiny_tflite import Kept

BYTES, SIGNED = Kept("uint8", 0.5, 100), Kept("int8", 0.25, -3)


@pytest.mark.parametrize("given", [BYTES._replace(element="int8", zero_point=-28), BYTES], ids=["int8", "uint8"])
def test_what_is_computed_is_what_the_interpreter_computes(tmp_path: Path, given: Kept) -> None:
    wanted = Kept(given.element, 2.0, 3)
    file = str(tiny_tflite.write(tmp_path / "m.tflite", given, wanted))
    # Beyond what the file can hold, too.
    real = np.random.default_rng(0).normal(scale=60, size=(2, 50, 3)).astype(np.float32)
    limits = np.iinfo(given.element)
    whole = np.clip(np.round(real / 0.5 + 1e-4) + given.zero_point, limits.min, limits.max).astype(given.element)
    runner = Interpreter(file, num_threads=1).get_signature_runner("add")
    found = (runner(a=whole[0], b=whole[1])["result"].astype(float) - wanted.zero_point) * wanted.scale
    session = Real(Session(file))
    assert [each.element for each in (*session.inputs, *session.outputs)] == ["float32"] * 3
    [answer] = session.run([Tensor("float32", (50, 3), table.tobytes()) for table in real])
    assert answer == Tensor.of("float32", (50, 3), found.ravel().tolist())


def test_a_half_goes_away_from_zero_and_what_is_out_of_reach_to_the_end() -> None:
    values = [0.25, -0.25, 0.125, -0.125, 0.124, 1e30, -1e30]
    assert quantisation.whole(values, "int8", Quantisation(0.25, -3)) == [-2, -4, -2, -4, -3, 127, -128]
    assert quantisation.whole(values, "uint8", Quantisation(0.25, 3)) == [4, 2, 4, 2, 3, 255, 0]


@pytest.mark.parametrize("element", ["int8", "uint8", "int16", "uint16", "int32", "uint32"])
def test_whole_numbers_end_where_their_kind_does(element: str) -> None:
    limits = np.iinfo(element)
    assert quantisation.whole([1e30, -1e30], element, Quantisation(1, 0)) == [limits.max, limits.min]


def test_a_model_of_real_numbers_stays_as_it_is(tmp_path: Path) -> None:
    session = Session(str(tiny_tflite.write(tmp_path / "m.tflite")))
    tensor = Tensor.of("float32", (1, 3), [1, 2, 1e30])
    assert Real(session).run([tensor, tensor]) == session.run([tensor, tensor])


def test_whole_numbers_that_stand_for_themselves_stay_as_they_are() -> None:
    assert not quantisation.is_quantised(Description("tokens", "int32", (1, 8)), Quantisation(0, 0))
    assert quantisation.numbers(Tensor("uint8", (2,), bytes([1, 200])), Quantisation(0, 0)) == [1, 200]


def test_an_output_of_real_numbers_is_its_numbers() -> None:
    assert list(quantisation.numbers(Tensor.of("float32", (3,), [0.25, -1, 7]), Quantisation(0, 0))) == [0.25, -1, 7]


@pytest.mark.parametrize(
    ("element", "scale", "zero_point", "mean", "std", "wanted"),
    [
        # Without a scale, or with one for pixels' values, they go in as they are.
        ("uint8", 0.0, 0, 127.5, 127.5, [0, 100, 128, 255]),
        ("int8", 1.0, -128, 0, 1, [-128, -28, 0, 127]),
        # What normalisation and scale make of each other, but for rounding.
        ("uint8", 1 / 128, 128, 127.5, 127.5, [0, 100, 128, 255]),
        ("int8", 1 / 128, 0, 127.5, 127.5, [-128, -28, 0, 127]),
        # By two it is another picture.
        ("uint8", 1 / 128, 126, 127.5, 127.5, [0, 98, 127, 254]),
        ("uint8", 1 / 64, 128, 127.5, 127.5, [64, 114, 128, 192]),
        ("int8", 1 / 255, -128, 127.5, 127.5, [-128, -128, -127, 127]),
    ],
)
def test_pixels_are_what_their_normalised_values_are_kept_as(
    element: str, scale: float, zero_point: int, mean: float, std: float, wanted: list[int]
) -> None:
    prepared = Pixels(element, Quantisation(scale, zero_point), [mean] * 3, [std] * 3)
    found = np.frombuffer(prepared.of(bytes(value for value in (0, 100, 128, 255) for _ in range(3))), element)
    assert found[::3].tolist() == wanted


def test_each_colour_has_its_own_and_may_be_a_plane() -> None:
    how, mean = Quantisation(1 / 64, 0), [0, 64, 128]
    pixels = bytes([64, 64, 128, 128, 128, 192, 0, 65, 129])
    assert list(Pixels("uint8", how, mean, [64] * 3).of(pixels)) == [64, 0, 0, 128, 64, 64, 0, 1, 1]
    assert list(Pixels("uint8", how, mean, [64] * 3, planar=True).of(pixels)) == [64, 128, 0, 0, 64, 1, 0, 64, 1]
    # Planes they are too where all colours have the same.
    assert list(Pixels("uint8", how, [0] * 3, [64] * 3, planar=True).of(pixels)) == [
        *pixels[::3],
        *pixels[1::3],
        *pixels[2::3],
    ]


def test_pictures_of_other_elements_are_refused() -> None:
    with pytest.raises(Failed, match="holds int16; of pictures it can be uint8 or int8"):
        Pixels("int16", Quantisation(1, 0), [0] * 3, [1] * 3)
