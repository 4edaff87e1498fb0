"""What every model folder shares: a handler made from `load()` and `predict()`.

Only the names that every folder needs are here. Folders that fetch URLs import `serving.fetching.fetch`
themselves, so that the others do not pay for it.
"""

from serving import start  # noqa: F401 (first: it turns garbage collection off during the imports)
from serving.handler import Handler
from serving.requests.errors import Code, Invalid
from serving.requests.messages import Request, Response
from serving.timing import count, request_id, timer

__all__ = ["Code", "Handler", "Invalid", "Request", "Response", "count", "request_id", "timer"]
