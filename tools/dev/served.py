"""The handler of a folder behind the server that its image has, for the one person who writes it.

    python tools dev.served FOLDER [READY]

It runs under the folder's own packages and listens on this machine alone, on PORT (default: 8000). READY is a file
descriptor that gets a byte once it listens. The terminal is the handler's: what it prints is seen at once, and
`breakpoint()` asks there. An IDE starts this program in its debugger, without READY.
"""

from __future__ import annotations

import os
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
    """What goes wrong here is the folder's, whatever it is; a program that calls sys.exit() as it is imported too."""
    sys.path.insert(0, str(folder))
    # What is served is app.main.handler: serving/entrypoint.sh.
    found: Handler[Any] = import_module("app.main").handler
    return found


def serve(handler: Handler[Any], folder: Path, ready: int | None) -> None:
    # After the handler's own imports, of which it should not depend.
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


def main(folder: Path, ready: int | None = None) -> int:
    os.environ.setdefault("PORT", PORT)
    try:
        handler = imported(folder)
    except KeyboardInterrupt:
        return 130
    except BaseException:
        words.show(words.own(traceback.format_exc(), folder))
        return 1
    serve(handler, folder, ready)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), *map(int, sys.argv[2:])))
