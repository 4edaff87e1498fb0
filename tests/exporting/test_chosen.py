"""What the pipeline put into weights/, read in the build."""

from __future__ import annotations

from pathlib import Path

import pytest

from exporting import chosen


def labelled(folder: Path, text: str) -> tuple[list[str], list[str]]:
    (folder / "labels.txt").write_text(text)
    return chosen.labels(folder)


def test_a_label_may_begin_with_its_category(tmp_path: Path) -> None:
    assert labelled(tmp_path, "n02111889 Samoyed\nn03770679\tminivan\n") == (
        ["Samoyed", "minivan"],
        ["n02111889", "n03770679"],
    )


def test_else_its_category_is_its_number(tmp_path: Path) -> None:
    assert labelled(tmp_path, "zero\nn1 one\n two words \n") == (["zero", "n1 one", "two words"], ["0", "1", "2"])


def test_an_empty_line_is_no_label(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="empty line"):
        labelled(tmp_path, "zero\n\ntwo\n")


def test_what_is_not_said_has_a_default(tmp_path: Path) -> None:
    (tmp_path / "weights.json").write_text(
        '{"name": "mine", "file": "weights.pth", "preprocessing": {"width": 8, "height": 8, "shorter_side": 8}}'
    )
    found = chosen.read(tmp_path)
    assert found.folder_of_pictures == chosen.PICTURES / "photographs"
    assert found.folder_of_pictures.is_dir()
