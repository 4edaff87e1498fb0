"""An image within Lambda's limits: read-only, an unknown user, no privileges, little memory and no network.

Without a network it cannot be called from outside, so the client is started inside.
"""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from threading import Thread
from types import TracebackType
from typing import Any

from emulator import INVOCATIONS
from pipeline_runs import MAIN_HOME
from tools.releases import comparison, invocation

MEGABYTES = 1769
EMULATOR = f"{MAIN_HOME / 'venv' / 'bin' / 'aws-lambda-rie'}:/usr/local/bin/aws-lambda-rie:ro"
LIMITS = (
    *("--network", "none", "--ipc", "none", "--read-only", "--tmpfs", "/tmp:size=512m,mode=1777"),
    *("--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--pids-limit", "1024"),
    *("--memory", f"{MEGABYTES}m", "--memory-swap", f"{MEGABYTES}m", "--cpus", "1"),
    *("--env", f"AWS_LAMBDA_FUNCTION_MEMORY_SIZE={MEGABYTES}"),
)
# One line of JSON in, one line out: the time it took, and the answer. It waits until the server listens.
ASKING = f"""
import http.client, json, sys, time
def ask(event):
    connection = http.client.HTTPConnection("127.0.0.1", 8080)
    connection.request("POST", "{INVOCATIONS}", event)
    return json.loads(connection.getresponse().read())
for event in sys.stdin.buffer:
    end = time.monotonic() + 20
    while True:
        started = time.monotonic()
        try:
            answer = ask(event)
            break
        except ConnectionRefusedError:
            if started > end:
                raise
            time.sleep(0.02)
    print(json.dumps([time.monotonic() - started, answer]), flush=True)
"""


def docker(*arguments: str) -> str:
    return subprocess.check_output(["docker", *arguments], text=True, stderr=subprocess.STDOUT).strip()


@dataclass
class State:
    """The state of a container that has ended."""

    status: int
    was_killed_for_memory: bool


class Contained:
    """A running container, removed on exit. `words` are arguments of the image's entry point."""

    def __init__(self, image: str, *words: str) -> None:
        user = f"{random.randrange(10_000, 60_000)}:{random.randrange(10_000, 60_000)}"
        # On Lambda, too, the program is not process 1.
        self.id = docker("run", "--detach", "--init", "--user", user, "--volume", EMULATOR, *LIMITS, image, *words)

    def __enter__(self) -> Contained:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        docker("rm", "--force", self.id)

    def inside(self, *command: str) -> subprocess.Popen[str]:
        command = ("docker", "exec", "--interactive", self.id, *command)
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, events: Iterable[Any]) -> Iterator[tuple[float, Any]]:
        """The seconds and the answer of each event, in turn."""
        asking = self.inside("python3", "-c", ASKING)
        assert asking.stdin
        assert asking.stdout
        with asking:
            for event in events:
                asking.stdin.write(json.dumps(event) + "\n")
                asking.stdin.flush()
                line = asking.stdout.readline()
                assert line, f"{event!s:.300} was not answered\n{self.log()[-2000:]}"
                seconds, answer = json.loads(line)
                yield seconds, answer
            asking.stdin.close()

    def say(self, events: Iterable[Any]) -> None:
        """Send events without waiting for answers."""
        asking = self.inside("python3", "-c", ASKING)
        Thread(target=lambda: asking.communicate("".join(json.dumps(event) + "\n" for event in events))).start()

    def answer(self, event: Any) -> Any:
        [(_, answer)] = self.ask([event])
        return answer

    def processes(self) -> list[str]:
        """The process ids, as the host sees them."""
        return docker("top", self.id, "-o", "pid").split()[1:]

    def stop(self) -> State:
        """Ask it to end, with one signal and a moment to do so."""
        docker("kill", "--signal", "TERM", self.id)
        subprocess.run(["docker", "wait", self.id], check=True, capture_output=True, timeout=5)
        found = json.loads(docker("inspect", "--format", "{{json .State}}", self.id))
        return State(found["ExitCode"], found["OOMKilled"])

    def start(self) -> None:
        """Start it again after its end."""
        docker("start", self.id)

    def log(self) -> str:
        return docker("logs", self.id)


def differing(event: dict[str, Any], answer: Any) -> list[str]:
    if not isinstance(answer, dict) or "statusCode" not in answer:
        return [f"no answer of HTTP: {answer!s:.500}"]
    return comparison.compare(event, answer["statusCode"], invocation.body(answer))
