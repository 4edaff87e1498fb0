"""One dated list of prices, and no price anywhere else."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from pipeline_runs import ROOT
from tools.batch import cost, quote
from tools.costs.prices import HOURS, SECONDS, USUAL, Prices, listed
from tools_batch import PLAN

SERVICES = {name: table for name, table in listed().items() if isinstance(table, dict)}
GB = 1769 / 1024


def by_region(table: dict[str, Any]) -> Iterator[dict[str, float]]:
    for name, said in table.items():
        if name == "free" or not isinstance(said, dict):
            continue
        yield from said.values() if {"x86_64", "arm64"} >= said.keys() else [said]


@pytest.mark.parametrize("service", SERVICES)
def test_every_price_has_its_page_and_stands_for_every_region(service: str) -> None:
    table = SERVICES[service]
    assert table["page"].startswith("https://aws.amazon.com/")
    assert table["offer"].startswith(("AWS", "Amazon", "aws"))
    # what is only compared with has prices in one region
    regions = {USUAL} if service in ("server", "s3_batch", "sagemaker") else set(Prices.regions())
    for prices in by_region(table):
        assert prices.keys() == regions
        assert all(0 < price < 10 for price in prices.values())


def test_what_is_free_is_of_what_has_a_price() -> None:
    for table in SERVICES.values():
        assert table.get("free", {}).keys() <= table.keys()


def test_time_on_arm64_costs_a_fifth_less_everywhere() -> None:
    for region in Prices.regions():
        for name in ("gb_second", "provisioned_gb_second", "answering_provisioned_gb_second"):
            x86, arm = (Prices(region).of("lambda", name, machine) for machine in ("x86_64", "arm64"))
            assert arm == pytest.approx(0.8 * x86, rel=1e-4)


def test_a_region_without_prices_is_none() -> None:
    with pytest.raises(ValueError, match="no prices of mars-1, only of us-east-1"):
        Prices("mars-1")


def figures() -> dict[str, float]:
    """What pages may say in dollars, beside what is computed into them, by how they say it."""
    prices = Prices()
    snapshot = GB * SECONDS * prices.of("lambda", "snapshot_gb_second")
    server = prices.of("server", "c7i_large_hour") * HOURS
    server += HOURS * sum(prices.of("server", name) for name in ("balancer_hour", "balancer_unit_hour"))
    server += HOURS * 3 * prices.of("server", "address_hour") + 10 * prices.of("server", "disk_gb_month")
    # held by test_access
    # the run of docs/batch.md: 100,000 rows, as it says of them
    run = replace(PLAN, count=100_000, chunks=2, memory_mb=1769, input_ms=0.02, chunk_ms=9.0)
    batch = {f"{cost.expected(run):.4f}": cost.expected(run), f"{quote.SMALL}": quote.SMALL}
    return batch | {f"{snapshot:.2f}": snapshot, f"{server:.2f}": server, "90": 90, "0.19": 0.19}


def test_what_snapshots_cost_is_what_the_page_says() -> None:
    prices, page = Prices(), (ROOT / "docs" / "snapstart.md").read_text()
    month = GB * SECONDS * prices.of("lambda", "snapshot_gb_second")
    assert f"costs {month:.2f} dollars a month" in page
    assert f"| {month:.2f} a month |" in page
    assert f"| a restore | {GB * prices.of('lambda', 'restored_gb'):.5f} |" in page
    start = 0.3 * GB * prices.of("lambda", "gb_second", "x86_64")
    assert f"a start of 0.3 s without it | {start:.5f} |" in page


def test_no_page_says_a_price_that_is_not_computed() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        said = set(re.findall(r"\$?([\d.]+) dollars", page.read_text()))
        assert said <= figures().keys(), page.name


def test_no_price_stands_in_another_file() -> None:
    small = re.compile(r"\b0\.0000\d{3,}\b")
    tracked = subprocess.check_output(
        ["git", "ls-files", "*.py", "*.md", "*.sh", "*.yaml", "*.env"], cwd=ROOT, text=True
    )
    found = {name for name in tracked.splitlines() if small.search((ROOT / name).read_text())}
    assert found == set()
