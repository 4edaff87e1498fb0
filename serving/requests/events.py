"""Events that are no requests: those of queues, buckets, buses and gateways of other kinds.

Whoever sends one of them takes any answer for success: a queue deletes its messages. Only an exception says that
nothing was done, for then it is tried again and in the end kept where its owner looks.
"""

from typing import Any

LATTICE = "vpc-lattice"


class EventNotTaken(RuntimeError):
    """An event came from a sender for which this function has no answer."""

    def __init__(self, sender: str) -> None:
        super().__init__(
            f"An event of {sender} came, and this function answers requests. Take the trigger away, "
            "or give the handler on_event."
        )


def sender(event: Any) -> str | None:
    """Who sent an event that is no request; None for those that are."""
    if not isinstance(event, dict):
        return None
    records = event.get("Records")
    if isinstance(records, list) and records and isinstance(record := records[0], dict):
        if isinstance(source := record.get("eventSource") or record.get("EventSource"), str):
            return source
        if "cf" in record:
            return "aws:cloudfront"
    if isinstance(source := event.get("source"), str) and "detail-type" in event and "detail" in event:
        return source
    if "raw_path" in event and "is_base64_encoded" in event:
        return LATTICE
    context = event.get("requestContext")
    if isinstance(context, dict):
        if "serviceNetworkArn" in context:
            return LATTICE
        if "connectionId" in context and "eventType" in context:
            return "apigateway:websocket"
    return None
