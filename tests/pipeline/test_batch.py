"""--batch: a whole input through what is live, whatever is killed in the middle."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import parquet_tables
from pipeline.shell import shell
from pipeline.versions import REQUEST, Model
from pipeline_runs import MAIN_HOME, Home, Run

NAME = "batched-example"
BUCKET = f"{NAME}-local-000000000000-us-east-1"
# One row an invocation, one after the other: there is a middle to kill something in.
SLOWLY = ("--chunk", "1", "--concurrency", "1")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    with Home(tmp_path_factory.mktemp("batched") / "home") as home:
        made = Model.new(home, tmp_path_factory.mktemp("model"), NAME)
        slow_down(made)
        made.deploy().checked()
        yield made


def slow_down(model: Model) -> None:
    """A chunk takes a little while."""
    app = model.folder / "app" / "main.py"
    source = app.read_text().replace("import os\n", "import os\nimport time\n")
    app.write_text(re.sub(r"^(def predict_many\(.*\n)", r"\1    time.sleep(0.1)\n", source, flags=re.MULTILINE))


def table(path: Path, rows: int, seed: int, bad: int | None = None) -> Path:
    """Rows that no other seed has."""
    lines = [",".join(f"c{n}" for n in range(13))]
    for row in range(rows):
        numbers = [seed + row / 1000, *REQUEST["input_X"][1:]]
        lines.append(",".join("a dozen" if row == bad and n == 1 else str(cell) for n, cell in enumerate(numbers)))
    path.write_text("\n".join(lines) + "\n")
    return path


def results(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def assert_whole(path: Path, rows: int, seed: int) -> None:
    """No row lost, doubled or out of order, and each with its own input."""
    found = results(path)
    assert [row["row"] for row in found] == list(range(rows))
    assert [row["input"]["input_X"][0] for row in found] == [seed + row / 1000 for row in range(rows)]
    assert all(row["output"]["prediction"] > 0 for row in found)


def batch_of(run: Run) -> str:
    found = re.search(r"batch ([0-9a-f]{10})", run.stderr)
    assert found, run.stderr
    return found[1]


def begun(model: Model, *arguments: str) -> subprocess.Popen[str]:
    """A run of the pipeline, in a group of its own as a terminal makes it."""
    command = model.home.command("-s", "local", "-m", str(model.folder), *arguments)
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, env=model.home.environment(), stdout=pipe, stderr=pipe, text=True, start_new_session=True
    )


def until_it_tells(process: subprocess.Popen[str], pattern: str) -> str:
    assert process.stderr
    said = ""
    for line in process.stderr:
        said += line
        if re.search(pattern, line):
            return said
    raise AssertionError(said)


def test_each_row_of_a_table_is_answered_and_a_bad_one_fails_alone(model: Model, tmp_path: Path) -> None:
    rows = table(tmp_path / "rows.csv", 120, 1, bad=7)
    run = model.run("--batch", str(rows), "--chunk", "50", "-y")
    out = tmp_path / "rows.results.jsonl"
    assert (run.status, run.stdout) == (1, f"RESULTS={out}\n"), run.stderr
    assert re.search(r"tried: 50, of which 1 failed \(2%\), the first: .*must be a number", run.stderr)
    assert re.search(r"about \d+ s, and 0\.\d{4} dollars, by list prices", run.stderr)
    assert "3 chunks of 50" in run.stderr
    assert "the address answers the same to 20 of them, asked again" in run.stderr
    assert "error: 1 row has failed" in run.stderr
    found = results(out)
    assert [row["row"] for row in found] == list(range(120))
    assert [row["row"] for row in found if "error" in row] == [7]
    assert (found[7]["status"], found[7]["error"]["field"]) == (400, "input_X[1]")
    assert found[8].keys() == {"row", "input", "output", "version", "ms"}

    before = out.stat().st_mtime_ns
    again = model.run("--batch", str(rows), "-y")
    assert (again.status, again.stdout, out.stat().st_mtime_ns) == (1, run.stdout, before)
    assert "done before: 120 rows, 1 failed" in again.stderr
    other = model.run("--batch", str(rows), "--out", str(tmp_path / "other.csv"), "-y")
    assert len((tmp_path / "other.csv").read_text().splitlines()) == 121, other.stderr
    assert "tried" not in other.stderr


def test_what_is_in_the_bucket_is_read_there_and_written_there(model: Model, tmp_path: Path) -> None:
    lines = tmp_path / "rows.jsonl"
    bodies = [{"input_X": [2 + n / 1000, *REQUEST["input_X"][1:]]} for n in range(30)]
    lines.write_text("".join(json.dumps(body) + "\n" for body in bodies))
    model.home.aws("s3api", "put-object", "--bucket", BUCKET, "--key", "in/rows.jsonl", "--body", str(lines))
    run = model.run("--batch", f"s3://{BUCKET}/in/rows.jsonl", "--out", f"s3://{BUCKET}/out/", "-y").checked()
    key = f"out/{batch_of(run)}.jsonl"
    assert run.stdout == f"RESULTS=s3://{BUCKET}/{key}\n"
    model.home.aws("s3api", "get-object", "--bucket", BUCKET, "--key", key, str(tmp_path / "got"))
    assert_whole(tmp_path / "got", 30, 2)


def test_a_table_of_parquet_becomes_results_of_parquet(model: Model, tmp_path: Path) -> None:
    if not (model.home.path / "cache" / "frameworks").exists():
        (model.home.path / "cache" / "frameworks").symlink_to(MAIN_HOME / "cache" / "frameworks")
    columns = ", ".join(f"{number} AS c{n}" for n, number in enumerate(REQUEST["input_X"]) if n)
    rows = parquet_tables.written(tmp_path / "rows.parquet", f"SELECT 5 + i / 1000 c0, {columns} FROM range(60) t(i)")
    out = tmp_path / "out.parquet"
    run = model.run("--batch", str(rows), "--out", str(out), "-y").checked()
    assert run.stdout == f"RESULTS={out}\n"
    assert "columns: c0 DOUBLE" in run.stderr
    assert "the address answers the same to 20 of them, asked again" in run.stderr
    types, found = parquet_tables.read(out)
    assert types["input"] == "STRUCT(input_X DOUBLE[])"
    assert types["output"] == "STRUCT(message VARCHAR, prediction DOUBLE)"
    assert [row["input"]["input_X"][0] for row in found] == [5 + row / 1000 for row in range(60)]


def plans(model: Model) -> list[str]:
    return [key for key in kept(model) if key.endswith("plan.json")]


def kept(model: Model) -> list[str]:
    listed = model.home.aws("s3api", "list-objects-v2", "--bucket", BUCKET, "--prefix", "batches/")
    return [found["Key"] for found in listed.get("Contents", [])]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "nobody has said yes"),
        (("--budget", "0.00001", "-y"), "and --budget is 1e-05"),
    ],
)
def test_nothing_is_begun_that_nobody_agreed_to(
    model: Model, tmp_path: Path, arguments: tuple[str, ...], says: str
) -> None:
    before = plans(model)
    run = model.run("--batch", str(table(tmp_path / "rows.csv", 60, 3)), *arguments)
    assert run.status == 1
    assert "60 inputs" in run.stderr
    assert says in run.stderr
    assert plans(model) == before


def test_an_input_that_the_model_cannot_take_is_refused_with_the_reason(model: Model, tmp_path: Path) -> None:
    for name, content, why in (("a.csv", "x\n", "nothing in it"), ("a.xlsx", "x", "ends with one of .csv")):
        (tmp_path / name).write_text(content)
        run = model.run("--batch", str(tmp_path / name), "-y")
        assert run.status == 1
        assert why in run.stderr


def kill_a_container(model: Model) -> None:
    listed = subprocess.check_output(["docker", "ps", "--format", "{{.ID}} {{.Image}}"], text=True)
    own = f"localhost:{model.home.port}/{NAME}-local"
    found = [line.split()[0] for line in listed.splitlines() if own in line]
    subprocess.run(["docker", "kill", found[0]], check=True, capture_output=True)


def until_done(model: Model, batch: str, least: int) -> None:
    """So many chunks of it."""
    while sum(key.startswith(f"batches/{batch}/results/") for key in kept(model)) < least:
        time.sleep(0.2)


def test_whatever_is_killed_in_the_middle_the_same_command_loses_and_doubles_no_row(
    model: Model, tmp_path: Path
) -> None:
    rows = table(tmp_path / "rows.csv", 100, 10)
    process = begun(model, "--batch", str(rows), *SLOWLY, "-y")
    batch = batch_of(Run(0, "", until_it_tells(process, "of 100 done")))
    until_done(model, batch, 5)
    kill_a_container(model)
    until_done(model, batch, 10)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    until_done(model, batch, 15)
    os.kill(model.home.pid, signal.SIGKILL)
    again = model.run("--batch", str(rows), "--concurrency", "4", "-y").checked()
    assert f"batch {batch}, begun before" in again.stderr
    assert_whole(tmp_path / "rows.results.jsonl", 100, 10)


def test_who_stops_watching_is_told_how_to_come_back(model: Model, tmp_path: Path) -> None:
    rows = table(tmp_path / "rows.csv", 250, 20)
    process = begun(model, "--batch", str(rows), *SLOWLY, "-y")
    said = until_it_tells(process, "of 250 done")
    os.killpg(process.pid, signal.SIGINT)
    _, left = process.communicate()
    batch = batch_of(Run(0, "", said))
    assert process.returncode == 130
    for verb in ("status", "resume", "stop"):
        assert f"bash pipeline.sh -s local -m {model.folder} --batch-{verb} {batch}" in left

    status = model.run("--batch-status", batch).checked()
    assert re.match(r"[\d,]+ of 250 done, 0 failed", status.stdout)
    assert "it is running" in status.stderr
    assert "stopped; to go on" in model.run("--batch-stop", batch).checked().stderr
    assert "it is not running" in model.run("--batch-status", batch).checked().stderr
    kept = model.run("--prune").checked().stderr
    assert re.search(rf"version \d+ is kept, for this is not all done: batch .*{batch}", kept)

    poor = model.run("--batch-resume", batch, "--budget", "0.00001")
    assert poor.status == 1
    assert "it would cost more than --budget 0.00001; what is done is in the results" in poor.stderr
    found = results(tmp_path / "rows.results.jsonl")
    assert [row["row"] for row in found] == list(range(250))
    assert {row["error"]["code"] for row in found if "error" in row} == {"not_done"}

    model.run("--batch-resume", batch, "--concurrency", "4").checked()
    assert_whole(tmp_path / "rows.results.jsonl", 250, 20)


def test_there_is_nothing_to_tell_of_a_batch_that_there_is_not(model: Model) -> None:
    run = model.run("--batch-resume", "0000000000")
    assert run.status == 1
    assert f"there is no batch 0000000000 in bucket {BUCKET}" in run.stderr


def test_deleting_the_model_deletes_what_its_batches_were_made_by(model: Model) -> None:
    model.run("-x", "-y").checked()
    assert model.home.aws("stepfunctions", "list-state-machines")["stateMachines"] == []
    stacks = model.home.aws("cloudformation", "describe-stacks")["Stacks"]
    assert [stack["StackName"] for stack in stacks if "-caller" not in stack["StackName"]] == []


def test_deleting_ends_what_runs_first(tmp_path: Path) -> None:
    """On AWS a state machine in which something runs would stay."""
    script = """
        option() { return 1; }
        stack::look() { STACK_STATUS=CREATE_COMPLETE; }
        stack::read() { STACK_OUTPUTS=([MachineArn]=the-machine); }
        remove::stack() { echo "remove $1"; }
        aws::find() { if [[ $* == *"list-executions --state-machine-arn the-machine "* ]]; then echo "one two"; fi; }
        aws::try() { echo "$2 $4"; }
        TEMPLATE_BATCH=x-dev-batch
        batch::remove
    """
    said = shell(script, tmp_path).checked().stdout
    assert said.splitlines() == ["stop-execution one", "stop-execution two", "remove x-dev-batch"]
