"""A gateway in front of a handler: HTTP in, an event of payload format 2.0 to the handler, HTTP out."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

# The function that the Lambda runtime would call.
Handler = Callable[[Any], Any]

_TEXT = ("text/", "application/json", "application/javascript", "application/xml")


@contextmanager
def serve(handler: Handler, stage: str = "$default") -> Iterator[str]:
    """Run the gateway.

    Yields the address of the API's root, which ends with the stage if that has a name.
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), _translating(handler, stage))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        root = f"http://127.0.0.1:{server.server_port}"
        yield root if stage == "$default" else f"{root}/{stage}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _translating(handler: Handler, stage: str) -> type[BaseHTTPRequestHandler]:
    class Translator(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # One packet an answer: two would wait for each other.

        def answer(self) -> None:
            path, _, query = self.path.partition("?")
            event: dict[str, Any] = {
                "version": "2.0",
                "rawPath": path,
                "rawQueryString": query,
                "headers": {name.lower(): value for name, value in self.headers.items()},
                "requestContext": {"http": {"method": self.command, "path": path}, "stage": stage},
                **self._body(),
            }
            # Through JSON both ways, as between the runtime and the function.
            result = json.loads(json.dumps(handler(json.loads(json.dumps(event)))))
            is_base64 = result["isBase64Encoded"]
            body = b64decode(result["body"]) if is_base64 else result["body"].encode()
            self.send_response(result["statusCode"])
            for name, value in result["headers"].items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _body(self) -> dict[str, Any]:
            if "chunked" in self.headers.get("transfer-encoding", ""):
                content = b"".join(self._chunks())
            else:
                content = self.rfile.read(int(self.headers.get("content-length") or 0))
            if not content:
                return {"isBase64Encoded": False}
            if self.headers.get("content-type", "").startswith(_TEXT):
                return {"body": content.decode(errors="replace"), "isBase64Encoded": False}
            return {"body": b64encode(content).decode(), "isBase64Encoded": True}

        def _chunks(self) -> Iterator[bytes]:
            while size := int(self.rfile.readline(), 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()

        def __getattr__(self, name: str) -> Any:
            # Every method, including invented ones.
            if name.startswith("do_"):
                return self.answer
            raise AttributeError(name)

        def log_message(self, *_: object) -> None:
            pass

    return Translator
