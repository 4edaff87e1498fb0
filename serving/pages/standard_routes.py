"""The routes that every model has: health, the OpenAPI document, its readable form, and a page to try the model."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from serving.requests.messages import JSON, Request, Response, json_response
from serving.requests.routes import Operation, Route, Routes

Facts = Mapping[str, object]

# Descriptions of the facts that several models publish.
_MEANINGS = {
    "status": "Always “ok”: a model in trouble answers with an error or not at all",
    "version": "Identifies the model: another model has another version",
    "backend": "“fast” for an export of the model, “native” for the framework that trained it",
    "weights": "The name of the chosen weights",
    "note": "What people who try the model should know",
}


def routes(name: str, facts: Facts, info: Mapping[str, str], table: Routes) -> Iterator[Route]:
    """The standard routes. `table` holds all routes, these included, because the document describes them all."""
    health = {"name": name, "status": "ok", **facts}
    yield _get(
        "/health", "Whether the model is loaded, and what is served", lambda: json_response(health), _type_of(health)
    )

    @cache
    def document() -> dict[str, Any]:
        from serving.pages import openapi

        return openapi.document(info, table)

    yield _get("/openapi.json", "This document", cache(lambda: json_response(document())), dict)

    @cache
    def docs() -> Response:
        from serving.pages import docs

        return docs.response(document())

    yield _get("/docs", "This document for reading", docs, media_type="text/html")
    yield _get("/", "A page to try the model by hand", _page, media_type="text/html")


def way_to_the_page(request: Request) -> Response | None:
    """A redirect to the page, for a browser that opens an address meant for POST requests; otherwise None.

    It is relative, so that it works behind a stage or a base path.
    """
    if request.method not in ("GET", "HEAD") or "text/html" not in request.headers.get("accept", ""):
        return None
    location = "../" * (request.path.count("/") - 1) or "./"
    return Response(303, b"", {"location": location, "vary": "accept"})


def _type_of(health: Facts) -> type:
    """A type for the document. Its fields are the facts, whose names need not be identifiers."""
    fields = {f"fact_{number}": name for number, name in enumerate(health)}
    types = [
        Annotated[type(health[name]), Meta(description=_MEANINGS[name])] if name in _MEANINGS else type(health[name])
        for name in fields.values()
    ]
    return msgspec.defstruct("Health", list(zip(fields, types, strict=True)), rename=fields)


def _get(
    path: str,
    summary: str,
    answer_with: Callable[[], Response],
    answer: type | None = None,
    *,
    media_type: str = JSON,
) -> Route:
    operation = Operation(summary, answer=answer, answer_media_type=media_type)

    def respond(request: Request) -> Response:
        if request.path != "/" and request.path.endswith("/"):
            # A page's relative links depend on the trailing slash.
            return Response(303, b"", {"location": f"..{path}"})
        return answer_with()

    return Route("GET", path, respond, operation)


@cache
def _page() -> Response:
    from serving.pages import page

    return page.response()
