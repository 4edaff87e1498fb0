"""The routes every model has: is it up, what does it take, and a page to try it by hand."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache

from serving.requests.messages import JSON, Request, Response, json_response
from serving.requests.routes import Operation, Route, Routes

Facts = Mapping[str, object]


def routes(name: str, facts: Facts, info: Mapping[str, str], table: Routes) -> Iterator[Route]:
    """`table` is every route there is, these included: the document describes them all."""
    health = {"name": name, "status": "ok", **facts}
    yield _get("/health", "Whether the model is loaded", lambda: json_response(health), answer=dict)

    @cache
    def document() -> Response:
        from serving.pages import openapi

        return json_response(openapi.document(info, table))

    yield _get("/openapi.json", "This document", document, answer=dict)
    yield _get("/", "A page to try the model by hand", _page, media_type="text/html")


def _get(
    path: str,
    summary: str,
    answer_with: Callable[[], Response],
    *,
    answer: type | None = None,
    media_type: str = JSON,
) -> Route:
    operation = Operation(summary, answer=answer, answer_media_type=media_type)

    def respond(_: Request) -> Response:
        return answer_with()

    return Route("GET", path, respond, operation)


@cache
def _page() -> Response:
    from serving.pages import page

    return page.response()
