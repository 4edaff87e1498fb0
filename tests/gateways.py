"""A gateway in front of a handler: HTTP in, an event of payload format 2.0 to the handler, HTTP out."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from typing import Any

import local_servers

# The function that the Lambda runtime would call.
Handler = Callable[[Any], Any]

_TEXT = ("text/", "application/json", "application/javascript", "application/xml")


@contextmanager
def serve(handler: Handler, stage: str = "$default") -> Iterator[str]:
    """Run the gateway.

    Yields the address of the API's root, which ends with the stage if that has a name.
    """
    with local_servers.running(_Gateway(handler, stage)) as root:
        yield root if stage == "$default" else f"{root}/{stage}"


class _Gateway(ThreadingHTTPServer):
    def __init__(self, handler: Handler, stage: str) -> None:
        super().__init__(("127.0.0.1", 0), _Translator)
        self.handler, self.stage = handler, stage


class _Translator(local_servers.Handler):
    server: _Gateway
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # One packet an answer: two would wait for each other.

    def translate(self) -> None:
        path, _, query = self.path.partition("?")
        event: dict[str, Any] = {
            "version": "2.0",
            "rawPath": path,
            "rawQueryString": query,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "requestContext": {"http": {"method": self.command, "path": path}, "stage": self.server.stage},
            **self._body(),
        }
        # Through JSON both ways, as between the runtime and the function.
        result = json.loads(json.dumps(self.server.handler(json.loads(json.dumps(event)))))
        body = result["body"]
        self.answer(
            result["statusCode"], b64decode(body) if result["isBase64Encoded"] else body.encode(), result["headers"]
        )

    def _body(self) -> dict[str, Any]:
        content = self.content()
        if not content:
            return {"isBase64Encoded": False}
        if self.headers.get("content-type", "").startswith(_TEXT):
            return {"body": content.decode(errors="replace"), "isBase64Encoded": False}
        return {"body": b64encode(content).decode(), "isBase64Encoded": True}

    def __getattr__(self, name: str) -> Any:
        # Every method, including invented ones.
        if name.startswith("do_"):
            return self.translate
        raise AttributeError(name)
