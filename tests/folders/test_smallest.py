"""The smallest model folder: written from nothing, it deploys, passes its gate and answers."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import calls
from pipeline_runs import ROOT, Home

MAIN = """
import json
from pathlib import Path

import msgspec

import serving


class Query(msgspec.Struct, forbid_unknown_fields=True):
    rows: list[tuple[float, float]]


class Answer(msgspec.Struct):
    sums: list[float]


def load() -> list[float]:
    return json.loads((Path(__file__).parents[1] / "model" / "weights.json").read_text())


def predict(weights: list[float], query: Query) -> Answer:
    return Answer([weights[0] * one + weights[1] * other for one, other in query.rows])


handler = serving.Handler(load, predict, title="A weighted sum", example={"rows": [[1, 1]]})
""".lstrip()
DOCKERFILE = (ROOT / "xgboost-example" / "Dockerfile").read_text()
EVENTS: dict[str, tuple[Any, int, dict[str, Any]]] = {
    "sums": ({"rows": [[1, 1], [0, 2]]}, 200, {"sums": [5.0, 6.0]}),
    "one-number": (
        {"rows": [[1]]},
        400,
        {
            "message": "rows[0] must be a list of length 2.",
            "code": "wrong_length",
            "field": "rows[0]",
            "request_id": "",
        },
    ),
}


def written(folder: Path) -> Path:
    for name, content in {
        "Dockerfile": DOCKERFILE,
        "app/main.py": MAIN,
        "model/weights.json": "[2.0, 3.0]",
        "model.env": "MEMORY_LAMBDA=512\n",
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    (folder / "events").mkdir()
    for name, (body, status, answer) in EVENTS.items():
        event = {
            "request": {"method": "POST", "path": "/predict", "body": body},
            "answer": {"status": status, "body": answer},
            "ignore": ["request_id"] if "request_id" in answer else [],
        }
        (folder / "events" / f"{name}.json").write_text(json.dumps(event))
    return folder


def test_it_deploys_answers_and_passes_its_gate(home: Home, tmp_path: Path) -> None:
    folder = written(tmp_path / "weighted-sum")
    assert len(MAIN.splitlines()) <= 25
    run = home.run("-s", "local", "-r", "-p", str(folder), "-d", "-t").checked()
    assert run.stderr.count("as expected  sums") == 2
    assert "/weighted-sum/predict" in run.api_url
    assert calls.post(run.api_url, {"rows": [[10, 1]]}) == (200, {"sums": [23.0]})
    assert calls.get(run.api_url, "/health")[1]["name"] == "weighted-sum"
    assert "weighted-sum" not in "".join(path.read_text() for path in folder.rglob("*") if path.is_file())
    home.run("-s", "local", "-m", str(folder), "-x", "-y").checked()
    shutil.rmtree(folder)
