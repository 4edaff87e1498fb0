"""A request finds its route, or hears what there is instead."""

import pytest

from serving.requests.errors import Refused
from serving.requests.messages import Request, Response
from serving.requests.routes import Operation, Route, Routes


def route(method: str, path: str) -> Route:
    return Route(method, path, lambda _: Response(200, b"", {}), Operation(method + path))


@pytest.fixture
def routes() -> Routes:
    table = Routes()
    for method, path in [("GET", "/"), ("GET", "/items"), ("POST", "/items"), ("POST", "/predict")]:
        table.add(route(method, path))
    return table


@pytest.mark.parametrize(
    ("method", "path", "found"),
    [
        ("GET", "/", "GET/"),
        ("HEAD", "/", "GET/"),
        ("POST", "/predict", "POST/predict"),
        ("POST", "/predict/", "POST/predict"),
        ("GET", "/items", "GET/items"),
        ("POST", "/items", "POST/items"),
    ],
)
def test_a_route_is_found(routes: Routes, method: str, path: str, found: str) -> None:
    assert routes.find(Request(method, path)).operation.summary == found


@pytest.mark.parametrize(
    "path", ["/predict/x", "/PREDICT", "//predict", "/predict//", "//", "/" * 8000, "predict", "", "/%00"]
)
def test_an_unknown_path_is_404(routes: Routes, path: str) -> None:
    with pytest.raises(Refused) as caught:
        routes.find(Request("GET", path))
    assert (caught.value.status, caught.value.code) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/predict", "POST, OPTIONS"),
        ("HEAD", "/predict", "POST, OPTIONS"),
        ("DELETE", "/items", "GET, POST, HEAD, OPTIONS"),
        ("get", "/items", "GET, POST, HEAD, OPTIONS"),
    ],
)
def test_a_method_a_path_does_not_take_is_405(routes: Routes, method: str, path: str, allow: str) -> None:
    with pytest.raises(Refused) as caught:
        routes.find(Request(method, path))
    assert (caught.value.status, caught.value.headers["allow"]) == (405, allow)


def test_options_says_what_a_path_takes(routes: Routes) -> None:
    request = Request("OPTIONS", "/items")
    response = routes.find(request).respond(request)
    assert (response.status, response.headers["allow"]) == (204, "GET, POST, HEAD, OPTIONS")


def test_two_routes_for_the_same_request_are_a_mistake(routes: Routes) -> None:
    with pytest.raises(ValueError, match="POST /predict"):
        routes.add(route("POST", "/predict"))
