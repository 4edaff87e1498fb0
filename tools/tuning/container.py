"""Runs an image within Lambda's limits, under the runtime interface emulator; only this module here calls docker."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from tools.releases import causes, invocation
from tools.releases.events import Unanswered
from tools.tuning.points import Point
from tools.tuning.subjects import KILLED, Died

PORT = 8080
INVOCATIONS = "/2015-03-31/functions/function/invocations"
# Lambda's CPU quota has periods of this length; the engine's default is five times as long, so a short request would
# either fit into one or wait for the next.
TURN_US = 20_000
# The longest that the engine takes to start a container.
PATIENCE_S = 60.0


class EngineFailed(Exception):
    """The engine failed; this says nothing about the image."""


@dataclass(frozen=True)
class Limits:
    seconds: int  # of one request
    emulator: Path
    owner: str  # whose containers these are, for `--down`
    start_seconds: float = 10.0  # that Lambda gives a start beside its first request

    @property
    def wait_seconds(self) -> float:
        return self.seconds + self.start_seconds


def docker(*words: str) -> str:
    # In a session of its own, so that only this program gets Ctrl-C; it cleans up after itself.
    done = subprocess.run(["docker", *words], capture_output=True, text=True, check=False, start_new_session=True)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise EngineFailed(f"docker {words[0]}: {said[-1] if said else 'it failed'}")
    # A container's stderr arrives on stderr.
    return (done.stdout + done.stderr if words[0] == "logs" else done.stdout).strip()


def processors() -> int:
    """The processors of the engine's machine."""
    return int(docker("info", "--format", "{{.NCPU}}"))


class Container:
    """A running container, removed on exit. It takes the same requests as the gate sends."""

    def __init__(self, point: Point, limits: Limits) -> None:
        self._point, self._limits = point, limits
        self._name = f"tune-{uuid.uuid4().hex[:12]}"
        self._connection: http.client.HTTPConnection | None = None
        self.died: Died | None = None

    def __enter__(self) -> Container:
        quota = max(1000, round(self._point.processors * TURN_US))
        memory = f"{self._point.memory_mb}m"
        limits = ["--cpu-period", str(TURN_US), "--cpu-quota", str(quota), "--memory", memory, "--memory-swap", memory]
        closed = ["--read-only", "--tmpfs", "/tmp:size=512m,mode=1777", "--ipc", "none", "--user", "993:990"]  # noqa: S108
        closed += ["--cap-drop", "ALL", "--security-opt", "no-new-privileges"]
        ours = ["--name", self._name, "--label", f"pipeline={self._limits.owner}"]
        ours += ["--volume", f"{self._limits.emulator}:/usr/local/bin/aws-lambda-rie:ro"]
        told = [f"AWS_LAMBDA_FUNCTION_MEMORY_SIZE={self._point.memory_mb}"]
        told += [f"AWS_LAMBDA_FUNCTION_TIMEOUT={self._limits.seconds}"]
        words = [word for variable in told for word in ("--env", variable)]
        try:
            docker("run", "--detach", "--publish", f"127.0.0.1::{PORT}", *ours, *limits, *closed, *words, self._image)
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._connection:
            self._connection.close()
        self._remove()

    def __call__(self, request: dict[str, Any]) -> tuple[int, Any]:
        answer = self.invoke(json.dumps(invocation.event(request)).encode())
        if isinstance(answer, dict) and "errorType" in answer:
            said = causes.named(answer)
            if KILLED in said:
                raise self._dies(self._out_of_memory)
            raise Unanswered(f"the function failed: {said}")
        return invocation.read(answer)

    def wait(self) -> None:
        """Wait until the emulator listens. The function itself starts with the first request."""
        until = time.monotonic() + PATIENCE_S
        host, _, port = docker("port", self._name, str(PORT)).splitlines()[0].rpartition(":")
        while True:
            connection = http.client.HTTPConnection(host, int(port), timeout=self._limits.wait_seconds)
            try:
                # The engine's proxy accepts every connection; only an answer shows that the emulator listens behind it.
                connection.request("GET", "/")
                connection.getresponse().read()
            except (OSError, http.client.HTTPException):
                connection.close()
                if time.monotonic() > until or not self._runs:
                    raise self._dies("it does not start") from None
                time.sleep(0.01)
                continue
            self._connection = connection
            return

    def timed(self, event: bytes) -> tuple[Any, float]:
        began = time.monotonic()
        answer = self.invoke(event)
        return answer, (time.monotonic() - began) * 1e3

    def invoke(self, event: bytes) -> Any:
        assert self._connection
        try:
            self._connection.request("POST", INVOCATIONS, event)
            content = self._connection.getresponse().read()
        except TimeoutError:
            raise self._dies(f"out of time: no answer within {self._limits.wait_seconds:g} s") from None
        except (OSError, http.client.HTTPException) as error:
            raise self._dies(self._out_of_memory if self._was_killed else f"it ended: {error}") from None
        try:
            return json.loads(content)
        except ValueError:
            said = content.decode(errors="replace").strip()
            if "timed out" in said:
                raise self._dies(f"out of time: no answer within {self._limits.seconds} s") from None
            # If the runtime ended during its start, only the emulator's log says why.
            raise self._dies(self._out_of_memory if self._was_killed else f"it ended: {said[:300]}") from None

    def _dies(self, why: str) -> Died:
        # A comparison of answers treats the exception as a missing answer; this attribute keeps the reason.
        self.died = Died(why)
        return self.died

    @property
    def _image(self) -> str:
        return self._point.build.image

    @property
    def _runs(self) -> bool:
        return docker("inspect", "--format", "{{.State.Running}}", self._name) == "true"

    @property
    def _was_killed(self) -> bool:
        """Whether the kernel killed the container, or the runtime in it."""
        if docker("inspect", "--format", "{{.State.OOMKilled}}", self._name) == "true":
            return True
        return KILLED in docker("logs", "--tail", "50", self._name)

    @property
    def _out_of_memory(self) -> str:
        return f"out of memory: {self._point.memory_mb:,} MB are not enough"

    def _remove(self) -> None:
        subprocess.run(
            ["docker", "rm", "--force", "--volumes", self._name],
            capture_output=True,
            check=False,
            start_new_session=True,
            env=os.environ,
        )
