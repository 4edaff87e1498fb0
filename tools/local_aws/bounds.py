"""What MiniStack keeps of each request, so that its memory does not grow with them.

It keeps a log stream and a dozen values of metrics for each, for two weeks. Here the logs keep the latest streams. A
metric keeps its latest values; those before become one value a minute and size, counted.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

from ministack.services import cloudwatch, cloudwatch_logs, lambda_svc

Function = Callable[..., Any]
Point = dict[str, Any]
# One a request, of some 3 KB.
STREAMS = 30_000
VALUES, LATEST = 1000, 500
_lock = threading.Lock()


def install() -> None:
    cloudwatch.record_metric = _bounding_values(cloudwatch.record_metric)
    lambda_svc._emit_lambda_logs = _bounding_streams(lambda_svc._emit_lambda_logs)


def _bounding_values(record: Function) -> Function:
    @functools.wraps(record)
    def recording(
        namespace: str, name: str, value: float, unit: str = "None", dimensions: dict[str, str] | None = None
    ) -> None:
        with _lock:
            record(namespace, name, value, unit, dimensions)
            points = cloudwatch._metric_bucket((namespace, name, cloudwatch._dims_key(dimensions or {})))
            if len(points) > VALUES:
                points[:] = compacted(points)

    return recording


def compacted(points: list[Point]) -> list[Point]:
    """Two digits of a value are enough for a percentile; a sum of ones and noughts stays exact. What is still too many
    is the oldest."""
    counted: dict[tuple[int, float], Point] = {}
    for point in points[:-LATEST]:
        value = float(f"{point['Value']:.2g}")
        kept = counted.setdefault((point["Timestamp"] // 60, value), point | {"Value": value, "Count": 0.0})
        kept["Count"] += point.get("Count", 1.0)
    return [*counted.values()][-(VALUES - LATEST) // 2 :] + points[-LATEST:]


def _bounding_streams(emit: Function) -> Function:
    @functools.wraps(emit)
    def emitting(*arguments: Any, **more: Any) -> Any:
        emitted = emit(*arguments, **more)
        with _lock:
            groups = [group["streams"] for group in cloudwatch_logs._log_groups.values()]
            for _ in range(sum(map(len, groups)) - STREAMS):
                longest = max(groups, key=len)
                del longest[next(iter(longest))]
        return emitted

    return emitting
