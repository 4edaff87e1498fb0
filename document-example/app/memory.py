"""A cache of results, in a table shared by all instances of the function, so that no picture is classified twice.

The first request with a picture takes a lease on it. Later ones wait for its result, at most until the lease expires.
The table holds results only: no pictures, and nothing about who sent them. The cache is optional: after a failure or a
timeout the function does without it for a while, and the metric `memory_failed` counts the requests that did.
"""

import os
from collections.abc import Callable
from math import ceil
from time import monotonic, sleep, time
from typing import Generic, TypeVar

import msgspec

import serving
from serving import blocking
from serving.fetching.connection import Deadline
from serving.storage.dynamodb import Condition, Failed, Item, Table

# How long one request waits for the table in all, and how long later requests do without it after a failure.
SECONDS = 0.3
REST_SECONDS = 5.0
# Longer than the largest picture takes. Leases expire because their holder may have died.
LEASE_SECONDS = 3.0
# How often a waiting request polls.
LOOK_SECONDS = 0.04

Result = TypeVar("Result")


class Memory(Generic[Result]):
    def __init__(self, table: Table, result: type[Result], days: float) -> None:
        self._table = table
        self._decoder = msgspec.json.Decoder(result)
        self._keep_seconds = days * 24 * 3600
        self._rests_until = 0.0

    def recall(self, key: str, work: Callable[[], Result]) -> tuple[Result, bool]:
        """The result of `work`, and whether it was already in the table."""
        blocking.before()
        if monotonic() < self._rests_until:
            serving.count("memory_failed")
            return work(), False
        visit = _Visit(self._table, key)
        try:
            with serving.timer("memory"):
                text = visit.found()
            known = None if text is None else self._decoder.decode(text)
        except (Failed, msgspec.DecodeError) as error:
            self._rest(error)
            return work(), False
        if known is not None:
            serving.count("memory_hit")
            return known, True
        try:
            result = work()
        except BaseException:
            # Usually the picture cannot be read. Waiting requests will find that out for themselves.
            self._in_peace(visit.leave)
            raise
        text = msgspec.json.encode(result).decode()
        self._in_peace(lambda: visit.keep(text, ceil(time() + self._keep_seconds)))
        return result, False

    def _in_peace(self, call: Callable[[], None]) -> None:
        try:
            with serving.timer("memory"):
                call()
        except Failed as error:
            self._rest(error)

    def _rest(self, error: Exception) -> None:
        self._rests_until = monotonic() + REST_SECONDS
        serving.count("memory_failed")
        if isinstance(error, Failed) and error.is_throttled:
            serving.count("memory_throttled")
        reason = str(error) if isinstance(error, Failed) else type(error).__name__
        line = {"level": "WARNING", "message": f"The memory does not answer, {reason}: {REST_SECONDS:g} s without it"}
        print(msgspec.json.encode(line).decode(), flush=True)


class _Visit:
    """The calls of one request, which share one time budget."""

    def __init__(self, table: Table, key: str) -> None:
        self._table = table
        self._key: Item = {"picture_key": key}
        self._name = os.urandom(8).hex()
        self._left = SECONDS

    def found(self) -> str | None:
        """The stored result, or None if the caller has to compute it."""
        known = self._look()
        if isinstance(known, str) or (known is None and self._lease()):
            return known
        until = monotonic() + LEASE_SECONDS
        while monotonic() < until:
            sleep(LOOK_SECONDS)
            # A successful poll does not count against the time budget.
            left = self._left
            known = self._look()
            self._left = left
            if not isinstance(known, _Leased):
                return known
        return None

    def keep(self, text: str, until: int) -> None:
        self._spend(lambda deadline: self._table.put({**self._key, "result_json": text, "expires_at": until}, deadline))

    def leave(self) -> None:
        mine = Condition("leased_by = :name", {":name": self._name})
        self._spend(lambda deadline: self._table.delete(self._key, deadline, mine))

    def _look(self) -> "str | _Leased | None":
        item = self._spend(lambda deadline: self._table.get(self._key, deadline))
        # DynamoDB may delete expired items much later.
        if not item or int(item.get("expires_at", 0)) <= time():
            return None
        return str(item["result_json"]) if "result_json" in item else _LEASED

    def _lease(self) -> bool:
        now = time()
        item = {**self._key, "leased_by": self._name, "expires_at": ceil(now + LEASE_SECONDS)}
        # Accept a lease of our own: if the connection broke and the call was retried, both may have arrived.
        free = "attribute_not_exists(picture_key) OR expires_at <= :now OR leased_by = :name"
        condition = Condition(free, {":now": int(now), ":name": self._name})
        return self._spend(lambda deadline: self._table.put(item, deadline, condition))

    def _spend(self, call: "Callable[[Deadline], _Answer]") -> "_Answer":
        began = monotonic()
        try:
            return call(Deadline(self._left))
        finally:
            self._left -= monotonic() - began


class _Leased:
    """Marks a picture that another request is classifying."""


_LEASED = _Leased()
_Answer = TypeVar("_Answer")
