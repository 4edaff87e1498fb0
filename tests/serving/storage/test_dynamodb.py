"""A table asked without an SDK: what is put is got, conditions hold, and no call takes longer than it may."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from threading import Thread

import msgspec
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

import serving
import tables
from local_servers import free_port
from serving import snapstart
from serving.fetching.connection import Deadline
from serving.storage import signing
from serving.storage.dynamodb import Condition, Failed, Item, Table
from tables import Between

KEY: Item = {"picture_key": "a"}
ITEM: Item = {**KEY, "result_json": 'text, "quoted", ü', "expires_at": 1_800_000_000}
FREE = Condition("attribute_not_exists(picture_key) OR expires_at <= :now", {":now": 5})


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with tables.ministack(tmp_path_factory.mktemp("ministack")) as found:
        yield found


@pytest.fixture
def way(port: int) -> Iterator[Between]:
    tables.fresh(port)
    with tables.between(port) as server:
        yield server


@pytest.fixture
def table(way: Between) -> Table:
    return Table(tables.NAME, way.environment)


def soon(seconds: float = 5.0) -> Deadline:
    return Deadline(seconds)


def test_what_is_put_is_got_and_then_deleted(table: Table) -> None:
    assert table.get(KEY, soon()) is None
    assert table.put(ITEM, soon())
    assert table.get(KEY, soon()) == ITEM
    assert table.delete(KEY, soon())
    assert table.get(KEY, soon()) is None


def test_what_is_got_is_what_was_last_written_by_whomever(table: Table, way: Between) -> None:
    """MiniStack knows no other way; DynamoDB has to be asked for it, in its own kind of JSON."""
    table.get(KEY, soon())
    assert msgspec.json.decode(way.asked[-1][3])["ConsistentRead"] is True
    assert way.headers["content-type"] == "application/x-amz-json-1.0"


def test_a_request_is_signed_as_what_it_is(table: Table, way: Between) -> None:
    """MiniStack believes everybody."""
    table.put(ITEM, soon())
    sent = {name: way.headers[name] for name in ("content-type", "x-amz-target")}
    now = datetime.strptime(way.headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    at, digest = signing.service("dynamodb", way.environment), sha256(way.asked[-1][3]).hexdigest()
    wanted = signing.signed("POST", at, "dynamodb", tables.KEYS, now, sent, digest)
    assert (way.path, way.headers["authorization"]) == (at.path, wanted["authorization"])


def test_a_condition_that_does_not_hold_changes_nothing(table: Table) -> None:
    assert table.put(ITEM, soon(), FREE)
    assert not table.put({**KEY, "expires_at": 1}, soon(), FREE)
    assert not table.delete(KEY, soon(), Condition("expires_at = :it", {":it": 7}))
    assert table.get(KEY, soon()) == ITEM
    assert table.put({**KEY, "expires_at": 3}, soon())
    assert table.put(ITEM, soon(), FREE)


def test_a_connection_is_kept(table: Table, way: Between) -> None:
    for _ in range(5):
        table.put(ITEM, soon())
    assert way.connections == 1


def test_one_that_was_closed_meanwhile_is_replaced(table: Table, way: Between) -> None:
    way.mood = "closing"
    for _ in range(3):
        assert table.put(ITEM, soon())
        time.sleep(0.05)
    assert way.connections == 3


def test_several_threads_ask_side_by_side(table: Table, way: Between) -> None:
    way.mood, way.seconds = "slow", 0.3
    found: list[bool] = []
    threads = [
        Thread(target=lambda number=number: found.append(table.put({"picture_key": str(number)}, soon())))
        for number in range(8)
    ]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 8
    assert time.monotonic() - began < 1.5
    way.mood = ""
    assert all(table.get({"picture_key": str(number)}, soon()) for number in range(8))


@pytest.mark.parametrize("mood", ["silent", "slow", "dripping"])
def test_a_call_ends_at_its_deadline(table: Table, way: Between, mood: str) -> None:
    way.mood, way.seconds = mood, 3
    began = time.monotonic()
    with pytest.raises(Failed, match=r"^TimeoutError$"):
        table.get(KEY, soon(0.2))
    assert 0.15 < time.monotonic() - began < 0.5


def test_a_resolver_that_hangs_is_left_at_the_deadline(way: Between, monkeypatch: pytest.MonkeyPatch) -> None:
    table = Table(tables.NAME, way.environment)

    def hanging(*_: object, **__: object) -> list[object]:
        time.sleep(2)
        return []

    monkeypatch.setattr("socket.getaddrinfo", hanging)
    began = time.monotonic()
    with pytest.raises(Failed, match="TimeoutError"):
        table.get(KEY, soon(0.2))
    assert time.monotonic() - began < 0.5
    # It does not keep the process from ending.
    assert [thread for thread in threading.enumerate() if not thread.daemon] == [threading.main_thread()]


def test_another_address_may_be_named_for_tables_alone(way: Between) -> None:
    environment = {**way.environment, "AWS_ENDPOINT_URL_DYNAMODB": way.environment["AWS_ENDPOINT_URL"]}
    del environment["AWS_ENDPOINT_URL"]
    assert Table(tables.NAME, environment).put(ITEM, soon())


FAILURES = {
    "500 oh": "DecodeError",
    '500 {"__type": "x#InternalServerError"}': "InternalServerError",
    "503 {}": "status 503",
    '400 {"__type": "x#ResourceNotFoundException"}': "ResourceNotFoundException",
    "200 []": "status 200",
    "hanging up": "RemoteDisconnected",
}


@pytest.mark.parametrize("mood", FAILURES)
def test_a_failure_is_told_in_a_word(table: Table, way: Between, mood: str) -> None:
    way.mood = mood
    with pytest.raises(Failed) as caught:
        table.put(ITEM, soon())
    assert str(caught.value) == FAILURES[mood]
    assert not caught.value.is_throttled


@pytest.mark.parametrize(
    "name", ["ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded"]
)
def test_being_throttled_is_told_apart(table: Table, way: Between, name: str) -> None:
    way.mood = f'400 {{"__type": "com.amazonaws.dynamodb.v20120810#{name}"}}'
    with pytest.raises(Failed, match=name) as caught:
        table.get(KEY, soon())
    assert caught.value.is_throttled


def test_nobody_there_fails_at_once() -> None:
    table = Table("x", {**tables.KEYS, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}"})
    with pytest.raises(Failed, match="ConnectionRefusedError"):
        table.get(KEY, soon())


def from_address(way: Between) -> Table:
    without = {name: value for name, value in way.environment.items() if "KEY" not in name}
    address = f"{way.environment['AWS_ENDPOINT_URL']}/credentials"
    return Table(tables.NAME, {**without, "AWS_CONTAINER_CREDENTIALS_FULL_URI": address})


@pytest.mark.parametrize(("seconds", "times"), [(3600, 1), (200, 3)])
def test_credentials_from_an_address_are_kept_until_shortly_before_they_end(
    way: Between, seconds: float, times: int
) -> None:
    way.seconds = seconds
    table = from_address(way)
    for _ in range(3):
        table.put(ITEM, soon())
    assert way.operations.count("credentials") == times
    assert {signer for operation, _, signer, _ in way.asked if operation == "PutItem"} == {"AKIDOFADDRESS"}


def never(_: object) -> serving.Response:
    raise AssertionError


def test_after_a_restore_connection_and_credentials_are_made_anew(way: Between) -> None:
    way.seconds = 3600
    table = from_address(way)
    table.put(ITEM, soon())
    before = way.connections
    snapstart.Snapshot(never, "/", dict, must_answer=True, restored=lambda _: None).after()
    table.put(ITEM, soon())
    assert way.operations.count("credentials") == 2
    assert way.connections == before + 2


@pytest.mark.parametrize(
    ("region", "host"),
    [("eu-west-1", "dynamodb.eu-west-1.amazonaws.com"), ("cn-north-1", "dynamodb.cn-north-1.amazonaws.com.cn")],
)
def test_the_address_on_aws(region: str, host: str) -> None:
    at = signing.service("dynamodb", {"AWS_REGION": region})
    assert (at.secure, at.host, at.path) == (True, host, "/")


@pytest.mark.parametrize("token", ["", "a-session-token"])
def test_the_signature_is_the_one_that_botocore_makes(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    body, now = b'{"TableName": "a"}', datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    given = {"content-type": "application/x-amz-json-1.0", "x-amz-target": "DynamoDB_20120810.GetItem"}
    who = {**tables.KEYS, "AWS_SESSION_TOKEN": token} if token else tables.KEYS
    at = signing.service("dynamodb", who)
    headers = signing.signed("POST", at, "dynamodb", who, now, given, sha256(body).hexdigest())

    request = AWSRequest("POST", f"https://{at.host}/", headers=given, data=body)
    keys = Credentials(who["AWS_ACCESS_KEY_ID"], who["AWS_SECRET_ACCESS_KEY"], token or None)
    signer = SigV4Auth(keys, "dynamodb", who["AWS_REGION"])
    request.context["timestamp"] = headers["x-amz-date"]
    modify: Callable[[object], None] = lambda _: None  # noqa: E731
    monkeypatch.setattr(signer, "_modify_request_before_signing", modify)
    for name in ("x-amz-date", "x-amz-security-token"):
        if name in headers:
            request.headers[name] = headers[name]
    canonical = signer.canonical_request(request)
    assert headers["authorization"].endswith(
        f"Signature={signer.signature(signer.string_to_sign(request, canonical), request)}"
    )
