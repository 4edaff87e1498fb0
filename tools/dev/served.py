"""A folder's handler behind the same server as in its image, for the one person who develops it.

    python tools dev.served FOLDER [READY GO]

It runs under the folder's own packages and listens on this machine alone, on PORT (default: 8000). The terminal is
the handler's: what it prints is seen at once, and `breakpoint()` asks there. An IDE starts this program in its
debugger. For the loop READY and GO are file descriptors: it begins with a byte from GO, and READY gets one once it
listens.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.dev import words

if TYPE_CHECKING:
    from serving import Handler

HOST = "127.0.0.1"
PORT = "8000"


def imported(folder: Path) -> Handler[Any]:
    """Import the handler. Any error here is the folder's own, even a sys.exit() during the import."""
    sys.path.insert(0, str(folder))
    # The image serves app.main.handler: serving/entrypoint.sh.
    found: Handler[Any] = import_module("app.main").handler
    return found


def serve(handler: Handler[Any], folder: Path, ready: int | None) -> None:
    # Imported after the handler, which must not depend on these.
    from serving import log
    from serving.requests.messages import Request, Response
    from serving.server import asgi, uvicorn_worker

    told = words.Told(folder)
    log.output = told.record

    class Application(asgi.Application):
        async def respond(self, request: Request, request_id: str) -> Response:
            told.begins(request_id, is_event=words.EVENT in request.headers)
            return await super().respond(request, request_id)

    class Server(uvicorn_worker.Server):
        def ready(self) -> None:
            if ready is not None:
                os.write(ready, b"1")

    Server(uvicorn_worker.configuration(Application(handler))).run([uvicorn_worker.listener(HOST)])


def wait_for(go: int) -> bool:
    """Import the slowest packages, which nobody edits here, then wait for GO; False if the parent is gone."""
    import_module("uvicorn")
    import_module("msgspec")
    return os.read(go, 1) != b""


def main(folder: Path, ready: int | None = None, go: int | None = None) -> int:
    os.environ.setdefault("PORT", PORT)
    if go is not None:
        # Ctrl-C is for the loop, which ends this process.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if not wait_for(go):
            return 0
    try:
        handler = imported(folder)
    except BaseException:
        trace = traceback.format_exc()
        words.show(words.own(trace, folder) or trace.splitlines()[-1:])
        return 1
    serve(handler, folder, ready)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), *map(int, sys.argv[2:])))
