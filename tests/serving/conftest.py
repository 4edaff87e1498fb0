"""Two small models to serve in tests, of the kinds this repository holds, and a gateway before them."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Annotated, Any

import msgspec
import pytest
from msgspec import Meta

import serving

Make = Callable[..., serving.Handler[float]]
Gateway = Callable[[serving.Handler[Any], str], AbstractContextManager[str]]

# --- a table of numbers ---------------------------------------------------------------------------

WIDTH = 3
_NUMBER = {"type": ["number", "null"], "minimum": -1e38, "maximum": 1e38}
_ROW = {"type": "array", "items": _NUMBER, "minItems": WIDTH, "maxItems": WIDTH}
_Number = Annotated[float, Meta(ge=-1e38, le=1e38)] | None


class Table(msgspec.Struct, forbid_unknown_fields=True):
    """A row of numbers, or a list of rows."""

    input_X: Annotated[
        list[_Number | list[_Number]],
        Meta(
            min_length=1,
            extra_json_schema={
                "anyOf": [_ROW, {"type": "array", "items": _ROW, "minItems": 1}],
            },
        ),
    ]


class Sum(msgspec.Struct, omit_defaults=True):
    message: str
    prediction: float | None = None
    predictions: list[float] | None = None


def load() -> float:
    return 1.0


def add_up(model: float, table: Table) -> Sum:
    """The sum of a row, or of each row."""
    first, *_ = table.input_X
    if not isinstance(first, list):
        return Sum("Successful", prediction=model * _sum(table.input_X, "input_X"))
    sums = [_sum(row, f"input_X[{index}]") for index, row in enumerate(table.input_X)]
    return Sum("Successful", predictions=[model * one for one in sums])


def _sum(row: Any, field: str) -> float:
    if not isinstance(row, list):
        raise serving.Invalid(f"{field} must be a row.", field=field, code="wrong_type")
    if len(row) != WIDTH:
        raise serving.Invalid(f"{field} must hold 3 numbers.", field=field, code="wrong_length")
    for index, value in enumerate(row):
        if isinstance(value, list):
            where = f"{field}[{index}]"
            raise serving.Invalid(f"{where} must be a number.", field=where, code="wrong_type")
    return sum(value or 0.0 for value in row)


def make_table_handler(**options: Any) -> serving.Handler[float]:
    settings: dict[str, Any] = {
        "path": "/predict",
        "name": "sums",
        "title": "Sums",
        "description": "Adds up three numbers.",
        "example": {"input_X": [1, 2.5, None]},
        "examples": lambda _: {"Tens": {"input_X": [10, 20, 30]}, "Two rows": {"input_X": [[1, 2, 3], [4, 5, 6]]}},
        "columns": [{"name": name, "description": f"The number {name}"} for name in "abc"],
        "about": lambda _: {"version": "7"},
    }
    return serving.Handler(load, add_up, **{**settings, **options})


# --- a picture ------------------------------------------------------------------------------------


class Picture(msgspec.Struct, forbid_unknown_fields=True):
    """An image by its address or by its bytes."""

    input_url: str | None = None
    data: bytes | None = None


class Labels(msgspec.Struct):
    message: str
    prediction: list[tuple[str, float]]


def label(_: float, picture: Picture) -> Labels:
    """The same labels for every picture, and more for one that came with its bytes."""
    labels = [("tabby cat", 91.25), ("tiger cat", 6.5), ("lynx", 0.8)]
    return Labels("Successful", labels if picture.data else labels[:1])


def make_picture_handler(**options: Any) -> serving.Handler[float]:
    readers = {"image/*": lambda body: Picture(data=body)}
    return serving.Handler(load, label, path="/predict", name="labels", **{"body_readers": readers, **options})


# --- a gateway ------------------------------------------------------------------------------------

_TEXT = ("text/", "application/json", "application/javascript", "application/xml")


@contextmanager
def serve(handler: serving.Handler[Any], stage: str = "$default") -> Iterator[str]:
    """A tiny HTTP API: HTTP in, an event of payload format 2.0 to the handler, HTTP out.

    Yields the address of the API's root, which with a named stage ends with it.
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


def _translating(handler: serving.Handler[Any], stage: str) -> type[BaseHTTPRequestHandler]:
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
            # Every method there is, and those that there are not.
            if name.startswith("do_"):
                return self.answer
            raise AttributeError(name)

        def log_message(self, *_: object) -> None:
            pass

    return Translator


# --- what tests ask for ---------------------------------------------------------------------------


@pytest.fixture
def table_handler() -> Make:
    return make_table_handler


@pytest.fixture
def picture_handler() -> Make:
    return make_picture_handler


@pytest.fixture
def gateway() -> Gateway:
    return serve
