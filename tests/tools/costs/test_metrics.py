"""The metrics that are counted are those that a folder's handler sends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline_runs import FOLDERS, ROOT, Home
from tools.costs import metrics
from tools.stacks import model


def sent(home: Home, function: str) -> tuple[set[tuple[str, ...]], list[int]]:
    """All metrics in a function's log, and how long each request's lines are together."""
    events = home.aws("logs", "filter-log-events", "--log-group-name", f"/aws/lambda/{function}")["events"]
    records = [json.loads(event["message"]) for event in events if '"CloudWatchMetrics"' in event["message"]]
    names = {
        (metric["Name"], *dimensions)
        for record in records
        for directive in record["_aws"]["CloudWatchMetrics"]
        for dimensions in directive["Dimensions"]
        for metric in directive["Metrics"]
    }
    return names, [len(json.dumps(record, separators=(",", ":"))) for record in records]


def test_a_deployed_function_sends_what_is_counted(home: Home, deployed: str) -> None:
    home.run("-s", "local", "-m", "xgboost-example", "-t").checked()
    names, lengths = sent(home, "xgboost-example-local")
    counted = metrics.of(ROOT / "xgboost-example", "load")
    # what loading took stands in the line of the first request, and only those of the model are measured
    assert counted.metrics - {("load_ms", "function")} <= names <= counted.metrics
    of_lambda = sum(len(line) + metrics.OF_A_LINE for line in metrics.OF_LAMBDA)
    line = counted.log_bytes - of_lambda - metrics.OF_A_LINE
    # The line that is counted is one of a first request.
    assert max(lengths) == pytest.approx(line, rel=0.1)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_metric_that_the_templates_look_at_is_counted(folder: Path) -> None:
    counted = {name for name, *_ in metrics.of(folder, "load").metrics}
    alarms = [found["Properties"] for found in model.read(folder)["Resources"].values() if "Alarm" in found["Type"]]
    of_serving = {alarm["MetricName"] for alarm in alarms if alarm["Namespace"] == "serving"}
    assert of_serving
    assert of_serving <= counted


def test_no_metric_is_told_apart_by_what_a_caller_sends() -> None:
    """Each value of a dimension is billed as a metric of its own."""
    for folder in FOLDERS:
        dimensions = {dimension for _, *those in metrics.of(folder, "load").metrics for dimension in those}
        assert dimensions == {"function", "function_version"}


def test_a_timer_and_a_counter_of_a_folders_own_are_counted(folder_copy: Path) -> None:
    said = (
        "import serving",
        "def step():",
        '    with serving.timer("step"):',
        '        serving.count("steps") or [].count("no")',
    )
    (folder_copy / "app" / "steps.py").write_text("\n".join(said))
    before = metrics.of(folder_copy, "load")
    main = folder_copy / "app" / "main.py"
    main.write_text(main.read_text() + "\n\ndef late():\n    from . import steps\n    steps.step()\n")
    metrics._tree.cache_clear()
    after = metrics.of(folder_copy, "load")
    assert after.metrics - before.metrics == {("step_ms", "function"), ("steps", "function")}
    assert after.log_bytes > before.log_bytes


def test_a_start_from_a_snapshot_is_another_phase() -> None:
    loaded, restored = (metrics.of(ROOT / "xgboost-example", start).metrics for start in ("load", "restore"))
    assert loaded - restored == {("load_ms", "function")}
    assert restored - loaded == {("restore_ms", "function")}
