"""Where the paths of events begin, in an address that may have something before the model's own path."""

from __future__ import annotations

import pytest

from tools.releases.events import root


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("https://id.execute-api.eu-west-1.amazonaws.com/predict", "https://id.execute-api.eu-west-1.amazonaws.com"),
        (
            "https://id.execute-api.eu-west-1.amazonaws.com/prod/predict",
            "https://id.execute-api.eu-west-1.amazonaws.com/prod",
        ),
        ("http://localhost:4566/predict/predict", "http://localhost:4566/predict"),
        ("http://localhost:4566/a-model/v1/predict", "http://localhost:4566/a-model"),
        ("http://172.17.0.2:8080", "http://172.17.0.2:8080"),
        ("http://172.17.0.2:8080/another", "http://172.17.0.2:8080"),
    ],
)
def test_it_is_the_address_without_the_models_own_path(address: str, found: str) -> None:
    assert root(address, ["/health", "/", "/predict?n=1", "/predict", "/v1/predict"]) == found
