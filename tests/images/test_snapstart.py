"""What SnapStart wants to see on an image."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline_runs import FOLDERS

LABEL = 'LABEL com.amazonaws.lambda.feature.snapstart="Allow"'


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_image_that_runs_says_that_it_may_be_restored(folder: Path) -> None:
    """Of several stages the last one counts. And nothing is built after it, which a label would have built anew."""
    lines = (folder / "Dockerfile").read_text().splitlines()
    start = max(number for number, line in enumerate(lines) if line.startswith("FROM "))
    built = max(number for number, line in enumerate(lines) if line.startswith(("COPY", "RUN")))
    assert start < built < lines.index(LABEL)
