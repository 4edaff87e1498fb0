"""What the choice does to a folder's model.env, and which builds a folder declares."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline_runs import ROOT
from tools.tuning import applying, builds

OWN = """# Mine.
WEIGHTS=imagenet

# As agreed on Monday.
MEMORY_LAMBDA=3008
TIMEOUT_LAMBDA=20
"""
DEFAULTS = {"MEMORY_LAMBDA": "1769", "BACKEND": "fast"}


def test_a_line_that_is_there_gets_the_value_and_all_else_stays() -> None:
    assert applying.changed(OWN, {"MEMORY_LAMBDA": "512"}, DEFAULTS) == OWN.replace("3008", "512")


def test_a_line_that_is_missing_comes_last() -> None:
    assert applying.changed(OWN.rstrip(), {"BACKEND": "native"}, DEFAULTS) == OWN + "BACKEND=native\n"


def test_what_is_the_default_anyway_is_not_written() -> None:
    assert applying.changed(OWN, {"BACKEND": "fast"}, DEFAULTS) == OWN
    # but a line that says otherwise is
    assert "MEMORY_LAMBDA=1769" in applying.changed(OWN, {"MEMORY_LAMBDA": "1769"}, DEFAULTS)


def test_a_folder_without_one_gets_one(tmp_path: Path) -> None:
    assert applying.apply(tmp_path, {"MEMORY_LAMBDA": "512"}) == ["MEMORY_LAMBDA=512"]
    assert (tmp_path / "model.env").read_text() == "# What differs from ../defaults.env.\nMEMORY_LAMBDA=512\n"
    assert applying.apply(tmp_path, {"MEMORY_LAMBDA": "512"}) == []


def test_a_folder_declares_its_back_ends_by_what_they_install() -> None:
    assert list(builds.builds(ROOT / "tensorflow-example", "fast", "")) == ["BACKEND=fast", "BACKEND=native"]
    assert list(builds.builds(ROOT / "tensorflow-example", "native", "", ["BACKEND"])) == ["BACKEND=native"]


def test_a_folder_that_declares_nothing_varies_memory_alone(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").touch()
    assert list(builds.builds(tmp_path, "fast", "")) == ["BACKEND=fast"]


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    fed = 'labels = "l.txt"\narchitecture = {name = "net"}\npreprocessing = {width = 32}\n'
    other = fed.replace("32", "64")
    entries = {"plain": fed, "plain_int8": fed + 'size = "1 MB"\n', "wide": other}
    text = "".join(f"[{name}]\n{said}" for name, said in entries.items())
    (tmp_path / "weights.toml").write_text('stand_in = ["plain"]\n' + text)
    return tmp_path


def test_weights_that_are_the_same_network_in_another_form_are_tried(catalogue: Path) -> None:
    assert list(builds.builds(catalogue, "fast", "plain_int8")) == [
        "BACKEND=fast\tWEIGHTS=plain_int8",
        "BACKEND=fast\tWEIGHTS=plain",
    ]


def test_another_network_is_another_model(catalogue: Path) -> None:
    assert list(builds.builds(catalogue, "fast", "wide")) == ["BACKEND=fast"]
    for folder in ("tensorflow-example", "pytorch-example"):
        assert builds.alike(ROOT / folder, "digits") == ["digits"]
