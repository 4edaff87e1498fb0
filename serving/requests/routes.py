"""Routing: which function answers which method and path, and the errors if none does."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from serving.requests.errors import Refused
from serving.requests.messages import JSON, Request, Response


class Operation(msgspec.Struct, frozen=True):
    """What the OpenAPI document says about a route."""

    summary: str
    query: type | None = None
    # The media types of the request body. If empty, `query` comes in the query string.
    media_types: Sequence[str] = ()
    answer: type | None = None
    answer_media_type: str = JSON
    example: object = msgspec.UNSET
    # Further examples, keyed by title. Made on demand, because pictures are read from files.
    examples: Callable[[], Mapping[str, object]] = dict
    columns: Sequence[Mapping[str, str]] = ()


class Route(msgspec.Struct, frozen=True):
    """One method on one path."""

    method: str
    path: str
    respond: Callable[[Request], Response]
    operation: Operation
    # Whether it runs the model. Other routes would distort the metrics and stay out of them.
    is_model: bool = False


class Routes:
    """The routing table. HEAD is answered wherever GET is, and OPTIONS everywhere.

    There are no CORS headers: the page comes from the API's own origin. Other origins are allowed in the gateway's
    configuration, and the gateway then answers preflight requests without calling Lambda.
    """

    def __init__(self) -> None:
        self._paths: dict[str, dict[str, Route]] = {}

    def __iter__(self) -> Iterator[Route]:
        for methods in self._paths.values():
            yield from methods.values()

    def add(self, route: Route) -> None:
        methods = self._paths.setdefault(route.path, {})
        if route.method in methods:
            raise ValueError(f"There is already a route {route.method} {route.path}.")
        methods[route.method] = route

    def find(self, request: Request) -> Route:
        """The route that answers the request; raises `Refused` with 404 or 405 if there is none."""
        shorter = request.path.removesuffix("/")
        methods = self._paths.get(request.path) or (not shorter.endswith("/") and self._paths.get(shorter))
        if not methods:
            raise Refused(404, "There is nothing at this path.", code="not_found")
        method = "GET" if request.method == "HEAD" else request.method
        if route := methods.get(method):
            return route
        allow = ", ".join([*methods, *(["HEAD"] if "GET" in methods else []), "OPTIONS"])
        if method == "OPTIONS":
            return _options(request.path, allow)
        raise Refused(
            405,
            f"This path does not take {request.method[:20]}, only {allow}.",
            code="method_not_allowed",
            headers={"allow": allow},
        )


def _options(path: str, allow: str) -> Route:
    response = Response(204, b"", {"allow": allow})
    return Route("OPTIONS", path, lambda _: response, Operation("What this path takes"))
