"""Runs of pipeline.sh: command line and output."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = sorted(path.parent for path in ROOT.glob("*/Dockerfile") if (path.parent / "app" / "main.py").exists())
MAIN_HOME = Path(os.environ.get("PIPELINE_HOME", ROOT / ".pipeline"))


def copy_of(folder: Path, to: Path) -> Path:
    """A copy of a model folder that a test may break. Its name is that of `to`."""
    return Path(shutil.copytree(folder, to, ignore=shutil.ignore_patterns("__pycache__", "train")))


@dataclass(frozen=True)
class Run:
    status: int
    stdout: str
    stderr: str

    def checked(self) -> Run:
        assert self.status == 0, f"exit status {self.status}\n{self.stdout}\n{self.stderr}"
        return self

    @property
    def api_url(self) -> str:
        last = self.stdout.splitlines()[-1]
        assert last.startswith("API_URL="), self.stdout
        return last.removeprefix("API_URL=")


class Exchange:
    """A process that answers one call after the other, as in a run of the pipeline."""

    def __init__(self, environment: dict[str, str], *program: str) -> None:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "tools"), *program], env=environment, stdin=pipe, stdout=pipe, stderr=pipe
        )

    def ask(self, *arguments: str) -> tuple[int, str, str]:
        """The exit status, stdout and stderr of a call."""
        assert self.process.stdin
        self.process.stdin.write("".join(f"{word}\0" for word in (str(len(arguments)), *arguments)).encode())
        self.process.stdin.flush()
        return int(self._word()), self._word(), self._word()

    def _word(self) -> str:
        assert self.process.stdout
        read = bytearray()
        while (byte := self.process.stdout.read(1)) != b"\0":
            assert byte, "the process has ended without an answer"
            read += byte
        return read.decode()

    def end(self) -> tuple[int, str]:
        """End it; the exit status, and what it has told by itself."""
        told = self.process.communicate()[1]
        return self.process.returncode, told.decode()


class AwsCli(Exchange):
    """The AWS CLI, imported once."""

    def __init__(self, environment: dict[str, str]) -> None:
        super().__init__(environment, "aws.cli_process")


class Home:
    """A separate PIPELINE_HOME that shares what is downloaded, and what Python has compiled.

    Its local AWS stops on exit.
    """

    def __init__(self, path: Path) -> None:
        path.mkdir(parents=True, exist_ok=True)
        self.path = path
        (path / "cache").mkdir()
        for shared in ("venv", "bytecode", "cache/wheels", "cache/uv"):
            (MAIN_HOME / shared).mkdir(parents=True, exist_ok=True)
            (path / shared).symlink_to(MAIN_HOME / shared)
        # by the port of the local AWS, which may move
        self._aws: dict[int, AwsCli] = {}

    def __enter__(self) -> Home:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for cli in self._aws.values():
            cli.end()
        self.run("-s", "local", "--down")
        # What Python has compiled is below this home's path, where nobody else looks for it.
        shutil.rmtree(MAIN_HOME / "bytecode" / self.path.absolute().relative_to("/"), ignore_errors=True)

    @property
    def port(self) -> int:
        """The port of the local AWS."""
        return int(json.loads((self.path / "aws" / "server.json").read_text())["port"])

    @property
    def pid(self) -> int:
        return int(json.loads((self.path / "aws" / "server.json").read_text())["pid"])

    def environment(self, extra: dict[str, str] | None = None) -> dict[str, str]:
        return os.environ | {"PIPELINE_HOME": str(self.path), "NO_COLOR": "1"} | (extra or {})

    def command(self, *arguments: str) -> list[str]:
        return ["bash", str(ROOT / "pipeline.sh"), *arguments]

    def run(
        self,
        *arguments: str,
        env: dict[str, str] | None = None,
        cwd: Path = ROOT,
        timeout: float = 400,
        stdin: str = "",
    ) -> Run:
        done = subprocess.run(
            self.command(*arguments),
            env=self.environment(env),
            cwd=cwd,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Run(done.returncode, done.stdout, done.stderr)

    def aws(self, *arguments: str) -> Any:
        """The answer of this home's local AWS to a call of the AWS CLI."""
        if self.port not in self._aws:
            surroundings = {
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
                "AWS_DEFAULT_REGION": "us-east-1",
            }
            self._aws[self.port] = AwsCli(self.environment(surroundings))
        status, said, complaint = self._aws[self.port].ask(*arguments, "--output", "json")
        assert status == 0, f"aws {' '.join(arguments)}: {complaint}"
        return json.loads(said or "null")
