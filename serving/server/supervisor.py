"""`serve`: the handler as an HTTP server, where a function does not fit.

    python3 -m serving.server app.main.handler

This process supervises the workers, one per processor by default (WORKERS). All of them listen on PORT. The log is
JSON lines: the handler's for each request, the server's own, and the output of libraries (serving/server/relay.py).
After SIGTERM, the accepted requests are still answered.
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
    """Start the workers, replace those that are killed, and exit when all have exited."""
    number("PORT", PORT)
    command = [sys.executable, "-m", "serving.server.uvicorn_worker", name]
    relay = Relay()
    count = number("WORKERS", processors())
    # The workers share the memory, so each needs to know their number.
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
            # The worker has logged the reason. Another one would fail in the same way.
            status = code or 1
        if ending or status:
            end()
    relay.end()
    return status


def start(command: list[str], stderr: int) -> int:
    return os.posix_spawn(command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, stderr, 2)])


def processors() -> int:
    """The number of processors for this container: those it may run on, or its CPU quota if that is less."""
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
