"""`serve`: the handler on a server of its own, where a function is the wrong shape.

    python3 -m serving.server app.main.handler

This process looks after a worker a processor (WORKERS); all of them listen on PORT. The log is lines of JSON: the
handler's own for each request, the server's about itself, and whatever a library says (serving/server/relay.py).
SIGTERM ends it when what was accepted is answered.
"""

import os
import signal
import sys
from pathlib import Path

from serving.server.lines import fail, say
from serving.server.relay import Relay

PORT = 8080
CGROUPS = Path("/sys/fs/cgroup")


def main(name: str) -> int:
    """Start the workers, replace one that was killed, end with them."""
    number("PORT", PORT)
    command = [sys.executable, "-m", "serving.server.uvicorn_worker", name]
    relay = Relay()
    count = number("WORKERS", processors())
    # They share the memory that there is.
    os.environ["WORKERS"] = str(count)
    workers = {start(command, relay.source) for _ in range(count)}
    ending = False

    def end(*_: object) -> None:
        nonlocal ending
        ending = True
        for worker in workers:
            os.kill(worker, signal.SIGTERM)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    status = 0
    while workers:
        worker, result = os.wait()
        code = os.waitstatus_to_exitcode(result)
        workers.discard(worker)
        if not ending and code < 0:
            say("WARNING", f"Worker {worker} was killed by signal {-code}; another takes its place.")
            workers.add(start(command, relay.source))
        elif not ending:
            # It has said why. Another one would say the same.
            status = code or 1
        if ending or status:
            end()
    relay.end()
    return status


def start(command: list[str], stderr: int) -> int:
    return os.posix_spawn(command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, stderr, 2)])


def processors() -> int:
    """Those that the container may use: so many, or a share of their time that comes to fewer."""
    return max(1, int(min(len(os.sched_getaffinity(0)), _share())))


def _share() -> float:
    try:
        quota, period = (CGROUPS / "cpu.max").read_text().split()
    except OSError:
        try:
            quota, period = [(CGROUPS / "cpu" / f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period")]
        except OSError:
            return float("inf")
    return int(quota) / int(period) if quota.strip() not in ("max", "-1") else float("inf")


def number(name: str, default: int) -> int:
    given = os.environ.get(name) or str(default)
    if not given.isascii() or not given.isdigit() or not 1 <= int(given) <= 65535:
        fail(f"{name}={given} is not a number from 1 to 65535")
    return int(given)
