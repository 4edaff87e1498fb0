"""Import time is a budget. Held by names, for names do not depend on how fast a machine is."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

SERVE = """
import serving
class Query(msgspec.Struct):
    x: float
class Answer(msgspec.Struct):
    y: float
def load() -> int: return 2
def predict(model: int, query: Query) -> Answer: return Answer(query.x * model)
handler = serving.Handler(load, predict, path="/predict", name="double")
event = {"rawPath": "/predict", "requestContext": {"http": {"method": "POST"}}}
assert handler({**event, "body": '{"x": 1.5}'})["body"] == '{"y":3.0}'
assert handler({**event, "body": '{"x": "1"}'})["statusCode"] == 400
assert handler({"x": 1.5}) == {"y": 3.0}
"""
OWN = {
    "serving",
    "serving.pages",
    "serving.requests",
    "serving.pages.standard_routes",
    "serving.requests.endpoint",
    "serving.requests.errors",
    "serving.requests.envelopes",
    "serving.requests.events",
    "serving.requests.shapes",
    "serving.handler",
    "serving.start",
    "serving.log",
    "serving.requests.messages",
    "serving.requests.routes",
    "serving.timing",
    "serving.requests.validation",
    "serving.requests.explanations",
}
# Compiled in, or a few lines long.
FOREIGN = {"_contextvars", "binascii", "contextvars", "gc"}


def added_by(program: str) -> set[str]:
    """The modules a program imports beyond those of msgspec."""
    before = "import msgspec, sys; before = set(sys.modules)"
    after = "print(*(set(sys.modules) - before))"
    code = "\n".join([before, program, after])
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(run.stdout.splitlines()[-1].split())


def test_a_request_imports_what_it_needs_and_no_more() -> None:
    assert added_by(SERVE) - FOREIGN == OWN


def test_naming_fetch_in_an_import_does_not_import_what_fetching_takes() -> None:
    added = added_by(SERVE + "from serving.fetching.fetch import fetch")
    fetching = {"serving.fetching", "serving.fetching.fetch", "serving.fetching.fetch_limits"}
    assert added - FOREIGN == OWN | fetching | {"serving.blocking"}


RUNTIMES = {
    "litert": {"litert_library"},
    "onnxruntime": set(),
    "xgboost": set(),
    "lightgbm": set(),
}


@pytest.mark.parametrize("name", RUNTIMES)
def test_a_runtime_imports_what_it_calls_c_with_and_no_other(name: str) -> None:
    added = {module for module in added_by(f"import serving.runtimes.{name}") if module.startswith("serving.")}
    shared = {"session", "libraries", "threads", *RUNTIMES[name]}
    assert {module for module in added if ".runtimes" in module} == {
        "serving.runtimes",
        *(f"serving.runtimes.{each}" for each in {name, *shared}),
    }


@pytest.mark.parametrize("name", RUNTIMES)
def test_a_runtime_imports_nothing_heavy(name: str) -> None:
    heavy = {"numpy", "scipy", "onnxruntime", "ai_edge_litert", "xgboost", "lightgbm", "pathlib", "re", "inspect"}
    assert added_by(f"import serving.runtimes.{name}") & heavy == set()
