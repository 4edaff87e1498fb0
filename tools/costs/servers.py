"""What the same model costs on servers that run all day, and above how many requests a month they are cheaper."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tools.costs.prices import HOURS, SECONDS, Prices

# A server: one instance with two processors, behind a balancer that is never busy enough to cost more than one unit,
# with three public addresses (two of the balancer) and a disk of 10 GB.
INSTANCE = "c7i.large"
PROCESSORS = 2
# The share of its capacity that a server should be used for: the rest is for busy minutes.
SPARE = 0.5
MOST_INSTANCES = 1000


@dataclass(frozen=True)
class Servers:
    """As many servers as needed, each of which answers `rate` requests a second."""

    rate: float
    prices: Prices

    def dollars(self, requests: float) -> float:
        """The cost of a month with this many requests."""
        return self._of(self.instances(requests))

    def instances(self, requests: float) -> int:
        return max(1, math.ceil(requests / SECONDS / (SPARE * self.rate)))

    def crossing(self, per_request: float) -> float:
        """Requests a month above which servers are cheaper; infinity if they never are."""
        for instances in range(1, MOST_INSTANCES + 1):
            found = self._of(instances) / per_request
            if self.instances(found) <= instances:
                return found
        return math.inf

    def _of(self, instances: int) -> float:
        price = self.prices.of
        hourly = price("server", "balancer_hour") + price("server", "balancer_unit_hour")
        hourly += 3 * price("server", "address_hour") + instances * price("server", "c7i_large_hour")
        return HOURS * hourly + 10 * price("server", "disk_gb_month")
