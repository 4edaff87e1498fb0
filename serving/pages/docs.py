"""The page at /docs: the OpenAPI document for people. It is plain HTML without scripts.

The page is built as a tree of elements, so that no text of the document can become HTML.
"""

import json
from typing import Any
from xml.etree.ElementTree import Element, tostring

from serving.pages import page, words
from serving.pages.schemas import Json
from serving.requests.messages import JSON, Response


def response(document: Json) -> Response:
    style = page.file("style.css")
    title = document["info"]["title"]
    html = _element(
        "html",
        _element(
            "head",
            _element("meta", charset="utf-8"),
            _element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            _element("title", f"{title}: the API"),
            _element("link", rel="icon", href="data:,"),
            _element("style", style),
        ),
        _element("body", _head(document), _element("main", *_operations(document), class_="reading")),
        lang="en",
    )
    return page.page("<!doctype html>\n" + tostring(html, encoding="unicode", method="html"), [style])


def _head(document: Json) -> Element:
    info = document["info"]
    links = [_element("a", text, href=href) for text, href in (("Try it", "./"), ("OpenAPI document", "openapi.json"))]
    return _element(
        "header",
        _element("h1", info["title"]),
        _element("p", info["description"], class_="description"),
        _element("p", f"Version {info['version']} · ", links[0], " · ", links[1], class_="quiet"),
        _element(
            "p",
            "Paths are relative to this page. Every error has a body that says what was wrong, in its field “message”.",
            class_="quiet description",
        ),
    )


def _operations(document: Json) -> list[Element]:
    """The operations in the document's order: those of the model come first."""
    return [
        _operation(document, method, path, what)
        for path, methods in document["paths"].items()
        for method, what in methods.items()
    ]


def _operation(document: Json, method: str, path: str, what: Json) -> Element:
    name = what["operationId"]
    parts = [
        _element("h2", _element("code", f"{method.upper()} {path}"), id=name),
        _element("p", what["summary"]),
        *_parameters(document, name, what.get("parameters", [])),
        *_request(document, name, what.get("requestBody", {}).get("content", {})),
        *_answers(document, name, what["responses"]),
    ]
    return _element("section", *parts, **{"aria-labelledby": name})


def _parameters(document: Json, name: str, parameters: list[Json]) -> list[Element]:
    if not parameters:
        return []
    rows = [(one["name"], one["required"], one["schema"]) for one in parameters]
    return [_element("h3", "In the query string"), _table(document, f"Parameters of {name}", rows)]


def _request(document: Json, name: str, content: Json) -> list[Element]:
    if not content:
        return []
    found = [_element("h3", "Request"), *_fields(document, f"Request of {name}", content[JSON]["schema"])]
    if others := [one for one in content if one != JSON]:
        found.append(_element("p", f"Or, as the body itself: {', '.join(others)}."))
    for example in content[JSON].get("examples", {}).values():
        found.append(_example(example["summary"], example["value"]))
    return found


def _example(summary: str, value: Any) -> Element:
    text = words.shortened(json.dumps(value, ensure_ascii=False, indent=1))
    code = _element("pre", _element("code", text), class_="wrap", tabindex="0")
    return _element("details", _element("summary", summary), code)


def _answers(document: Json, name: str, responses: Json) -> list[Element]:
    (media_type, answer) = next(iter(responses["200"]["content"].items()))
    found = [_element("h3", "Answer"), *_fields(document, f"Answer of {name}", answer["schema"])]
    if media_type != JSON:
        found = [_element("h3", "Answer"), _element("p", "A page." if media_type == "text/html" else media_type)]
    errors = [
        _element("li", _element("code", status), " ", words.resolved(document, one)["description"])
        for status, one in responses.items()
        if status != "200"
    ]
    return [*found, _element("details", _element("summary", "Errors"), _element("ul", *errors))]


def _fields(document: Json, label: str, schema: Json) -> list[Element]:
    schema = words.resolved(document, schema)
    if "properties" not in schema:
        return [_element("p", f"{words.kind(document, schema).capitalize()}.")]
    required = schema.get("required", [])
    rows = [(name, name in required, field) for name, field in schema["properties"].items()]
    return [_table(document, label, rows)]


def _table(document: Json, label: str, rows: list[tuple[str, bool, Json]]) -> Element:
    described = [
        _element(
            "tr",
            _element("th", _element("code", name), scope="row"),
            _element("td", words.kind(document, schema), "" if required else ", may be left out"),
            _element("td", words.resolved(document, schema).get("description", "")),
        )
        for name, required, schema in rows
    ]
    heads = [_element("th", text, scope="col") for text in ("Field", "Holds", "Means")]
    table = _element("table", _element("thead", _element("tr", *heads)), _element("tbody", *described))
    # On a screen narrower than the table, it scrolls within its own box.
    return _element("div", table, class_="scrolls", tabindex="0", role="region", **{"aria-label": label})


def _element(tag: str, *children: Element | str, **attributes: str) -> Element:
    element = Element(tag, {name.rstrip("_"): value for name, value in attributes.items()})
    last = None
    for child in children:
        if isinstance(child, Element):
            element.append(child)
            last = child
        elif last is None:
            element.text = (element.text or "") + child
        else:
            last.tail = (last.tail or "") + child
    return element
