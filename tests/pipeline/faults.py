"""Things that go wrong, provoked: what stands in the way of a run, and is taken away again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import local_servers
from pipeline_runs import MAIN_HOME, ROOT, Home, Run

STAND_IN = "pipeline/stand-in:python3.11-bookworm"


def assert_explained(run: Run, what: str, why: str = "", following: str = "", status: int = 1) -> None:
    """One message: what failed, why, what to type next. No trace of how the pipeline is made inside."""
    assert run.status == status, f"exit status {run.status}\n{run.stdout}\n{run.stderr}"
    lines = run.stderr.splitlines()
    errors = [number for number, line in enumerate(lines) if line.startswith("error:")]
    assert len(errors) == 1, run.stderr
    message = lines[errors[0] :]
    assert what in message[0], run.stderr
    next_line = next((number for number, line in enumerate(message) if line.startswith("  next: ")), None)
    assert next_line is not None, run.stderr
    assert why in "\n".join(message[:next_line]), run.stderr
    assert following in "\n".join(message[next_line:]), run.stderr
    assert run.stdout == ""
    for trace in ("Traceback", "no message of its own", ".sh: line", "unbound variable", "LAST_ERROR"):
        assert trace not in run.stderr, run.stderr


def steps(run: Run) -> list[str]:
    """The names of the steps that a run has begun, after its first word."""
    first = [line.split()[0] for line in run.stderr.splitlines() if line[:1].isalpha()]
    return [name for name in first if name != "pipeline" and ":" not in name]


@dataclass
class Started:
    """A run in a process group of its own, told while it goes on by the lines of its stderr."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)
    _news: threading.Condition = field(default_factory=threading.Condition)
    _reader: threading.Thread | None = None

    def read(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            with self._news:
                self.lines.append(line)
                self._news.notify_all()
        with self._news:
            self._reader = None
            self._news.notify_all()

    def wait_for(self, beginning: str, timeout: float = 300, after: str = "") -> bool:
        """Until a line begins so, below one that begins as `after`; False if the time or the run is over before."""

        def seen() -> bool:
            first = next((number for number, line in enumerate(self.lines) if line.startswith(after)), 0)
            return any(line.startswith(beginning) for line in self.lines[first + bool(after) :])

        with self._news:
            self._news.wait_for(lambda: self._reader is None or seen(), timeout)
            return seen()

    def signal(self, number: signal.Signals) -> None:
        os.killpg(self.process.pid, number)

    def finish(self, timeout: float = 300) -> Run:
        assert self.process.stdout
        stdout = self.process.stdout.read()
        status = self.process.wait(timeout)
        with self._news:
            assert self._news.wait_for(lambda: self._reader is None, 10), "something still holds the run's stderr"
        return Run(status, stdout, "".join(self.lines))


def start(home: Home, *arguments: str, env: dict[str, str] | None = None) -> Started:
    process = subprocess.Popen(
        home.command(*arguments),
        env=home.environment(env),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    started = Started(process)
    started._reader = threading.Thread(target=started.read, daemon=True)
    started._reader.start()
    return started


def path_without(folder: Path, *names: str) -> str:
    """A PATH with every program of this machine but some."""
    folder.mkdir()
    for directory in reversed(os.environ["PATH"].split(":")):
        for program in Path(directory).glob("*") if directory else []:
            link = folder / program.name
            if program.name not in names and "pyenv" not in str(program):
                link.unlink(missing_ok=True)
                link.symlink_to(program)
    return f"{MAIN_HOME / 'venv' / 'bin'}:{folder}"


def path_with(folder: Path, name: str, script: str) -> str:
    """A PATH on which a program of ours comes first. $REAL is the one it stands before."""
    folder.mkdir()
    program = folder / name
    program.write_text(f"#!/usr/bin/env bash\nREAL={shutil.which(name)}\n{script}\n")
    program.chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def docker_that_cannot(folder: Path, verb: str, complaint: str) -> str:
    fails = f'if [[ " $* " == *" {verb} "* ]]; then echo "{complaint}" >&2; exit 1; fi'
    return path_with(folder, "docker", f'{fails}\nexec "$REAL" "$@"')


@contextmanager
def refusing_socket(path: Path) -> Iterator[str]:
    """A socket on which nobody listens any more."""
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(path))
        yield f"unix://{path}"


@contextmanager
def listener(port: int) -> Iterator[None]:
    """A foreign program on a port of this machine; or whoever has it already."""
    with socket.socket() as foreign:
        foreign.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            foreign.bind(("127.0.0.1", port))
            foreign.listen()
        except OSError:
            pass
        yield


@contextmanager
def aws_that_refuses(code: str, message: str) -> Iterator[str]:
    """An endpoint that answers every call as AWS answers credentials that it does not accept."""

    class Refuser(local_servers.Handler):
        def do_POST(self) -> None:
            self.content()
            error = f"<Type>Sender</Type><Code>{code}</Code><Message>{message}</Message>"
            body = f"<ErrorResponse><Error>{error}</Error></ErrorResponse>"
            self.answer(403, body.encode(), {"content-type": "text/xml"})

        do_GET = do_PUT = do_POST

    with local_servers.serving(Refuser) as address:
        yield address


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)
