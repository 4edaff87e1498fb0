"""What every model folder shares: a handler made from `load()` and `predict()`.

Only names that a folder needs are here. `serving.fetching.fetch` is a module of its own, so
that folders that never fetch a URL do not pay for it.
"""

from serving import start  # noqa: F401 (first of all: it has something to say about imports)
from serving.handler import Handler
from serving.requests.errors import Code, Invalid
from serving.requests.messages import Request, Response
from serving.timing import count, request_id, timer

__all__ = ["Code", "Handler", "Invalid", "Request", "Response", "count", "request_id", "timer"]
