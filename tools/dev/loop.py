"""Serve a folder's handler on this machine, reload it after each save, and send it the folder's events.

    python tools dev.loop FOLDER ENVIRONMENT

ENVIRONMENT is the Python environment with the folder's packages. Exit status 75: a saved file affects what is made
before this program starts, so the caller has to make that again and restart this.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from pathlib import Path

from tools.dev import words
from tools.dev.asking import Asking
from tools.dev.process import Process, Terminal
from tools.dev.watched import Watched
from tools.images import context

ROOT = Path(__file__).resolve().parents[2]
AGAIN = 75
HOST = "127.0.0.1"
FIRST_PORT, LAST_PORT = 8000, 8099
EVERY_SECONDS = 0.1


class NoPort(Exception):
    """A message for the person who chose the port."""


def port(wanted: str | None) -> socket.socket:
    """A free port, held so that nobody else takes it between two handlers. This socket never listens."""
    if wanted and not (wanted.isdecimal() and 0 < int(wanted) < 65536):
        raise NoPort(f"PORT={wanted} is no port")
    for number in [int(wanted)] if wanted else range(FIRST_PORT, LAST_PORT + 1):
        held = socket.socket()
        try:
            # Fails if another program listens there; SO_REUSEPORT alone would share the port with a willing one.
            with socket.socket() as alone:
                alone.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                alone.bind((HOST, number))
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            held.bind((HOST, number))
        except OSError:
            held.close()
        else:
            return held
    raise NoPort(f"port {wanted} is taken" if wanted else f"the ports {FIRST_PORT} to {LAST_PORT} are taken")


class Loop:
    def __init__(self, folder: Path, environment: Path, port: int) -> None:
        self._folder = folder
        self._address = f"http://{HOST}:{port}/"
        variables = {
            **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
            **_openmp(environment),
            "PORT": str(port),
            "PYTHONPYCACHEPREFIX": str(environment.parent / "bytecode"),
            "PYTHONUNBUFFERED": "1",
        }
        self._bytecode = variables["PYTHONPYCACHEPREFIX"]
        self._process = Process(environment / "bin" / "python", folder, variables)
        self._terminal = Terminal()
        self._watched = Watched([folder, ROOT / "serving"])
        self._asking: Asking | None = None

    def run(self) -> int:
        """Run until a saved file needs a restart of this program."""
        parent = os.getppid()
        self._begin()
        while os.getppid() == parent:
            if self._process.begins_to_listen(EVERY_SECONDS):
                words.say("dev", f"{self._address} answers ({time.monotonic() - self._since:.2f} s)")
                self._ask()
            if not self._end_is_told and self._process.ended is not None:
                self._tell_of_the_end()
            if self._asking is None or self._asking.is_over:
                self._process.prepare()
            if (changed := self._watched.changed()) and self._take(changed) == AGAIN:
                return AGAIN
        return 0

    def end(self) -> None:
        if self._asking:
            self._asking.give_up()
        self._process.end_all()
        self._terminal.restore()

    def _begin(self) -> None:
        self._since = time.monotonic()
        self._end_is_told = False
        self._process.begin()

    def _ask(self) -> None:
        self._asking = Asking(self._address, self._folder)

    def _take(self, changed: list[Path]) -> int:
        names = [self._name(path) for path in changed]
        told = f"{', '.join(names[:3])}{f' and {len(names) - 3} more' if len(names) > 3 else ''}"
        if "model.env" in names:
            words.say("changed", "model.env, which is read at the start: Ctrl-C, and the same command")
        if any(map(self._is_made_before, names)):
            words.say("changed", told)
            return AGAIN
        # Files at the top of the folder are for people, for the stack, and for building the image.
        served = [path for path in changed if path.parent != self._folder]
        if not served:
            return 0
        words.say("changed", told)
        if self._asking:
            self._asking.give_up()
        if all(path.is_relative_to(self._folder / "events") for path in served) and self._process.listens:
            self._ask()
            return 0
        self._process.end()
        self._terminal.restore()
        self._forget(served)
        self._begin()
        return 0

    def _name(self, path: Path) -> str:
        return str(path.relative_to(self._folder if path.is_relative_to(self._folder) else ROOT))

    def _is_made_before(self, name: str) -> bool:
        """Whether it affects the packages, or the model of a folder that exports it."""
        if name.startswith("requirements") and name.endswith(".txt"):
            return True
        return context.exports(self._folder) and name.startswith(("export/", "model/", "weights"))

    def _forget(self, changed: list[Path]) -> None:
        """Python compares bytecode with its source by second and size, which is too coarse for quick saves."""
        for path in changed:
            for old in Path(f"{self._bytecode}{path.parent}").glob(f"{path.stem}.*.pyc"):
                old.unlink()

    def _tell_of_the_end(self) -> None:
        self._end_is_told = True
        if self._asking:
            self._asking.give_up()
        status = self._process.ended or 0
        how = f"by signal {-status} ({signal.Signals(-status).name})" if status < 0 else f"with status {status}"
        what = f"ended {how}" if self._process.listens else "does not start"
        words.say("dev", f"the handler {what}; it is started again at the next save")


def _openmp(environment: Path) -> dict[str, str]:
    """LightGBM takes OpenMP from the system, or from scikit-learn's package, as in its image."""
    for library in environment.glob("lib/python3*/site-packages/scikit_learn.libs/libgomp-*.so*"):
        place = environment / "openmp"
        place.mkdir(exist_ok=True)
        (place / "libgomp.so.1").unlink(missing_ok=True)
        (place / "libgomp.so.1").symlink_to(library)
        return {"LD_LIBRARY_PATH": str(place)}
    return {}


def main(folder: Path, environment: Path) -> int:
    def interrupted(*_: object) -> None:
        # Ctrl-C arrives twice: from the terminal, and from the shell that received it as well.
        for ending in (signal.SIGINT, signal.SIGTERM):
            signal.signal(ending, signal.SIG_IGN)
        raise KeyboardInterrupt

    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, interrupted)
    # Nothing checks callers at this address.
    os.environ["AUTH_LAMBDA"] = "none"
    try:
        held = port(os.environ.get("PORT"))
    except NoPort as error:
        print(error, file=sys.stderr)
        return 1
    with held:
        loop = Loop(folder, environment, held.getsockname()[1])
        try:
            return loop.run()
        except KeyboardInterrupt:
            return 0
        finally:
            loop.end()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
