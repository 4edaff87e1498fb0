"""An image under the runtime interface emulator, as `pipeline.sh --rie` starts it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from calls import post
from local_servers import free_port
from pipeline_runs import ROOT, Home

INVOCATIONS = "/2015-03-31/functions/function/invocations"


def docker(*arguments: str) -> str:
    return subprocess.check_output(["docker", *arguments], text=True)


class Emulator:
    """A running emulator, stopped on exit."""

    def __init__(self, home: Home, folder: str, said: Path) -> None:
        self.port = free_port()
        self.said = said
        with said.open("w") as words:
            self.process = subprocess.Popen(
                home.command("-s", "local", "-p", folder, "--rie", str(self.port)),
                cwd=ROOT,
                env=home.environment(),
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                start_new_session=True,
            )

    @property
    def container(self) -> str:
        return docker("ps", "--quiet", "--filter", f"publish={self.port}").strip()

    def inspect(self) -> Any:
        return json.loads(docker("inspect", self.container))[0]["HostConfig"]

    def invoke(self, event: Any) -> tuple[int, Any]:
        return post(f"http://localhost:{self.port}", event, INVOCATIONS)

    def wait(self, event: Any) -> None:
        """Wait until it answers `event`."""
        deadline = time.monotonic() + 300
        while True:
            try:
                if self.container and self.invoke(event)[0] == 200:
                    return
            except OSError:
                pass
            assert time.monotonic() < deadline, self.said.read_text()
            assert self.process.poll() is None, self.said.read_text()
            time.sleep(0.1)

    def __enter__(self) -> Emulator:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.interrupt()

    def interrupt(self) -> int:
        """Like Ctrl-C: a signal to all processes in the terminal."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(timeout=30)
