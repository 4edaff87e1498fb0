"""A bucket for all tests of batches, in the environment as a function has it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import buckets


@pytest.fixture(scope="session")
def whole_bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[buckets.Bucket]:
    with buckets.bucket(tmp_path_factory.mktemp("bucket")) as made:
        yield made


@pytest.fixture
def bucket(whole_bucket: buckets.Bucket, monkeypatch: pytest.MonkeyPatch) -> buckets.Bucket:
    for name, value in whole_bucket.environment.items():
        monkeypatch.setenv(name, value)
    return whole_bucket
