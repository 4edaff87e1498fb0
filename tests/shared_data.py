"""Test data for the image models that is not in the repository: beside it, or in SHARED_DATA."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline_runs import ROOT

DATA = Path(os.environ.get("SHARED_DATA", ROOT.parent / "shared" / "data"))
MNIST = DATA / "mnist_train.npz"


def needs(path: Path) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not path.exists(), reason=f"{path} is absent: it is no part of the repository")
