"""Models of scikit-learn become ONNX, in a container in which a pickle can do no harm."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import model_apps
import new_folders
from new_folders import Open


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_folders.written_by("sklearn", tmp_path_factory.mktemp("models"))


def test_a_pipeline_over_mixed_columns(made: Any, models: Path, opened: Open) -> None:
    run = made("mixed", models / "mixed.joblib").checked()
    assert "That runs in a container that has no network and none of your files." in run.stderr
    app = opened("mixed")
    rows: list[dict[str, Any]] = [
        {"tenure": 5, "monthly charge": 40, "plan": "pro", "town": "?"},
        {"tenure": None, "monthly charge": 60, "plan": "basic", "town": "Bern"},
        {"tenure": 9, "monthly charge": 50, "plan": "pro", "town": None},
    ]
    status, answer = model_apps.post(app, "/predict", {"rows": rows})
    found = [[each["probabilities"][label] for label in ("leaves", "stays")] for each in answer["predictions"]]
    assert status == 200
    assert np.array(found) == pytest.approx(np.load(models / "wanted.npy"), rel=1e-4)
    status, answer = model_apps.post(app, "/predict", {"rows": [rows[0] | {"plan": "gold"}]})
    assert (status, answer["field"]) == (400, "rows[0].plan")
    status, answer = model_apps.post(app, "/predict", {"rows": [rows[0] | {"plan": None}]})
    assert (status, answer["field"]) == (400, "rows[0].plan")


def test_what_people_have(made: Any, models: Path, opened: Open) -> None:
    """Gaps and what training never saw get what scikit-learn gives, in texts, whole numbers and truths."""
    made("usual", models / "usual.joblib").checked()
    app, rows = opened("usual"), json.loads((models / "usual.json").read_text())
    status, answer = model_apps.post(app, "/predict", {"rows": rows})
    found = [list(each["probabilities"].values()) for each in answer["predictions"]]
    assert status == 200
    assert np.array(found) == pytest.approx(np.load(models / "usual.npy"), rel=1e-4)
    for wrong in ({"region": 2.5}, {"active": 1}, {"active": None}):
        status, answer = model_apps.post(app, "/predict", {"rows": [rows[0] | wrong]})
        assert (status, answer["field"]) == (400, f"rows[0].{next(iter(wrong))}")


def test_texts_are_cut_into_words_as_in_training(made: Any, models: Path, opened: Open) -> None:
    made("words", models / "words.joblib").checked()
    rows = [{"text": text} for text in ("GRÖSSE größe, enough!", "", "x 1 unheard-of never bad")]
    status, answer = model_apps.post(opened("words"), "/predict", {"rows": rows})
    found = [list(each["probabilities"].values()) for each in answer["predictions"]]
    assert status == 200
    assert np.array(found) == pytest.approx(np.load(models / "words.npy"), rel=1e-4)


@pytest.mark.parametrize(
    ("name", "then"),
    [("categorical", "put an OrdinalEncoder before it"), ("seconds", "such as days instead of seconds since 1970")],
)
def test_what_onnx_cannot_do_is_refused_with_a_way_round(made: Any, models: Path, name: str, then: str) -> None:
    run = made(name, models / f"{name}.joblib")
    assert (run.status, then in run.stderr) == (1, True), run.stderr


def test_a_regression_and_its_file_of_skops(made: Any, models: Path, opened: Open) -> None:
    made("months", models / "m.skops").checked()
    row = {"tenure": 30, "monthly charge": 60, "plan": "basic", "town": "Bern"}
    status, answer = model_apps.post(opened("months"), "/predict", {"rows": [row]})
    assert (status, [type(each) for each in answer["predictions"]]) == (200, [float])


def test_samples_without_gaps_do_not_hide_what_onnx_makes_of_gaps(
    made: Any, models: Path, opened: Open, tmp_path: Path
) -> None:
    (tmp_path / "rows.csv").write_text("tenure,charge\n12,50\n30,40\n")
    made("forest", models / "forest.pkl", "--samples", "rows.csv").checked()
    app = opened("forest")
    assert [model_apps.post(app, "/predict", {"rows": [[12, value]]})[0] for value in (50, None)] == [200, 400]


def test_a_pickle_never_ships(made: Any, models: Path, opened: Open, tmp_path: Path) -> None:
    """Trees that take what is missing another way than ONNX does: no value may be missing."""
    made("forest", models / "forest.pkl").checked()
    app = opened("forest")
    assert model_apps.post(app, "/predict", {"rows": [[12, 50]]})[0] == 200
    assert model_apps.post(app, "/predict", {"rows": [[12, None]]})[0] == 400
    files = [path.name for path in (tmp_path / "forest").rglob("*") if path.is_file()]
    assert "model.onnx" in files
    assert [name for name in files if name.endswith(("pkl", "joblib", "pickle"))] == []


class Hostile:
    """A pickle that, when it is read, tells what it could see."""

    def __init__(self, code: str) -> None:
        self.code = code

    def __reduce__(self) -> Any:
        return exec, (self.code,)


def test_a_hostile_pickle_has_nobody_to_call_and_nothing_to_read(made: Any, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("mine")
    code = f"""
