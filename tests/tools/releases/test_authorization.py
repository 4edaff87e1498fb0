"""What a request carries to an API that is not for everybody."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from serving.storage import signing
from tools.releases import authorization

URL = urlsplit("http://127.0.0.1:4566/predict")
BODY = '{"input_X": [1, 2]}'
WHO = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "not-a-secret"}


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "API_TOKEN", "AUTH_LAMBDA", *WHO):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")


def test_nothing_where_everybody_may_call() -> None:
    assert authorization.headers("POST", URL, "/predict", BODY) == {}


def test_a_token_where_tokens_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTH_LAMBDA", "jwt")
    with pytest.raises(authorization.Unauthorized, match="export API_TOKEN="):
        authorization.headers("POST", URL, "/predict", BODY)
    monkeypatch.setenv("API_TOKEN", "a.b.c")
    assert authorization.headers("POST", URL, "/predict", BODY) == {"Authorization": "Bearer a.b.c"}


def test_a_signature_is_the_one_that_another_program_makes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTH_LAMBDA", "iam")
    with pytest.raises(authorization.Unauthorized, match="no AWS credentials"):
        authorization.headers("POST", URL, "/predict", BODY)
    for name, value in WHO.items():
        monkeypatch.setenv(name, value)
    found = authorization.headers("POST", URL, "/predict", BODY)
    when = datetime.strptime(found["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    where = signing.Where(False, URL.netloc, URL.path)
    digest = hashlib.sha256(BODY.encode()).hexdigest()
    who = WHO | {"AWS_REGION": "eu-central-1"}
    assert (
        found["Authorization"] == signing.signed("POST", where, "execute-api", who, when, {}, digest)["authorization"]
    )
