"""Models are data, and the data that was built."""

from __future__ import annotations

import ast
import hashlib
from pathlib import Path

import pytest

from pipeline_runs import FOLDERS, ROOT
from serving.storage import artefacts

# Modules that run what they read.
RUNNING = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}
# Who names one of them all the same, and what of it. The first catches an exception, which torch.load raises for a file
# that holds more than tensors. The second builds what it lists and nothing else; its test gives it a hostile file.
ALLOWED = {
    ("pytorch-example/app/network/architecture.py", "pickle"): {"UnpicklingError"},
    ("tensorflow-example/app/network/torch_file.py", "pickle"): {"UnpicklingError", "Unpickler"},
}
SOURCES = [*ROOT.glob("serving/**/*.py"), *(file for folder in FOLDERS for file in folder.glob("app/**/*.py"))]


def imports(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def test_nothing_on_a_requests_path_runs_what_it_reads() -> None:
    assert len(SOURCES) > 50
    found = {
        (str(file.relative_to(ROOT)), name)
        for file in SOURCES
        for name in imports(ast.parse(file.read_text())) & RUNNING
    }
    assert found == ALLOWED.keys()
    for (file, name), used in ALLOWED.items():
        uses = [node for node in ast.walk(ast.parse((ROOT / file).read_text())) if isinstance(node, ast.Attribute)]
        assert {use.attr for use in uses if isinstance(use.value, ast.Name) and use.value.id == name} == used


def test_checkpoints_are_read_for_their_weights_only() -> None:
    calls = []
    for file in [*SOURCES, *ROOT.glob("exporting/**/*.py"), *ROOT.glob("*-example/export/*.py")]:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("torch.load", "jit.load", "np.load"):
                calls.append({keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords})
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("load_model"):
                assert "safe_mode=True" in ast.unparse(node)
    assert calls
    assert all(call.get("weights_only") == "True" for call in calls)


def test_a_file_is_what_the_build_left_or_the_start_fails(tmp_path: Path) -> None:
    file = tmp_path / "model.tflite"
    file.write_bytes(b"a model")
    sha256 = hashlib.sha256(b"a model").hexdigest()
    assert artefacts.checked(file, sha256) == file
    file.write_bytes(b"A model")
    with pytest.raises(artefacts.Changed, match="Build the image again") as caught:
        artefacts.checked(str(file), sha256)
    assert sha256 in str(caught.value)
