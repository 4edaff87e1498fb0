"""A proxy in front of the local AWS that records the actions that a caller needs."""

from __future__ import annotations

import http.client
import json
import re
import threading
import urllib.parse
from http.server import ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar

import local_servers
from tools.local_aws import registry_actions

STORAGE = [
    ("POST", r"/[^/?]+/?\?.*delete", "s3:DeleteObjectVersion"),
    ("GET", r"/[^/?]+/?\?.*versions", "s3:ListBucketVersions"),
    ("GET", r"/[^/?]+/?\?.*location", "s3:GetBucketLocation"),
    ("GET", r"/[^/?]+/?\?.*list-type", "s3:ListBucket"),
    ("HEAD", r"/[^/?]+/?$", "s3:ListBucket"),
    ("HEAD", r"/[^/?]+/[^?]+", "s3:GetObject"),
    ("GET", r"/[^/?]+/[^?]+", "s3:GetObject"),
    ("PUT", r"/[^/?]+/[^?]+", "s3:PutObject"),
    ("DELETE", r"/[^/?]+/?$", "s3:DeleteBucket"),
    ("DELETE", r"/[^/?]+/[^?]+", "s3:DeleteObject"),
]
# Lambda's API is REST: the path begins with the API's version.
FUNCTIONS = [
    ("POST", r"/[-0-9]+/functions/[^/]+/invocations", "lambda:InvokeFunction"),
    ("GET", r"/[-0-9]+/functions/[^/]+/configuration", "lambda:GetFunctionConfiguration"),
    ("GET", r"/[-0-9]+/functions/[^/]+/concurrency", "lambda:GetFunctionConcurrency"),
    ("GET", r"/[-0-9]+/functions/[^/]+/aliases/", "lambda:GetAlias"),
    ("GET", r"/[-0-9]+/functions/[^/]+/versions", "lambda:ListVersionsByFunction"),
    ("GET", r"/[-0-9]+/functions/[^/]+/aliases", "lambda:ListAliases"),
    ("GET", r"/[-0-9]+/functions/[^/?]+(\?.*)?$", "lambda:GetFunction"),
    ("GET", r"/[-0-9]+/account-settings", "lambda:GetAccountSettings"),
    ("DELETE", r"/[-0-9]+/functions/[^/?]+(\?.*)?$", "lambda:DeleteFunction"),
]


def action(method: str, path: str, headers: dict[str, str], body: bytes) -> str:
    # the APIs of API Gateway and of registries both begin with /v2
    if path.startswith("/v2/apis"):
        return f"apigateway:{method}"
    if path.startswith("/v2/"):
        return first_match(registry_actions.CALLS, method, path)
    scope = re.search(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request", headers.get("authorization", ""))
    assert scope, f"unsigned: {method} {path}"
    if scope[1] == "s3":
        return first_match(STORAGE, method, path)
    if scope[1] == "lambda":
        return first_match(FUNCTIONS, method, path)
    if scope[1] == "monitoring":
        return f"cloudwatch:{operation(path, headers, body)}"
    if target := headers.get("x-amz-target"):
        return f"{scope[1]}:{target.rsplit('.', 1)[1]}"
    return f"{scope[1]}:{urllib.parse.parse_qs(body.decode())['Action'][0]}"


def operation(path: str, headers: dict[str, str], body: bytes) -> str:
    """The operation, for a service with three protocols."""
    if target := headers.get("x-amz-target"):
        return target.rsplit(".", 1)[1]
    if named := re.search(r"/operation/(\w+)$", path):
        return named[1]
    return urllib.parse.parse_qs(body.decode())["Action"][0]


def first_match(table: list[tuple[str, str, str]], method: str, path: str) -> str:
    for wanted, pattern, name in table:
        if re.fullmatch(wanted, method) and re.match(pattern, path):
            return name
    raise AssertionError(f"a call of no known action: {method} {path}")


class _Passing(local_servers.Handler):
    """Passes a call on, and tells the recorder of it, which a class of its own has for each."""

    recorder: ClassVar[Recorder]
    protocol_version = "HTTP/1.1"

    def forward(self) -> None:
        body = self.content()
        headers = {key.lower(): value for key, value in self.headers.items()}
        called = ""
        try:
            called = action(self.command, self.path, headers, body)
            self.recorder.actions.add(called)
        except AssertionError as error:
            self.recorder.unknown.append(str(error))
        if called in self.recorder.instead:
            self.answer(200, json.dumps(self.recorder.instead[called]).encode())
        else:
            self.pass_on(headers, body)

    def pass_on(self, headers: dict[str, str], body: bytes) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.recorder.upstream, timeout=120)
        kept = {key: value for key, value in headers.items() if key not in ("transfer-encoding", "connection")}
        connection.request(self.command, self.path, body, kept | {"content-length": str(len(body))})
        response = connection.getresponse()
        content = response.read()
        self.send_response_only(response.status)
        for key, value in response.getheaders():
            if key.lower() not in ("transfer-encoding", "connection", "content-length"):
                self.send_header(key, value)
        length = response.getheader("content-length") if self.command == "HEAD" else str(len(content))
        self.send_header("content-length", length or "0")
        self.end_headers()
        self.wfile.write(content)
        connection.close()

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = do_PATCH = forward


class Recorder:
    """Serves on `port` while entered; `actions` holds what was called."""

    def __init__(self, upstream: int, instead: dict[str, Any] | None = None) -> None:
        """`instead` has the answers to actions that are not passed on."""
        self.actions: set[str] = set()
        self.unknown: list[str] = []
        self.upstream, self.instead = upstream, {} if instead is None else instead
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Passing", (_Passing,), {"recorder": self}))

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    def __enter__(self) -> Recorder:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.server.shutdown()
        self.server.server_close()
