"""The rooms are as docs/architecture.md draws them, and nothing in them has outgrown its room."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

from pipeline_runs import FOLDERS, ROOT

PAGE = (ROOT / "docs" / "architecture.md").read_text()
PACKAGES = ("serving", "tools", "exporting", "training", "bench")
FRAMEWORKS = {"keras", "lightgbm", "numpy", "onnx", "onnxruntime", "sklearn", "tensorflow", "torch", "xgboost"}
LONGEST_FILE, LONGEST_FUNCTION, MEDIAN_FUNCTION = 250, 40, 10


def sources(*roots: str) -> list[Path]:
    return sorted(path for root in roots for path in (ROOT / root).rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Dotted names, as far as the import says."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{name.name}" for name in node.names}
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
    return found


def room(name: str) -> str:
    """Of serving and tools a folder or a file each, of the others the whole."""
    parts = name.split(".")[:2]
    place = ROOT.joinpath(*parts)
    is_room = parts[0] in ("serving", "tools") and (place.is_dir() or place.with_suffix(".py").exists())
    return ".".join(parts) if is_room else parts[0]


def tracked() -> list[str]:
    return subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines()


def uses() -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    places = {path: room(".".join(path.relative_to(ROOT).with_suffix("").parts)) for path in sources(*PACKAGES)}
    places |= {path: "folders" for folder in FOLDERS for path in folder.rglob("*.py")}
    for path, at in places.items():
        at = at.removesuffix(".__init__")
        found[at] |= {room(name) for name in imported(path) if name.split(".")[0] in PACKAGES} - {at}
    return {at: others for at, others in found.items() if others}


def test_every_room_uses_what_the_page_says_and_no_more() -> None:
    rows = re.findall(r"^\| `([\w.]+)` \| (.*) \|$", PAGE, re.MULTILINE)
    assert {name: set(re.findall(r"`([\w.]+)`", others)) for name, others in rows} == uses()


def test_no_room_leads_back_to_itself() -> None:
    graph = uses()
    rooms = set(graph)
    while free := {name for name in rooms if not graph.get(name, set()) & rooms}:
        rooms -= free
    assert rooms == set()


def test_the_page_draws_every_room() -> None:
    for parent in ("lib", "tools"):
        for folder in (ROOT / parent).iterdir():
            if folder.is_dir() and not folder.name.startswith("__"):
                assert f"{parent}/{folder.name}" in PAGE
    for folder in (ROOT / "serving").iterdir():
        if folder.is_dir() and not folder.name.startswith("__"):
            assert re.search(rf"\b{folder.name}\b", PAGE)
    for name in {path.parts[0] for path in map(Path, tracked()) if len(path.parts) > 1} - {"docs"}:
        if not name.startswith(".") and not name.endswith("-example"):
            assert re.search(rf"^    {name}\b", PAGE, re.MULTILINE), name


def test_serving_imports_no_framework() -> None:
    found = {name.split(".")[0] for path in sources("serving") for name in imported(path)}
    assert found & FRAMEWORKS == set()


def test_a_folder_imports_no_other() -> None:
    for folder in FOLDERS:
        names = {name.split(".")[0] for path in folder.rglob("*.py") for name in imported(path)}
        assert names & {other.name for other in FOLDERS} == set()


@pytest.mark.parametrize(
    ("program", "file"), [("aws", "aws/aws.sh"), ("sam", "aws/sam.sh"), ("docker", "machine/engine.sh")]
)
def test_one_file_alone_calls(program: str, file: str) -> None:
    # As a command's first word, or after what runs it.
    call = re.compile(rf"(?:^|[|;&(]|\bcommand|::run|::try|::must .*)\s*{program} [a-z-]", re.MULTILINE)
    callers = [path for path in sorted((ROOT / "lib").rglob("*.sh")) if call.search(without_comments(path))]
    assert [str(path.relative_to(ROOT / "lib")) for path in callers if path.name != f"{program}.sh"] in (
        [],
        [file],
    )


def without_comments(path: Path) -> str:
    lines = [line for line in path.read_text().splitlines() if not line.lstrip().startswith("#")]
    return re.sub(r"'[^'\n]*'|\"[^\"\n]*\"", "''", "\n".join(lines))


@pytest.mark.parametrize("path", sorted([*(ROOT / "lib").rglob("*.sh"), *sources("serving", "tools")]), ids=str)
def test_no_file_has_outgrown_its_name(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST_FILE


def test_functions_of_python_are_short() -> None:
    lengths = {}
    for path in sources(*PACKAGES, "building", "docs", "tests"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lengths[f"{path}:{node.lineno} {node.name}"] = (node.end_lineno or node.lineno) - node.lineno + 1
    assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}
    assert statistics.median(lengths.values()) < MEDIAN_FUNCTION


def test_functions_of_bash_are_short() -> None:
    lengths = {}
    for path in (ROOT / "lib").rglob("*.sh"):
        for found in re.finditer(r"^(\S+)\(\) \{\n(.*?)^\}", path.read_text(), re.MULTILINE | re.DOTALL):
            lengths[f"{path} {found[1]}"] = found[2].count("\n") + 2
    assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}
    assert statistics.median(lengths.values()) < MEDIAN_FUNCTION
