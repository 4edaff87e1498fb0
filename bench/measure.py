"""Measures one container: its start, its first answer, further answers, and times from within.

The container runs as in lib/machine/engine.sh, on a processor of its own. The measuring side runs on the others, so
that neither waits for the other. With a single processor, the quota of `--cpus 1` is never exceeded and nothing is
throttled: a start that could use two processors gets one, as on Lambda.
"""

from __future__ import annotations

import json
import os
import select
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from bench import engine, images

INSIDE = Path(__file__).resolve().parent / "inside"
EMULATOR = images.HOME / "venv" / "bin" / "aws-lambda-rie"
MEMORY_MB = 1769
PORT = 8080
PATH = "/2015-03-31/functions/function/invocations"
# Ten times the slowest start seen.
PATIENCE_S = 60.0


class MeasureError(Exception):
    """The container does not start, or answers with an error."""


@dataclass(frozen=True)
class Run:
    """The measurements of one container, in milliseconds except for the last two."""

    cold: float
    runtime: float  # the emulator, Python and the runtime client; handing over the first event
    imports: float  # the handler's module and all that it imports
    load: float  # the model
    first: float  # the first prediction, within the handler
    warm: list[float]  # measured by the caller
    own: list[float]  # per warm request, the time outside fetch, decode and model; empty if it is not logged
    peak_mb: float
    answer: Any


def pin() -> str:
    """Keep this process and its children off the containers' processor, and return that processor's number."""
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) > 1:
        os.sched_setaffinity(0, usable[:-1])
    return str(usable[-1])


def others() -> float:
    """The share of this machine's processors that other work uses, measured over an idle second of ours."""

    def ticks() -> tuple[int, int]:
        fields = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
        return sum(fields), fields[3] + fields[4]  # all, and idle

    all_before, idle_before = ticks()
    time.sleep(1)
    all_after, idle_after = ticks()
    return 1 - (idle_after - idle_before) / max(1, all_after - all_before)


def measure(image: str, event: bytes, requests: int, processor: str) -> Run:
    with tempfile.TemporaryDirectory(prefix="bench-") as made:
        shared = Path(made)
        container = _create(image, shared, processor)
        try:
            return _measure(container, shared, event, requests)
        finally:
            engine.run("rm", "--force", container)


def _create(image: str, shared: Path, processor: str) -> str:
    shared.chmod(0o755)
    os.mkfifo(shared / "started")
    (shared / "started").chmod(0o666)
    for program in INSIDE.iterdir():
        if program.is_file():
            (shared / program.name).write_bytes(program.read_bytes())
    config = engine.inspect(image)["Config"]
    variables = dict(variable.split("=", 1) for variable in config["Env"])
    command = [*config["Entrypoint"], *config["Cmd"]]
    # Our entrypoint starts the emulator if it is mounted; a plain awslambdaric does not.
    if not command[0].endswith("entrypoint.sh"):
        command = ["/usr/local/bin/aws-lambda-rie", *command]
    limits = ["--cpus", "1", "--cpuset-cpus", processor, "--memory", f"{MEMORY_MB}m", "--memory-swap", f"{MEMORY_MB}m"]
    closed = ["--read-only", "--tmpfs", "/tmp:size=512m,mode=1777", "--ipc", "none", "--user", "993:990"]  # noqa: S108
    closed += ["--cap-drop", "ALL", "--security-opt", "no-new-privileges"]
    mounts = ["--volume", f"{EMULATOR}:/usr/local/bin/aws-lambda-rie:ro", "--volume", f"{shared}:/bench:ro"]
    told = {
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(MEMORY_MB),
        "PYTHONPATH": ":".join(filter(None, ["/bench", variables.get("PYTHONPATH")])),
        "BENCH_HANDLER": config["Cmd"][0],
    }
    words = [word for name, value in told.items() for word in ("--env", f"{name}={value}")]
    ours = ["--label", f"bench={images.HOME}", "--entrypoint", "/bin/sh"]
    return engine.run("create", *ours, *limits, *closed, *mounts, *words, image, "/bench/start.sh", *command).strip()


def _measure(container: str, shared: Path, event: bytes, requests: int) -> Run:
    with _started(container, shared) as (address, started):
        caller = _Caller(address)
        answer = caller.ask(event)
        cold = time.monotonic() - started
        warm = []
        for _ in range(requests):
            before = time.monotonic()
            caller.ask(event)
            warm.append((time.monotonic() - before) * 1e3)
        seen = json.loads(caller.ask(b'{"bench": "report"}'))
    phases = _logged(engine.logs(container))
    load = phases[0]["load"] if phases else (seen["load_seconds"] or 0.0) * 1e3
    imports = (seen["import_ended"] - seen["import_started"]) * 1e3 - load
    first = (seen["first_ended"] - seen["first_started"]) * 1e3
    return Run(
        cold=cold * 1e3,
        runtime=cold * 1e3 - imports - load - first,
        imports=imports,
        load=load,
        first=first,
        warm=warm,
        own=[own(request) for request in phases[1:]],
        peak_mb=seen["peak_kb"] / 1024,
        answer=checked(json.loads(answer)),
    )


def checked(answer: Any) -> Any:
    """The answer, unless it is an error. The runtime's errors have an errorType, our handlers' a code."""
    if isinstance(answer, dict) and ("errorType" in answer or "code" in answer):
        raise MeasureError(f"the handler answers {json.dumps(answer)[:500]}")
    return answer


def own(phases: dict[str, float]) -> float:
    """The part of a request's time that is not fetch, decode or model.

    A folder with a very fast model has no phase of its own for it; then `predict` is the model.
    """
    model = phases["model"] if "model" in phases else phases["predict"]
    return phases["total"] - phases.get("fetch", 0.0) - phases.get("decode", 0.0) - model


def _logged(text: str) -> list[dict[str, float]]:
    """The phases of each request, from the log lines of `serving`; none for a naive handler."""
    found = []
    for line in text.splitlines():
        if not line.startswith('{"level"'):
            continue
        record = json.loads(line)
        if "total_ms" in record:
            found.append({name.removesuffix("_ms"): value for name, value in record.items() if name.endswith("_ms")})
    return found


@contextmanager
def _started(container: str, shared: Path) -> Iterator[tuple[str, float]]:
    """Start the container; yield its address, and when its first process ran, which excludes the engine's own work."""
    sign = os.open(shared / "started", os.O_RDONLY | os.O_NONBLOCK)
    try:
        with engine.started(container) as failure:
            ready, _, _ = select.select([sign], [], [], PATIENCE_S)
            now = time.monotonic()
            if not ready:
                raise MeasureError(f"the container does not start: {failure()}")
            yield os.read(sign, 100).decode().strip(), now
    finally:
        os.close(sign)


class _Caller:
    """Sends events over one connection, opened as soon as the emulator listens."""

    def __init__(self, address: str) -> None:
        self._connection = HTTPConnection(address, PORT, timeout=PATIENCE_S)
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                self._connection.connect()
                return
            except ConnectionRefusedError:
                if time.monotonic() > until:
                    raise MeasureError("the emulator does not listen") from None
                time.sleep(0.0002)

    def ask(self, event: bytes) -> bytes:
        self._connection.request("POST", PATH, event)
        response = self._connection.getresponse()
        answer = response.read()
        if response.status != 200:
            raise MeasureError(f"the emulator answers {response.status}: {answer[:500].decode(errors='replace')}")
        return answer
