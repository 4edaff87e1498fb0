"""The lines of a bill: what is charged for a model, in which unit, and how many units."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.costs import metrics
from tools.costs.measured import Measured
from tools.costs.prices import SECONDS, Prices
from tools.costs.resources import Deployed

MILLION, MB, GB = 1e6, 1e6, 1e9
MB_A_GB = 1024  # of memory
COLD_SHARE = 0.01
# The compressed size of python:3.11-slim; and of the bucket's templates and gate records.
BASE_MB, BUCKET_MB = 45, 10
# With SnapStart, the live version and the previous one.
VERSIONS = 2
# Bytes of an answer besides its body; what compression leaves of a log; days in a month.
HEADER_BYTES, COMPRESSED, DAYS = 600, 0.15, 30.4
# X-Ray's default sampling of requests beyond one per second.
TRACED_SHARE = 0.05
# Per request: a missing item is looked up, leased and stored, in document-example/app/memory.py. At worst all are new.
READS, WRITES, ITEM_BYTES, ITEM_DAYS = 1, 2, 400, 30


@dataclass(frozen=True)
class Assumed:
    """The assumptions that the lines are computed from."""

    architecture: str
    memory_mb: int
    warm_ms: float
    cold_ms: float
    image_mb: float
    custom_metrics: int
    log_bytes: int
    answer_bytes: int

    @staticmethod
    def of(folder: Path, deployed: Deployed, measured: Measured) -> Assumed:
        said = deployed.parameters
        written = metrics.of(folder, "restore" if said["SnapStart"] == "on" else "load")
        return Assumed(
            architecture=str(said["Architecture"]),
            memory_mb=int(said["MemorySize"]),
            warm_ms=measured.warm_ms,
            cold_ms=measured.cold_ms,
            image_mb=measured.image_mb,
            custom_metrics=len(written.metrics),
            log_bytes=written.log_bytes,
            answer_bytes=answer_bytes(folder),
        )

    @property
    def gb(self) -> float:
        return self.memory_mb / MB_A_GB


@dataclass(frozen=True)
class Line:
    what: str
    unit: str
    price: float
    free: float = 0  # of what an account gets each month
    standing: float = 0  # whether anybody calls or not
    called: float = 0  # as soon as somebody does
    each: float = 0  # of a request

    def quantity(self, requests: int) -> float:
        return self.standing + (self.called if requests else 0) + self.each * requests

    def dollars(self, requests: int) -> float:
        return self.price * self.quantity(requests)

    def beyond_free(self, requests: int) -> float:
        return self.price * max(0.0, self.quantity(requests) - self.free)


def of(deployed: Deployed, prices: Prices, assumed: Assumed) -> Iterator[Line]:
    yield from of_standing_by(deployed, prices, assumed)
    yield from of_requests(deployed, prices, assumed)
    yield from of_logs(deployed, prices, assumed)
    yield from of_tables(deployed, prices)


def of_standing_by(deployed: Deployed, prices: Prices, assumed: Assumed) -> Iterator[Line]:
    for what, name, kind in (("dashboard", "dashboard", "Dashboard"), ("alarms", "alarm", "Alarm")):
        price, free = prices.of("cloudwatch", name), prices.free("cloudwatch", name)
        yield Line(what, name, price, free, standing=len(deployed.of(f"AWS::CloudWatch::{kind}")))
    pushed = len(deployed.of("AWS::ECR::Repository")) * (BASE_MB + assumed.image_mb)
    yield Line("image", "GB-month", prices.of("ecr", "gb_month"), standing=pushed * MB / GB)
    model = assumed.image_mb if deployed.parameters["ModelUri"] else 0
    stored = len(deployed.of("AWS::S3::Bucket")) * (BUCKET_MB + model)
    yield Line("bucket", "GB-month", prices.of("s3", "gb_month"), standing=stored * MB / GB)
    if keys := deployed.of("AWS::KMS::Key"):
        yield Line("keys", "key", prices.of("kms", "key"), standing=len(keys))
    if deployed.parameters["SnapStart"] == "on":
        cached = VERSIONS * assumed.gb * SECONDS
        yield Line(
            f"snapshots of {VERSIONS} versions", "GB-second", prices.of("lambda", "snapshot_gb_second"), standing=cached
        )
    price, free = prices.of("cloudwatch", "metric"), prices.free("cloudwatch", "metric")
    yield Line("custom metrics", "metric", price, free, called=assumed.custom_metrics)


def of_requests(deployed: Deployed, prices: Prices, assumed: Assumed) -> Iterator[Line]:
    a_million = 1 / MILLION
    free = prices.free("lambda", "million_requests")
    yield Line("function: requests", "million", prices.of("lambda", "million_requests"), free, each=a_million)
    second, free = prices.of("lambda", "gb_second", assumed.architecture), prices.free("lambda", "gb_second")
    # Time is billed in whole milliseconds, rounded up.
    warm = math.ceil(assumed.warm_ms) / 1e3 * assumed.gb
    cold = COLD_SHARE * math.ceil(assumed.cold_ms) / 1e3 * assumed.gb
    yield Line("function: time", "GB-second", second, free, each=warm)
    if deployed.parameters["SnapStart"] == "on":
        yield Line("restores", "GB", prices.of("lambda", "restored_gb"), each=COLD_SHARE * assumed.gb)
    else:
        # The line above has already used the free amount.
        yield Line("function: cold starts", "GB-second", second, each=cold)
    yield Line("HTTP API", "million", prices.of("api", "million_requests"), each=a_million)
    sent = (assumed.answer_bytes + HEADER_BYTES) / GB
    yield Line("to the internet", "GB", prices.of("transfer", "gb"), prices.free("transfer", "gb"), each=sent)
    if deployed.parameters["Tracing"] == "on":
        price, free = prices.of("xray", "million_traces"), prices.free("xray", "million_traces")
        yield Line("traces", "million", price, free, each=TRACED_SHARE / MILLION)


def of_logs(deployed: Deployed, prices: Prices, assumed: Assumed) -> Iterator[Line]:
    written = assumed.log_bytes
    if deployed.holds("HasAccessLog"):
        form = deployed.resources["ApiStage"]["Properties"]["AccessLogSettings"].value[1]["Format"]
        written += len(form) + metrics.OF_A_LINE
    price, free = prices.of("cloudwatch", "logs_gb"), prices.free("cloudwatch", "logs_gb")
    yield Line("log: taken in", "GB", price, free, each=written / GB)
    # Once that many days have passed, the stored log stops growing.
    kept = written * COMPRESSED * int(deployed.parameters["LogDays"]) / DAYS
    yield Line("log: kept", "GB-month", prices.of("cloudwatch", "kept_logs_gb"), each=kept / GB)


def of_tables(deployed: Deployed, prices: Prices) -> Iterator[Line]:
    if not deployed.of("AWS::DynamoDB::Table"):
        return
    yield Line("table: reads", "million", prices.of("dynamodb", "million_reads"), each=READS / MILLION)
    yield Line("table: writes", "million", prices.of("dynamodb", "million_writes"), each=WRITES / MILLION)
    price, free = prices.of("dynamodb", "gb_month"), prices.free("dynamodb", "gb_month")
    yield Line("table: kept", "GB-month", price, free, each=ITEM_BYTES * ITEM_DAYS / DAYS / GB)


def answer_bytes(folder: Path) -> int:
    """The mean size of the answers that the folder's events expect from the model."""
    found = [json.loads(file.read_text()) for file in sorted((folder / "events").glob("*.json"))]
    bodies = [
        len(json.dumps(event["answer"]["body"], separators=(",", ":")).encode())
        for event in found
        if event["request"]["method"] == "POST" and event["answer"]["status"] == 200
    ]
    return round(sum(bodies) / len(bodies)) if bodies else 0
