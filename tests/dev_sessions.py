"""`pipeline.sh --dev` as a person runs it: on a terminal, ended by Ctrl-C."""

from __future__ import annotations

import contextlib
import os
import pty
import subprocess
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from calls import get, post
from local_servers import free_port
from pipeline_runs import ROOT, Home

PATIENCE = 60.0


class Session:
    """A session, which ends on exit."""

    def __init__(self, home: Home, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self._terminal, theirs = pty.openpty()
        self._said = ""
        self.process = subprocess.Popen(
            # setsid makes this the controlling terminal, whose Ctrl-C reaches all processes in the session.
            ["setsid", "--ctty", "--wait", *home.command("--dev", str(folder))],
            cwd=ROOT,
            env=home.environment({"PORT": str(self.port)}),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        # On Linux, a closed terminal gives an error instead of an end of file.
        with contextlib.suppress(OSError):
            while part := os.read(self._terminal, 4096):
                self._said += part.decode(errors="replace").replace("\r\n", "\n")

    def mark(self) -> int:
        """A position in the output, for what follows."""
        return len(self._said)

    def said(self, since: int = 0) -> str:
        return self._said[since:]

    def wait(self, words: str, since: int = 0) -> str:
        """Wait for the words; return the output since then."""
        until = time.monotonic() + PATIENCE
        while words not in (said := self.said(since)):
            assert time.monotonic() < until, said
            assert self.process.poll() is None, said
            time.sleep(0.005)
        return said

    def save(self, name: str, text: str, until: str) -> str:
        """Save a file; return the output up to those words."""
        began = self.mark()
        (self.folder / name).write_text(text)
        return self.wait(until, began)

    def types(self, keys: str) -> None:
        os.write(self._terminal, keys.encode())

    def get(self, path: str) -> tuple[int, Any]:
        return get(self.url, path)

    def ask(self, body: object) -> tuple[int, Any]:
        return post(self.url, body, "/predict")

    def processes(self, program: str = "") -> list[int]:
        """All processes that were started for the session, or those that run the program."""
        found = []
        for place in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                command = (place / "cmdline").read_text()
                if str(self.folder) in command and program in command:
                    found.append(int(place.name))
        return found

    def end(self) -> int:
        self.types("\x03")
        return self.process.wait(PATIENCE)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.end()
        os.close(self._terminal)
