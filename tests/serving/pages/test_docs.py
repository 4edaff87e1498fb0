"""The page at /docs says all that the document says, and nothing in the document becomes HTML."""

from __future__ import annotations

from typing import Any

from serving.pages import docs, page

REFUSED = {"$ref": "#/components/responses/Invalid"}
DOCUMENT: dict[str, Any] = {
    "info": {"title": "Sums <b>", "description": "Adds & takes away.", "version": "7"},
    "paths": {
        "/sum": {
            "post": {
                "operationId": "post_sum",
                "summary": "Adds up",
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {"$ref": "#/components/schemas/Row"},
                            "examples": {"two": {"summary": "Two", "value": {"a": 1, "note": "ü" * 90}}},
                        },
                        "image/png": {},
                        "image/gif": {},
                    }
                },
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"type": "array", "items": {}}}}},
                    "400": REFUSED,
                },
            }
        },
        "/": {
            "get": {
                "operationId": "get_root",
                "summary": "A page",
                "parameters": [{"name": "scale", "required": False, "schema": {"type": "number"}}],
                "responses": {"200": {"content": {"text/html": {"schema": {"type": "string"}}}}, "500": REFUSED},
            },
            "delete": {
                "operationId": "delete_root",
                "summary": "Nothing",
                "responses": {"200": {"content": {"image/png": {"schema": {"type": "string"}}}}},
            },
        },
    },
    "components": {
        "schemas": {
            "Row": {
                "required": ["a"],
                "properties": {"a": {"type": "number", "description": "The <first>"}, "note": {"type": "string"}},
            }
        },
        "responses": {"Invalid": {"description": "Says where."}},
    },
}


# A tag a line.
WHOLE = "".join(
    [
        '<!doctype html>\n<html lang="en"><head>',
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        "<title>Sums &lt;b&gt;: the API</title>",
        '<link rel="icon" href="data:,">',
        "<style>STYLE</style></head>",
        "<body><header><h1>Sums &lt;b&gt;</h1>",
        '<p class="description">Adds &amp; takes away.</p>',
        '<p class="quiet">Version 7 · <a href="./">Try it</a> · <a href="openapi.json">OpenAPI document</a></p>',
        '<p class="quiet description">Paths are relative to this page. '
        "Every error has a body that says what was wrong, in its field “message”.</p></header>",
        '<main class="reading">',
        '<section aria-labelledby="post_sum">',
        '<h2 id="post_sum"><code>POST /sum</code></h2>',
        "<p>Adds up</p>",
        "<h3>Request</h3>",
        '<div class="scrolls" tabindex="0" role="region" aria-label="Request of post_sum">',
        "<table><thead>",
        '<tr><th scope="col">Field</th><th scope="col">Holds</th><th scope="col">Means</th></tr></thead>',
        "<tbody>",
        '<tr><th scope="row"><code>a</code></th><td>a number</td><td>The &lt;first&gt;</td></tr>',
        '<tr><th scope="row"><code>note</code></th><td>text, may be left out</td><td></td></tr></tbody>',
        "</table></div>",
        "<p>Or, as the body itself: image/png, image/gif.</p>",
        "<details><summary>Two</summary>",
        '<pre class="wrap" tabindex="0"><code>{\n "a": 1,\n '
        '"note": "üüüüüüüüüüüüüüüüüüüüüüüü… 90 characters"\n}</code></pre></details>',
        "<h3>Answer</h3>",
        "<p>A list of entries, each anything.</p>",
        "<details><summary>Errors</summary>",
        "<ul>",
        "<li><code>400</code> Says where.</li></ul></details></section>",
        '<section aria-labelledby="get_root">',
        '<h2 id="get_root"><code>GET /</code></h2>',
        "<p>A page</p>",
        "<h3>In the query string</h3>",
        '<div class="scrolls" tabindex="0" role="region" aria-label="Parameters of get_root">',
        "<table><thead>",
        '<tr><th scope="col">Field</th><th scope="col">Holds</th><th scope="col">Means</th></tr></thead>',
        "<tbody>",
        '<tr><th scope="row"><code>scale</code></th><td>a number, may be left out</td><td></td></tr></tbody>',
        "</table></div>",
        "<h3>Answer</h3>",
        "<p>A page.</p>",
        "<details><summary>Errors</summary>",
        "<ul>",
        "<li><code>500</code> Says where.</li></ul></details></section>",
        '<section aria-labelledby="delete_root">',
        '<h2 id="delete_root"><code>DELETE /</code></h2>',
        "<p>Nothing</p>",
        "<h3>Answer</h3>",
        "<p>image/png</p>",
        "<details><summary>Errors</summary>",
        "<ul></ul></details></section>",
        "</main></body></html>",
    ]
)


def test_the_page_is_the_document_in_words() -> None:
    response = docs.response(DOCUMENT)
    style = page.file("style.css")
    assert response.body.decode() == WHOLE.replace("STYLE", style)
    assert response.headers == page.page("", [style]).headers
