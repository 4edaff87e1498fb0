"""What a setting costs: per million predictions, per month, kept warm, and compared with a server."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from tools.costs import lines
from tools.costs.measured import SUPPOSED, of
from tools.costs.prices import SECONDS, USUAL, Prices
from tools.costs.resources import Deployed
from tools.costs.servers import PROCESSORS, Servers
from tools.tuning.rows import Row

MILLION = 1_000_000
REQUESTS = (10_000, MILLION, 100 * MILLION)
TIME = "function: time"


@dataclass(frozen=True)
class Money:
    prices: Prices
    assumed: lines.Assumed
    deployed: Deployed

    @staticmethod
    def of(folder: Path, deployed: Deployed, region: str) -> Money:
        assumed = lines.Assumed.of(folder, deployed, of(folder.name) or SUPPOSED)
        return Money(Prices(region), assumed, deployed)

    def million(self, row: Row) -> float:
        """Dollars for a million warm predictions, requests included, the gateway excluded."""
        return self.prices.of("lambda", "million_requests") + self._time(row)

    def month(self, row: Row, requests: int) -> float:
        """Dollars for a month, everything included: the gateway, logs and metrics too."""
        assert row.figures
        assumed = replace(self.assumed, memory_mb=row.point.memory_mb, cold_ms=row.figures.cold)
        rest = (line for line in lines.of(self.deployed, self.prices, assumed) if line.what != TIME)
        return sum(line.dollars(requests) for line in rest) + self._time(row) * requests / MILLION

    def provisioned(self, row: Row) -> float:
        """Dollars for a month of one provisioned instance."""
        return self._second("provisioned_gb_second", row) * SECONDS

    def snapshots(self, row: Row) -> float:
        """Dollars for a month of SnapStart's snapshots, with or without calls."""
        return (
            lines.VERSIONS
            * row.point.memory_mb
            / lines.MB_A_GB
            * SECONDS
            * self.prices.of("lambda", "snapshot_gb_second")
        )

    def crossing(self, row: Row, one_processor: Row) -> float:
        """Requests a month above which a server is cheaper; only the function needs the gateway.

        Server prices are known for one region, so both are compared there.
        """
        if self.prices.region != USUAL:
            return replace(self, prices=Prices(USUAL)).crossing(row, one_processor)
        assert one_processor.figures
        rate = PROCESSORS * 1e3 / one_processor.figures.p50
        per_request = (self.million(row) + self.prices.of("api", "million_requests")) / MILLION
        return Servers(rate, self.prices).crossing(per_request)

    def _time(self, row: Row) -> float:
        assert row.figures
        return MILLION * row.figures.billed / 1e3 * self._second("gb_second", row)

    def _second(self, name: str, row: Row) -> float:
        return row.point.memory_mb / lines.MB_A_GB * self.prices.of("lambda", name, self.assumed.architecture)
