"""A hundred million pictures on AWS: how long that takes, what holds it back, what it costs. Arithmetic, no account.

A run is followed second by second: as many instances as the limits of that second allow, each as fast as was measured.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from itertools import count

from tools.batch import cost
from tools.batch.cost import Rates
from tools.costs.measured import Measured
from tools.costs.prices import HOURS, Prices

# Quotas and limits as AWS documents them. Those marked * are raised on request.
ACCOUNT = 1_000  # * instances at once, of all functions together; a new account may have 10
RAMP = 100  # more instances a second: a function gains 1,000 in ten seconds
MAP = 10_000  # children at once of a distributed Map
TRANSITIONS = 5_000  # * a second, in us-east-1, us-west-2 and eu-west-1; 800 elsewhere
GETS = 5_500  # a second, of one prefix of S3
HISTORY = 25_000  # events of one execution: a child has its own, the run but a few
ITEM_BYTES = 256 * 1024  # the most that a chunk may say
TIMEOUT = 29  # seconds of a function behind an HTTP API, which a chunk has to end in


@dataclass(frozen=True)
class Work:
    inputs: int
    measured: Measured
    chunk: int
    """Inputs an invocation."""
    objects: bool
    """Each input is an object of its own; else they are packed, and a chunk is read by one request."""
    key_bytes: int = 60

    @property
    def chunks(self) -> int:
        return math.ceil(self.inputs / self.chunk)

    @property
    def chunk_seconds(self) -> float:
        return self.chunk * self.measured.warm_ms / 1000

    @property
    def gets(self) -> int:
        return self.inputs if self.objects else self.chunks

    @property
    def item_bytes(self) -> int:
        """What the Map says to the function of one chunk: keys, or sizes."""
        return 200 + self.chunk * (self.key_bytes + 3 if self.objects else 7)


@dataclass(frozen=True)
class Limits:
    account: int = ACCOUNT
    prefixes: int = 1
    transitions: int = TRANSITIONS
    dispatched: int = cost.DISPATCHED


@dataclass(frozen=True)
class Run:
    seconds: int
    most_instances: int
    held_back_by: str
    """What the limit was for most of the time."""


def fits(work: Work) -> list[str]:
    """What AWS would refuse; nothing, as a rule."""
    refused = []
    if work.chunk_seconds > TIMEOUT:
        refused.append(f"a chunk takes {work.chunk_seconds:.0f} s and a function has {TIMEOUT}")
    if work.item_bytes > ITEM_BYTES:
        refused.append(f"a chunk is {work.item_bytes:,} bytes and an item may have {ITEM_BYTES:,}")
    return refused


def simulated(work: Work, limits: Limits) -> Run:
    left = float(work.inputs)
    reasons: Counter[str] = Counter()
    most = 0
    for second in count(1):
        rate, instances, reason = _second(work, limits, second)
        left -= rate
        reasons[reason] += 1
        most = max(most, instances)
        if left <= 0:
            return Run(second + math.ceil(work.measured.cold_ms / 1000), most, reasons.most_common(1)[0][0])
    raise AssertionError("a count does not end")


def _second(work: Work, limits: Limits, second: int) -> tuple[float, int, str]:
    """Inputs done in it, by how many instances, and what kept them from being more."""
    instances, reason = min(
        (limits.account, "the account's concurrency"),
        (MAP, "the Map's concurrency"),
        (RAMP * second, "how fast instances are added"),
    )
    each = 1000 / work.measured.warm_ms
    return min(
        (instances * each, instances, reason),
        _allowed(limits.dispatched * work.chunk, each, "how fast the Map begins chunks"),
        _allowed(limits.transitions / cost.TRANSITIONS * work.chunk, each, "state transitions a second"),
        _allowed(limits.prefixes * GETS * work.inputs / work.gets, each, "requests a second to a prefix of S3"),
    )


def _allowed(rate: float, each: float, reason: str) -> tuple[float, int, str]:
    return rate, math.ceil(rate / each), reason


def dollars(work: Work, run: Run, prices: Prices) -> dict[str, float]:
    """By what is paid for. Pictures and answers stay in their region, where moving them is free."""
    rates = Rates.of(prices.region, work.measured.memory_mb, "x86_64")
    return {
        "function: time": work.inputs * work.measured.warm_ms * rates.millisecond,
        "function: cold starts": run.most_instances * work.measured.cold_ms * rates.millisecond,
        "function: requests": work.chunks * rates.invocation,
        "Step Functions: transitions": work.chunks * cost.TRANSITIONS * rates.transition,
        "S3: reading": work.gets * rates.read,
        "S3: results": work.chunks * cost.WRITES * rates.write,
    }


# The same work by what else AWS has for it. Each with as many processors at once as the function has instances; a
# processor of any of them is as fast as the function's whole one, at 1,769 MB.
TRANSFORM_PROCESSORS = 4  # of an ml.c5.xlarge
TRANSFORM_START = 240  # seconds until a job of SageMaker has its machines
FLEET_PROCESSORS = 2  # of a c7i.large
FLEET_START = 180
SPOT = 0.4  # of the list price; it moves, and a machine can be taken away


TRANSFORM, FLEET = "in SageMaker Batch Transform, ml.c5.xlarge", "in a fleet of c7i.large on spot"


def processor_hours(prices: Prices) -> dict[str, float]:
    """Dollars."""
    spot = SPOT * prices.of("server", "c7i_large_hour")
    # Addresses and disks, which spot does not make cheaper.
    spot += prices.of("server", "address_hour") + 10 * prices.of("server", "disk_gb_month") / HOURS
    return {
        "of a function": 1769 / 1024 * 3600 * prices.of("lambda", "gb_second", "x86_64"),
        "of one on arm64": 1769 / 1024 * 3600 * prices.of("lambda", "gb_second", "arm64"),
        TRANSFORM: prices.of("sagemaker", "ml_c5_xlarge_hour") / TRANSFORM_PROCESSORS,
        FLEET: spot / FLEET_PROCESSORS,
    }


@dataclass(frozen=True)
class Alternative:
    name: str
    dollars: float
    minutes: float


def alternatives(work: Work, run: Run, prices: Prices) -> list[Alternative]:
    bill = dollars(work, run, prices)
    hours = work.inputs * work.measured.warm_ms / 1000 / 3600
    busy = hours / run.most_instances * 60
    reading = work.inputs / 1e3 * prices.of("s3", "thousand_reads")
    one_by_one = work.inputs / 1e6
    invoked = one_by_one * prices.of("lambda", "million_requests") + prices.of("s3_batch", "job")
    invoked += one_by_one * prices.of("s3_batch", "million_objects") + reading
    transform, spot = (hours * processor_hours(prices)[where] for where in (TRANSFORM, FLEET))
    return [
        Alternative("`--batch`, a chunk an invocation", sum(bill.values()), run.seconds / 60),
        Alternative(
            "S3 Batch Operations, an object an invocation",
            bill["function: time"] + bill["function: cold starts"] + invoked,
            run.seconds / 60,
        ),
        Alternative(TRANSFORM.removeprefix("in "), transform + reading, busy + TRANSFORM_START / 60),
        Alternative(FLEET.removeprefix("in "), spot + reading, busy + FLEET_START / 60),
    ]
