"""What others make of the document: a linter finds nothing, and generated clients do every operation."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

import serving
from gateways import serve
from generators import installed
from page.conftest import square
from pipeline_runs import ROOT
from small_models import Picture, label, make_note_handler, make_picture_handler, make_table_handler

HERE = Path(__file__).resolve().parent


class Window(msgspec.Struct):
    """A query that comes in the query string."""

    first: int
    names: list[str] = []


class View(msgspec.Struct):
    width: float


def look(_: float, window: Window) -> View:
    return View(float(window.first))


def everything() -> serving.Handler[float]:
    """Of every kind of operation one."""
    handler = make_table_handler(license="Apache-2.0")
    readers = {"image/png": lambda body: Picture(data=body), "image/jpeg": lambda body: Picture(data=body)}
    handler.add("POST", "/look", label, example=Picture(input_url="https://example.com/a.png"), body_readers=readers)
    handler.add("GET", "/window", look)
    return handler


class Served(NamedTuple):
    root: str
    document: Path
    picture: Path
    folder: Path


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    handler = everything()
    (tmp_path / "openapi.json").write_text(json.dumps(document_of(handler)))
    (tmp_path / "picture.png").write_bytes(square("teal"))
    with serve(handler, "prod") as root:
        yield Served(root, tmp_path / "openapi.json", tmp_path / "picture.png", tmp_path)


def document_of(handler: serving.Handler[float]) -> Any:
    answer = handler({"rawPath": "/openapi.json", "requestContext": {"http": {"method": "GET"}}})
    return json.loads(answer["body"])


def checked(run: subprocess.CompletedProcess[str]) -> str:
    assert run.returncode == 0, run.stdout
    return run.stdout


@pytest.mark.parametrize("make", [everything, make_picture_handler, make_note_handler], ids=lambda make: make.__name__)
def test_the_linter_has_nothing_to_say(make: Any, tmp_path: Path) -> None:
    handler = make() if make is everything else make(license="Apache-2.0")
    (tmp_path / "openapi.json").write_text(json.dumps(document_of(handler)))
    said = checked(installed.run(*installed.documented("redocly"), "--format=json", cwd=tmp_path))
    totals = json.loads(said[said.index("{") : said.rindex("}") + 1])["totals"]
    assert totals == {"errors": 0, "warnings": 0, "ignored": 0}


def test_a_python_client_does_every_operation_and_knows_the_type_of_every_field(served: Served) -> None:
    (served.folder / "docs").symlink_to(ROOT / "docs")
    said = checked(installed.run(*installed.documented("openapi-python-client"), cwd=served.folder))
    assert "WARNING" not in said.upper(), said
    for module in (served.folder / "client" / "models").glob("*.py"):
        fields = [line for line in module.read_text().splitlines() if line.startswith("    ") and ": " in line]
        untyped = [line for line in fields if line[4:5].isalpha() and " Any" in line.partition("=")[0]]
        assert not [line for line in untyped if not line.strip().startswith(("additional_properties", "def "))], module
    program = ["python", str(HERE / "every_operation.py"), served.root, str(served.document), str(served.picture)]
    environment = installed.environment() | {"PYTHONPATH": str(served.folder)}
    told = json.loads(subprocess.check_output(program, env=environment, text=True))
    assert told == {
        "post_predict": [[200, "Sum"]] * 3,
        "post_look": [[200, "Labels"]] * 3,
        "get_window": [[200, "View"]],
        "get_health": [[200, "Health"]],
        "get_openapi_json": [[200, "GetOpenapiJsonResponse200"]],
        "get_docs": [[200, "str"]],
        "get_root": [[200, "str"]],
    }


def test_a_javascript_client_does_every_operation_and_its_types_are_held_to_strictly(served: Served) -> None:
    checked(installed.run(*installed.documented("openapi-typescript"), cwd=served.folder))
    (served.folder / "every_operation.ts").write_text((HERE / "every_operation.ts").read_text())
    (served.folder / "package.json").write_text('{"type": "module"}')
    (served.folder / "node_modules").symlink_to(installed.folder() / "node_modules")
    strictly = ["--strict", "--noImplicitAny", "--module", "nodenext", "--target", "es2022", "--skipLibCheck"]
    checked(installed.run("tsc", *strictly, "every_operation.ts", cwd=served.folder))
    said = checked(installed.run("node", "every_operation.js", served.root, str(served.picture), cwd=served.folder))
    told = json.loads(said)
    assert (told.pop("docs") > 1000, told.pop("page") > 1000) == (True, True)
    assert told == {
        "sum": 3.5,
        "sums": [6, 15],
        "where": "input_X",
        "label": ["tabby cat", 91.25],
        "bytes": 3,
        "width": 7,
        "version": "7",
        "openapi": 200,
    }
