"""Limits what MiniStack keeps of each request, so that its memory does not grow without end.

Per request, it keeps a log stream and a dozen metric values for two weeks. Here only the latest streams are kept. A
metric keeps its latest values; earlier ones are merged into one counted value per minute and size.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

from ministack.services import cloudwatch, cloudwatch_logs, lambda_svc

Function = Callable[..., Any]
Point = dict[str, Any]
# One per request, of about 3 KB.
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
    """Two digits of a value are enough for a percentile; a sum of ones and zeros stays exact. If there are still too
    many, the oldest are dropped."""
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
