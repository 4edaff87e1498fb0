"""Where a service of Amazon's is, and who asks it."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from http.client import HTTPSConnection

import pytest

import tables
from leftovers import nothing_left_open
from serving.fetching.connection import tls
from serving.storage import signing

KEYS = {"AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "B"}
# Nobody listens there.
ADDRESS = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/"}


def test_a_connection_is_as_secure_as_its_address_and_waits_no_longer_than_it_is_told() -> None:
    secure, plain = (signing.Where(secure, "a.test").connection(3.5) for secure in (True, False))
    assert isinstance(secure, HTTPSConnection)
    assert not isinstance(plain, HTTPSConnection)
    assert (secure.timeout, plain.timeout, secure.host, plain.host) == (3.5, 3.5, "a.test", "a.test")
    assert getattr(secure, "_context", None) is tls()


@pytest.mark.parametrize("environment", [KEYS, KEYS | ADDRESS, {}])
def test_an_address_is_asked_only_where_there_are_no_keys(environment: dict[str, str]) -> None:
    assert signing.credentials(environment) == environment


def test_an_address_that_does_not_answer_is_no_key() -> None:
    with pytest.raises(OSError, match="refused"):
        signing.credentials(ADDRESS)


def test_who_gives_credentials_is_not_left_with_an_open_connection() -> None:
    with tables.between(0) as way:
        address = f"{way.environment['AWS_ENDPOINT_URL']}/credentials"
        with nothing_left_open():
            found = signing.credentials({"AWS_CONTAINER_CREDENTIALS_FULL_URI": address})
        assert found["AWS_ACCESS_KEY_ID"] == "AKIDOFADDRESS"
        # Where there is no token, none is made up.
        assert way.asked[0][2] == ""


def test_an_address_that_says_nothing_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, nothing_left_open():
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(TimeoutError):
            signing.credentials({"AWS_CONTAINER_CREDENTIALS_FULL_URI": address}, 0.1)


@pytest.mark.parametrize(
    ("environment", "where"),
    [
        ({"AWS_REGION": "eu-west-1"}, (True, "s3.eu-west-1.amazonaws.com", "/", False)),
        ({"AWS_REGION": "cn-north-1"}, (True, "s3.cn-north-1.amazonaws.com.cn", "/", False)),
        ({"AWS_ENDPOINT_URL": "http://a.test:5"}, (False, "a.test:5", "/", True)),
        (
            {"AWS_ENDPOINT_URL": "http://a.test", "AWS_ENDPOINT_URL_S3": "https://b.test"},
            (True, "b.test", "/", True),
        ),
    ],
)
def test_a_service_is_in_its_region_unless_another_is_named(environment: dict[str, str], where: object) -> None:
    assert signing.service("s3", environment) == where


def test_where_no_region_is_named_it_is_the_one_that_other_stores_take() -> None:
    headers = signing.signed(
        "GET", signing.Where(False, "a.test"), "s3", KEYS, datetime(2026, 1, 2, tzinfo=UTC), {}, ""
    )
    assert headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=A/20260102/us-east-1/s3/aws4_request,")
