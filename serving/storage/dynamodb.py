"""A DynamoDB table: get, conditional put and delete. Each call ends by its deadline, whatever the table does.

Connections are kept open, so that a call takes no more than a signature and a round trip. Items hold text and whole
numbers. A table may be used from several threads.
"""

import hashlib
import os
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from socket import socket
from threading import Thread
from typing import Any, cast
from weakref import WeakSet

import msgspec

from serving.fetching.connection import Deadline, TimedSocket
from serving.storage import signing

Item = Mapping[str, str | int]

# Credentials are renewed this long before they expire.
_SPARE = timedelta(minutes=5)
_REFUSED = "ConditionalCheckFailedException"
_THROTTLED = ("ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded")

_tables: "WeakSet[Table]" = WeakSet()


class Failed(Exception):
    """A call to the table failed. The message is the reason, in a word."""

    @property
    def is_throttled(self) -> bool:
        return str(self) in _THROTTLED


class _Refused(Exception):
    """The condition does not hold."""


class Condition(msgspec.Struct, frozen=True):
    """What must be true of the existing item: an expression in DynamoDB's syntax, and the values of its `:names`."""

    expression: str
    values: Item = {}


def disconnect() -> None:
    """Drop all connections and credentials: after a restore from a snapshot they are duplicates or out of date."""
    for table in _tables:
        table.forget()


class Table:
    def __init__(self, name: str, environment: Mapping[str, str] = os.environ) -> None:
        self._name = name
        self._environment = environment
        self._at = signing.service("dynamodb", environment)
        _tables.add(self)
        self.forget()

    def forget(self) -> None:
        # Several threads take from it and put back; each of these operations is atomic, so no lock is needed.
        self._idle: deque[_Line] = deque()
        self._who: tuple[Mapping[str, str], datetime] | None = None

    def get(self, key: Item, deadline: Deadline) -> dict[str, str | int] | None:
        """The item as last written by any client (a consistent read)."""
        answer = self._call("GetItem", {"Key": _typed(key), "ConsistentRead": True}, deadline)
        return _plain(answer["Item"]) if "Item" in answer else None

    def put(self, item: Item, deadline: Deadline, condition: Condition | None = None) -> bool:
        """Store the item, and return whether the condition held."""
        return self._changed("PutItem", {"Item": _typed(item)}, condition, deadline)

    def delete(self, key: Item, deadline: Deadline, condition: Condition | None = None) -> bool:
        """Delete the item, and return whether the condition held."""
        return self._changed("DeleteItem", {"Key": _typed(key)}, condition, deadline)

    def _changed(
        self, operation: str, request: dict[str, Any], condition: Condition | None, deadline: Deadline
    ) -> bool:
        if condition:
            request["ConditionExpression"] = condition.expression
            if condition.values:
                request["ExpressionAttributeValues"] = _typed(condition.values)
        try:
            self._call(operation, request, deadline)
        except _Refused:
            return False
        return True

    def _call(self, operation: str, request: dict[str, Any], deadline: Deadline) -> dict[str, Any]:
        body = msgspec.json.encode({"TableName": self._name, **request})
        try:
            status, content = self._posted(self._headers(operation, body, deadline), body, deadline)
            answer = msgspec.json.decode(content)
        except TimeoutError:
            raise Failed("TimeoutError") from None
        except (OSError, HTTPException, signing.Unreadable, msgspec.DecodeError, KeyError) as error:
            raise Failed(type(error).__name__) from None
        if status == 200 and isinstance(answer, dict):
            return answer
        reason = str(answer.get("__type", "")).rpartition("#")[2] if isinstance(answer, dict) else ""
        if reason == _REFUSED:
            raise _Refused
        raise Failed(reason or f"status {status}")

    def _headers(self, operation: str, body: bytes, deadline: Deadline) -> dict[str, str]:
        headers = {"content-type": "application/x-amz-json-1.0", "x-amz-target": f"DynamoDB_20120810.{operation}"}
        digest, now = hashlib.sha256(body).hexdigest(), datetime.now(UTC)
        return signing.signed("POST", self._at, "dynamodb", self._credentials(now, deadline), now, headers, digest)

    def _credentials(self, now: datetime, deadline: Deadline) -> Mapping[str, str]:
        if self._who and now < self._who[1]:
            return self._who[0]
        found = signing.credentials(self._environment, deadline.left())
        ends = found.get(signing.EXPIRATION)
        until = datetime.fromisoformat(ends) - _SPARE if ends else datetime.max.replace(tzinfo=UTC)
        self._who = found, until
        return found

    def _posted(self, headers: Mapping[str, str], body: bytes, deadline: Deadline) -> tuple[int, bytes]:
        """Post on an idle connection, or on a new one if there is none or it has been closed meanwhile."""
        if line := self._free_line():
            try:
                return self._posted_on(line, headers, body, deadline)
            except TimeoutError:
                raise
            except (OSError, HTTPException):
                pass
        return self._posted_on(_Line(self._at, deadline), headers, body, deadline)

    def _posted_on(
        self, line: "_Line", headers: Mapping[str, str], body: bytes, deadline: Deadline
    ) -> tuple[int, bytes]:
        try:
            status, content, is_kept = line.post(headers, body, deadline)
        except BaseException:
            line.close()
            raise
        if is_kept:
            self._idle.append(line)
        else:
            line.close()
        return status, content

    def _free_line(self) -> "_Line | None":
        try:
            return self._idle.pop()
        except IndexError:
            return None


class _Line:
    """An open connection."""

    def __init__(self, at: signing.Where, deadline: Deadline) -> None:
        self._socket = _connected(at.connection(deadline.left()), deadline)
        self._timed = TimedSocket(self._socket, deadline)
        self._connection = HTTPConnection(at.host)
        self._connection.sock = cast(socket, self._timed)

    def post(self, headers: Mapping[str, str], body: bytes, deadline: Deadline) -> tuple[int, bytes, bool]:
        self._timed.deadline = deadline
        self._connection.request("POST", "/", body, dict(headers))
        response = self._connection.getresponse()
        return response.status, response.read(), not response.will_close

    def close(self) -> None:
        self._socket.close()


def _connected(connection: HTTPConnection, deadline: Deadline) -> socket:
    """Connect in a thread, because the system's resolver has no timeout."""
    failures: list[OSError] = []

    def work() -> None:
        try:
            connection.connect()
        except OSError as error:
            failures.append(error)

    thread = Thread(target=work, daemon=True)
    thread.start()
    thread.join(deadline.left())
    if failures:
        raise failures[0]
    if thread.is_alive():
        raise TimeoutError
    return connection.sock


def _typed(item: Item) -> dict[str, dict[str, str]]:
    return {name: {"N" if isinstance(value, int) else "S": str(value)} for name, value in item.items()}


def _plain(item: Mapping[str, Mapping[str, str]]) -> dict[str, str | int]:
    return {name: int(value["N"]) if "N" in value else value["S"] for name, value in item.items()}
