"""--cost: a month of a folder, as it is deployed."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest

from pipeline_runs import FOLDERS, ROOT, Home
from tools.costs import measured, page
from tools.costs.prices import Prices
from tools.costs.resources import COUNTED, FREE, Deployed
from tools.stacks import model
from tools.stacks.template import Tagged

# Whoever runs the tests may have a region of his own.
US = {"AWS_REGION": "us-east-1"}
EXAMPLE = "xgboost-example"


@pytest.fixture(scope="module")
def months(home: Home) -> page.Months:
    run = home.run("-s", "prod", "--all", "--cost", "--json", env=US).checked()
    return page.months(json.loads(run.stdout))


def cost(home: Home, *arguments: str, **env: str) -> Any:
    run = home.run("-s", "prod", "-m", EXAMPLE, "--cost", *arguments, "--json", env=US | env).checked()
    return json.loads(run.stdout)


def lines(month: Any) -> dict[str, Any]:
    return {line["what"]: line for line in month["lines"]}


def test_the_page_is_what_the_templates_and_prices_give(months: page.Months) -> None:
    said = page.PAGE.read_text()
    assert page.page(said, months) == said, "docs/cost.md is old: see tools/costs/page.py"


def test_every_folder_is_on_the_page_and_has_been_measured(months: page.Months) -> None:
    assert set(months) == {folder.name for folder in FOLDERS}
    assert all(measured.of(name) and not month["notes"] for name, month in months.items())


def test_without_a_request_only_what_stands_by_is_paid(months: page.Months) -> None:
    prices = Prices()
    for name, month in months.items():
        found = lines(month)
        resources = Deployed(model.read(ROOT / name)).resources.values()
        alarms = sum(resource["Type"] == "AWS::CloudWatch::Alarm" for resource in resources)
        assert found["alarms"]["dollars"][0] == pytest.approx(alarms * prices.of("cloudwatch", "alarm"))
        assert found["dashboard"]["dollars"][0] == prices.of("cloudwatch", "dashboard")
        paid = {what for what, line in found.items() if line["dollars"][0]}
        assert paid == {"dashboard", "alarms", "image", "bucket"}


def test_a_million_requests_cost_what_a_bill_would_say(months: page.Months) -> None:
    """As many whole milliseconds as were measured, at 1,769 MB; a hundredth of them with a cold start before."""
    found, prices = lines(months[EXAMPLE]), Prices()
    [figures] = [each for each in json.loads(measured.FILE.read_text()) if each["name"] == EXAMPLE]
    warm, cold = (math.ceil(figures[name]) / 1000 for name in ("warm_ms", "cold_ms"))
    gb_second = prices.of("lambda", "gb_second", "x86_64")
    for what, dollars in {
        "function: requests": 0.20,
        "function: time": 1_000_000 * warm * 1769 / 1024 * gb_second,
        "function: cold starts": 10_000 * cold * 1769 / 1024 * gb_second,
        "HTTP API": 1.00,
        "log: taken in": months[EXAMPLE]["assumed"]["log_bytes"] / 1000 * 0.50,
        "custom metrics": months[EXAMPLE]["assumed"]["custom_metrics"] * 0.30,
    }.items():
        assert found[what]["dollars"][2] == pytest.approx(dollars), what


def test_what_is_free_comes_off_once(months: page.Months) -> None:
    for month in months.values():
        for everything, left in zip(month["dollars"], month["dollars_beyond_free"], strict=True):
            assert 0 <= left < everything
        assert month["dollars_beyond_free"][0] < 0.05


def test_settings_change_the_bill(home: Home, months: page.Months) -> None:
    usual = lines(months[EXAMPLE])
    other = lines(
        cost(home, ARCHITECTURE_LAMBDA="arm64", SNAPSTART_LAMBDA="on", TRACING_LAMBDA="on", ACCESS_LOG_LAMBDA="on")
    )
    assert other["function: time"]["dollars"][2] == pytest.approx(0.8 * usual["function: time"]["dollars"][2], rel=1e-4)
    assert "function: cold starts" not in other
    assert other["snapshots of 2 versions"]["dollars"] == pytest.approx([2 * 6.83] * 4, rel=1e-3)
    assert other["restores"]["dollars"][2] == pytest.approx(10_000 * 0.00024, rel=0.01)
    assert other["traces"]["dollars"][2] == pytest.approx(0.25)
    assert other["log: taken in"]["dollars"][2] > usual["log: taken in"]["dollars"][2]


def test_milliseconds_of_ones_own_count_and_a_begun_one_is_whole(home: Home) -> None:
    twenty, begun = (lines(cost(home, ms))["function: time"]["quantities"][2] for ms in ("20", "19.2"))
    assert twenty == begun == pytest.approx(20_000 * 1769 / 1024)


def test_it_says_what_it_does_not_know(home: Home, folder_copy: Path, tmp_path: Path) -> None:
    own = folder_copy.rename(tmp_path / "own-example")
    (own / "template.yaml").write_text(
        "Resources:\n"
        "  Disk: {Type: 'AWS::EFS::FileSystem'}\n"
        "  Notes: {Type: 'AWS::DynamoDB::Table', Properties: {SSESpecification: {SSEEnabled: true}}}\n"
    )
    said = home.run("-s", "prod", "-m", str(own), "--cost", env={"AWS_REGION": "mars-1"}).checked().stdout
    for words in (
        "prices.toml has no prices of mars-1: those of us-east-1 are used",
        "own-example has not been measured: 100 ms a request are assumed",
        "not counted: AWS::EFS::FileSystem",
        "Notes uses a KMS key",
    ):
        assert words in said
    assert "has not been measured" not in home.run("-s", "prod", "-m", str(own), "--cost", "35").checked().stdout


def test_a_person_reads_a_table(home: Home) -> None:
    run = home.run("-s", "prod", "-m", EXAMPLE, "--cost", env=US | {"MEMORY_LAMBDA": "3008"}).checked()
    head, *rest = run.stdout.splitlines()
    assert re.fullmatch(
        r"xgboost-example at stage prod, dollars a month in us-east-1, list prices of \d{4}-\d\d-\d\d", head
    )
    assert max(map(len, rest)) <= 100
    assert any(re.fullmatch(r"together( +[\d,]+\.\d\d){4}", line) for line in rest)
    assert "it was measured with 1769 MB; with 3008 its times differ" in rest


def test_it_asks_nobody(home: Home) -> None:
    nobody = {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "DOCKER_HOST": "unix:///nowhere",
        "AWS_CONFIG_FILE": "/dev/null",
    }
    assert cost(home, **nobody)["dollars"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_of_every_resource_it_is_known_what_it_costs_and_none_asks_for_a_key(folder: Path) -> None:
    found = Deployed(model.read(folder))
    assert found.uncounted() == []
    assert found.asking_for_keys() == []
    assert {resource["Type"] for resource in model.read(folder)["Resources"].values()} <= COUNTED | FREE


@pytest.mark.parametrize(
    "properties",
    [
        {"SSESpecification": {"SSEEnabled": True}},
        {"KmsMasterKeyId": "alias/aws/sns"},
        {"EncryptionConfiguration": {"EncryptionType": "KMS"}},
        {"Rules": Tagged("!If", ["X", {"SSEAlgorithm": "aws:kms"}, {}])},
    ],
)
def test_who_asks_for_a_key_is_found(properties: dict[str, Any]) -> None:
    template = {"Parameters": {}, "Resources": {"It": {"Type": "AWS::X::Y", "Properties": properties}}}
    assert Deployed(template).asking_for_keys() == ["It"]