import os, socket
seen = [os.path.exists({str(tmp_path / "secret")!r}), os.getuid(), sorted(name for _, name in socket.if_nameindex())]
try: open("/opt/python/left", "w")
except OSError as error: seen.append(type(error).__name__)
raise RuntimeError(repr(seen))
"""
    with (tmp_path / "evil.pkl").open("wb") as file:
        pickle.dump(Hostile(code), file)
    run = made("evil", tmp_path / "evil.pkl")
    assert (run.status, run.stdout) == (1, "")
    assert "RuntimeError: [False, 65534, ['lo'], 'OSError']" in run.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["evil.pkl", "secret"]


def test_what_a_hostile_pickle_answers_in_the_converters_place_runs_nowhere(made: Any, tmp_path: Path) -> None:
    ports = [{"name": "a", "element": f"x\nopen({str(tmp_path / 'ran')!r}, 'w')  #", "sizes": [1]}]
    reading = {"type": "tensors", "runtime": "onnxruntime", "summary": "", "inputs": ports, "outputs": ports}
    forged = json.dumps({"reading": reading | {"calls": [[[1]]], "answers": [[[1]]]}, "model": ""})
    with (tmp_path / "evil.pkl").open("wb") as file:
        pickle.dump(Hostile(f"import os\nos.write(1, {forged.encode()!r})\nos._exit(0)"), file)
    run = made("evil", tmp_path / "evil.pkl")
    assert (run.status, "is no description of one" in run.stderr) == (1, True)
    assert [path.name for path in tmp_path.iterdir()] == ["evil.pkl"]


def test_a_refusal_that_a_pickle_forged_steers_no_terminal(made: Any, tmp_path: Path) -> None:
    with (tmp_path / "evil.pkl").open("wb") as file:
        pickle.dump(Hostile("import os\nos.write(1, b'\\x1b[2J' + b'x' * 5000)\nos._exit(3)"), file)
    run = made("evil", tmp_path / "evil.pkl")
    assert (run.status, "\x1b[2J" in run.stderr, "error:  [2Jxxx" in run.stderr) == (1, False, True)
    assert max(map(len, run.stderr.splitlines())) < 2000


def test_what_is_no_model_is_refused(made: Any, tmp_path: Path) -> None:
    with (tmp_path / "dict.pkl").open("wb") as file:
        pickle.dump({"weights": [1]}, file)
    run = made("nothing", tmp_path / "dict.pkl")
    assert (run.status, "a dict is not taken" in run.stderr) == (1, True)
    assert [path.name for path in tmp_path.iterdir()] == ["dict.pkl"]
