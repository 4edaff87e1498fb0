"""Print how many chunks of a batch a function does at once, where nobody says it: python tools batch.at_once FUNCTION

Half of what the account, or the function, has left: callers need the rest.
"""

from __future__ import annotations

import sys
from typing import Any

from tools.aws import clients
from tools.doctor import reservations

MOST = 50


def at_once(functions: Any, function: str) -> int:
    room = reservations.ask(functions, function)
    return max(1, min(MOST, (room.own or room.free) // 2))


if __name__ == "__main__":
    print(at_once(clients.client("lambda"), sys.argv[1]))
