"""MNIST as it is published and as one file: the same digits, light on dark; what is neither is refused."""

from __future__ import annotations

import argparse
import gzip
import hashlib
import struct
from pathlib import Path

import numpy as np
import pytest

from training import mnist
from training.digits import Digits, mixed, sheet

COUNT = 60


@pytest.fixture
def drawn() -> Digits:
    """Light on dark: a bar each, at another place."""
    pictures = np.zeros((COUNT, 28, 28), np.uint8)
    for number, picture in enumerate(pictures):
        picture[4:24, 4 + number % 20] = 200 + number % 50
    return Digits(pictures, np.arange(COUNT, dtype=np.int64) % 10)


@pytest.fixture
def published(drawn: Digits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The two files in their format; their sums are taken for the published ones."""
    contents = {
        mnist.IMAGES: struct.pack(">IIII", 2051, COUNT, 28, 28) + drawn.pictures.tobytes(),
        mnist.LABELS: struct.pack(">II", 2049, COUNT) + drawn.labels.astype(np.uint8).tobytes(),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(gzip.compress(content))
        monkeypatch.setitem(mnist.SHA256, name, hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    return tmp_path


def are_alike(left: Digits, right: Digits) -> bool:
    return np.array_equal(left.pictures, right.pictures) and np.array_equal(left.labels, right.labels)


def test_the_published_files_are_read(published: Path, drawn: Digits) -> None:
    assert are_alike(mnist.read(published), drawn)


@pytest.mark.parametrize("dark_on_light", [False, True])
def test_one_file_is_read_whichever_of_ink_and_paper_is_lighter(
    tmp_path: Path, drawn: Digits, dark_on_light: bool
) -> None:
    pictures = 255 - drawn.pictures if dark_on_light else drawn.pictures
    np.savez(tmp_path / "mine.npz", images=pictures, labels=drawn.labels.astype(np.uint8))
    assert are_alike(mnist.read(tmp_path / "mine.npz"), drawn)


def test_a_published_file_that_was_changed_is_refused(published: Path) -> None:
    (published / mnist.IMAGES).write_bytes(gzip.compress(b"other"))
    with pytest.raises(ValueError, match=f"{mnist.IMAGES} has the sha256"):
        mnist.read(published)


def test_nothing_is_fetched_unless_that_is_asked_for(
    tmp_path: Path, published: Path, drawn: Digits, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(FileNotFoundError):
        mnist.read(tmp_path / "nothing")
    monkeypatch.setattr(mnist, "PUBLISHED", published.as_uri())
    fetched = tmp_path / "fetched"
    assert are_alike(mnist.read(fetched, download=True), drawn)
    assert are_alike(mnist.read(fetched), drawn)


@pytest.mark.parametrize("content", [b"no archive", b"", b"PK\x03\x04torn"])
def test_what_holds_no_digits_ends_with_a_line(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "mine.npz"
    file.write_bytes(content)
    with pytest.raises(SystemExit, match="gives no digits to learn from"):
        mnist.given(argparse.Namespace(mnist=file, download=False))


def test_those_that_are_held_out_are_not_learnt_from(drawn: Digits) -> None:
    learn, held_out = mnist.split(drawn)
    assert (len(learn.labels), len(held_out.labels)) == (50, 10)
    together = Digits(
        np.concatenate([learn.pictures, held_out.pictures]), np.concatenate([learn.labels, held_out.labels])
    )
    assert sorted(map(bytes, together.pictures)) == sorted(map(bytes, drawn.pictures))
    assert are_alike(mnist.split(drawn)[1], held_out)


def test_small_digits_are_framed_as_the_large_ones(drawn: Digits) -> None:
    small = Digits(np.full((2, 8, 8), 255, np.uint8), np.array([1, 2]))
    found = mixed(drawn, small, 3)
    assert found.pictures.shape == (COUNT + 6, 28, 28)
    assert found.labels[-6:].tolist() == [1, 2, 1, 2, 1, 2]
    framed = found.pictures[-1]
    assert framed[4:24, 4:24].min() == 255
    assert framed.sum() == 255 * 20 * 20


def test_a_sheet_holds_all_of_them_row_by_row(drawn: Digits) -> None:
    picture = np.asarray(sheet(drawn.pictures[:21], background=7))
    assert picture.shape == (2 * 28, 20 * 28)
    assert np.array_equal(picture[28:, :28], drawn.pictures[20])
    assert (picture[28:, 28:] == 7).all()
