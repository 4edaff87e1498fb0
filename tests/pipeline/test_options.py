"""The command line is a contract: what it takes, what it says of itself, where its words go."""

from __future__ import annotations

import re
import subprocess

import pytest

from pipeline_runs import ROOT, Home

FLAG = re.compile(r"^  (-[a-z]|--[a-z0-9-]+)\b", re.MULTILINE)


def flags_in_help(home: Home) -> list[str]:
    return FLAG.findall(home.run("-h").checked().stdout)


def flags_in_parser() -> list[str]:
    source = (ROOT / "lib" / "command" / "option_table.sh").read_text()
    return re.findall(r"^\t'(-\S+) ", source, re.MULTILINE)


def flags_in_docs() -> list[str]:
    return re.findall(r"^\| `(-[a-z]|--[a-z0-9-]+)\b", (ROOT / "docs" / "options.md").read_text(), re.MULTILINE)


def test_help_parser_and_docs_know_the_same_flags(home: Home) -> None:
    assert sorted(flags_in_help(home)) == sorted(flags_in_parser()) == sorted(flags_in_docs())


def test_help_goes_to_stdout_and_is_no_failure(home: Home) -> None:
    run = home.run("-h").checked()
    assert "Usage: bash pipeline.sh -s STAGE" in run.stdout
    assert run.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "no stage"),
        (["-s"], "-s needs a stage"),
        (["-s", "production", "-r"], "unknown stage: production"),
        (["-s", "local"], "nothing to do: give at least one of -r -p -d -e -t -o -x --rollback --record --promote "),
        (["-s", "local", "-z"], "unknown option: -z"),
        (["-s", "local", "stray", "-r"], "unknown option: stray"),
        (["-s", "dev", "--down"], "--down goes with -s local"),
        (["-s", "local", "-x", "-d"], "-x stands alone"),
        (["-s", "local", "-x"], "add -y"),
        (["-s", "local", "-m"], "-m needs a path"),
        (["-s", "local", "-d", "--canary"], "--canary needs a percentage"),
        (["-s", "local", "-d", "--canary", "100"], "not a share of the requests: 100 %"),
        (["-s", "local", "--canary", "10", "-t"], "--canary goes with -d"),
        (["-s", "local", "-d", "--for", "3"], "--for goes with --canary"),
        (["-s", "prod", "--promote"], "--promote needs the stage"),
        (["-s", "prod", "--promote", "prod"], "is this very stage"),
        (["-s", "prod", "-p", "--promote", "dev"], "--promote builds nothing"),
        (["-s", "local", "--rollback", "-d"], "--rollback builds and deploys nothing"),
        (["-s", "local", "--prune", "0"], "--prune keeps at least 1"),
        (["-s", "local", "-d", "--changed"], "--changed goes with -p"),
        (["-s", "local", "-o", "-f"], "-f goes with --logs"),
        (["-s", "local", "-d", "--template"], "--template stands alone"),
        (["-s", "local", "-n", "--template"], "it stands without -n"),
        (["-s", "local", "--cost", "-d"], "--cost stands alone"),
        (["-s", "local", "-n", "--cost"], "--cost changes nothing: it stands without -n"),
        (["-s", "local", "--cost", "much"], "unknown option: much"),
        (["-s", "local", "--doctor", "-r"], "--doctor stands alone"),
        (["-s", "local", "-n", "--doctor"], "--doctor changes nothing: it stands without -n"),
        (
            ["-s", "local", "--json", "-d"],
            "--json goes with -o, --versions, --status, --cost, --tune, --doctor or --all",
        ),
        (["-s", "local", "-p", "xgboost-example", "--all"], "--all takes every model folder"),
        (["-s", "local", "-p", "xgboost-example", "--rie", "99999"], "not a port: 99999"),
        (["--dev", "xgboost-example", "-d"], "--dev stands alone"),
        (["-s", "local", "-r", "-p", "xgboost-example", "--tune"], "--tune stands alone"),
        (["-s", "local", "-n", "--tune"], "it stands without -n"),
        (["-s", "local", "-o", "--p99", "200"], "--p99 goes with --tune"),
        (["-s", "local", "--tune", "--p99"], "--p99 needs milliseconds"),
        (["-s", "local", "--batch"], "--batch needs a folder, a file or an s3:// address"),
        (["-s", "local", "--batch", "a.csv", "-d"], "--batch stands alone"),
        (["-s", "local", "--batch", "a.csv", "--chunk", "0"], "not a number of inputs: 0"),
        (["-s", "local", "--batch", "a.csv", "--concurrency", "10001"], "not a number of chunks at once: 10001"),
        (["-s", "local", "-o", "--out", "b.csv"], "--out goes with --batch"),
        (["-s", "local", "--batch-status", "0123456789", "--budget", "1"], "--batch-status stands alone"),
        (["-s", "local", "-d", "--apply"], "--apply goes with --tune"),
    ],
)
def test_wrong_usage_is_status_2_and_one_message(home: Home, arguments: list[str], says: str) -> None:
    run = home.run(*arguments)
    assert run.status == 2
    assert run.stdout == ""
    assert says in run.stderr
    assert run.stderr.count("error:") == 1


def test_flags_are_taken_in_any_order(home: Home, deployed: str) -> None:
    assert home.run("-d", "-p", "xgboost-example", "-r", "-s", "local").checked().api_url == deployed


def test_p_without_a_path_means_the_current_folder(home: Home, deployed: str) -> None:
    assert home.run("-s", "local", "-p", "-d", cwd=ROOT / "xgboost-example").checked().api_url == deployed


def test_flags_may_stand_together(home: Home, deployed: str) -> None:
    assert home.run("-s", "local", "-rdp", "xgboost-example").checked().api_url == deployed


def test_d_alone_deploys_the_newest_image(home: Home, deployed: str) -> None:
    run = home.run("-s", "local", "-m", "xgboost-example", "-d").checked()
    assert run.api_url == deployed
    assert "image " not in run.stderr


def test_stdout_holds_nothing_but_the_address(home: Home, deployed: str) -> None:
    run = home.run("-s", "local", "-r", "-p", "xgboost-example", "-d", "-t").checked()
    assert run.stdout == f"API_URL={deployed}\n"


def test_outputs_are_one_key_and_value_a_line(home: Home, deployed: str) -> None:
    lines = home.run("-s", "local", "-m", "xgboost-example", "-o").checked().stdout.splitlines()
    assert all(re.fullmatch(r"[A-Z_]+=\S+", line) for line in lines)
    assert lines[-1] == f"API_URL={deployed}"
    assert "FUNCTION_NAME=xgboost-example-local" in lines


def test_outputs_after_a_deploy_name_the_address_once_and_last(home: Home, deployed: str) -> None:
    lines = home.run("-s", "local", "-m", "xgboost-example", "-d", "-o").checked().stdout.splitlines()
    assert [line for line in lines if line.startswith("API_URL=")] == [lines[-1]]


def test_nothing_is_coloured_where_nobody_looks(home: Home, deployed: str) -> None:
    run = home.run("-s", "local", "-m", "xgboost-example", "-d", env={"NO_COLOR": ""}).checked()
    assert "\x1b" not in run.stdout + run.stderr


def test_an_old_bash_is_told_so_before_it_reads_what_it_cannot() -> None:
    head = (ROOT / "pipeline.sh").read_text().split("set -Eeuo")[0]
    old = head.replace("${BASH_VERSINFO[0]} ", "4 ").replace("BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1]", "402")
    assert old != head
    run = subprocess.run(["bash", "-c", old], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "4.4 or newer is needed" in run.stderr
