"""Events that are not requests: those of queues, buckets, event buses and other kinds of gateways.

Their senders treat any answer as success; a queue then deletes its messages. Only an exception tells them that nothing
was done: they retry, and finally keep the event where its owner looks.
"""

from typing import Any

from serving.requests.errors import cut

LATTICE = "vpc-lattice"


class EventNotTaken(RuntimeError):
    """An event came from a sender that this function does not handle."""

    def __init__(self, sender: str) -> None:
        super().__init__(
            f"An event of {cut(sender, 200)} came, and this function answers requests. Remove the trigger, "
            "or give the handler on_event."
        )


def sender(event: Any) -> str | None:
    """The sender of an event that is not a request; None for requests."""
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
