"""Check how much concurrency can be reserved for a function. If WANTED is too much, print why and what to do.

python tools doctor.reservations FUNCTION WANTED
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import boto3

# The part of an account's concurrency that cannot be reserved; a new account with less keeps all of it.
KEPT, KEPT_OF_LITTLE = 100, 10
MORE = (
    "ask for more: aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 "
    "--desired-value 1000"
)


@dataclass(frozen=True)
class Room:
    every: int
    free: int
    own: int  # what the function has reserved already, and may keep

    @property
    def kept(self) -> int:
        return KEPT if self.every >= KEPT else KEPT_OF_LITTLE

    @property
    def most(self) -> int:
        return max(0, self.free + self.own - self.kept)


def ask(functions: Any, function: str) -> Room:
    limits = functions.get_account_settings()["AccountLimit"]
    every = int(limits["ConcurrentExecutions"])
    return Room(every, int(limits.get("UnreservedConcurrentExecutions", every)), _own(functions, function))


def _own(functions: Any, function: str) -> int:
    try:
        found = functions.get_function_concurrency(FunctionName=function)
    except functions.exceptions.ResourceNotFoundException:
        return 0
    return int(found.get("ReservedConcurrentExecutions", 0))


def main(function: str, wanted: str) -> None:
    make: Any = boto3.client
    room = ask(make("lambda"), function)
    if int(wanted) > room.most:
        print(
            f"this account takes {room.every} requests at once, {room.free} of them are not reserved, "
            f"and {room.kept} have to stay so"
        )
        print(f"{MORE}; or set CONCURRENCY_LAMBDA={room.most}")


if __name__ == "__main__":
    main(*sys.argv[1:])
